"""Places the resources of one component: in layers, each below those that hand on to it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

NODE_WIDTH = 128
NODE_HEIGHT = 26
GAP = 10
LAYER_GAP = 26
PADDING = 12
HEADER = 30
TITLE_WIDTH = 7.4
"""Of a letter of a title, about."""

Place = tuple[float, float]
"""The upper left corner of a resource, from that of its card."""


@dataclass
class Card:
    """A component with what it draws; `edges` are those inside it."""

    title: str
    places: Mapping[str, Place]
    edges: Sequence[tuple[str, str]]
    width: float
    height: float
    origin: Place = field(default=(0.0, 0.0))

    def at(self, name: str) -> Place:
        """Where a resource is on the page."""
        x, y = self.places[name]
        return self.origin[0] + x, self.origin[1] + y


def card(title: str, names: Collection[str], edges: Collection[tuple[str, str]], *, across: bool = False) -> Card:
    """Place resources from top to bottom, or from left to right with `across`. Edges that lead back are left out of the
    order, and drawn all the same."""
    inside = sorted((one, other) for one, other in edges if one in names and other in names)
    layers = _layers(sorted(names), inside)
    widest = max(map(len, layers))
    if across:
        places = {
            name: (
                PADDING + depth * (NODE_WIDTH + LAYER_GAP),
                HEADER + (row + (widest - len(layer)) / 2) * (NODE_HEIGHT + GAP),
            )
            for depth, layer in enumerate(layers)
            for row, name in enumerate(layer)
        }
        width = 2 * PADDING + len(layers) * (NODE_WIDTH + LAYER_GAP) - LAYER_GAP
        return Card(title, places, inside, width, HEADER + widest * (NODE_HEIGHT + GAP) - GAP + PADDING)
    places = {
        name: (
            PADDING + (column + (widest - len(layer)) / 2) * (NODE_WIDTH + GAP),
            HEADER + depth * (NODE_HEIGHT + LAYER_GAP),
        )
        for depth, layer in enumerate(layers)
        for column, name in enumerate(layer)
    }
    width = max(2 * PADDING + widest * (NODE_WIDTH + GAP) - GAP, TITLE_WIDTH * len(title) + 2 * PADDING)
    spare = width - (2 * PADDING + widest * (NODE_WIDTH + GAP) - GAP)
    places = {name: (x + spare / 2, y) for name, (x, y) in places.items()}
    return Card(title, places, inside, width, HEADER + len(layers) * (NODE_HEIGHT + LAYER_GAP) - LAYER_GAP + PADDING)


def _layers(names: Sequence[str], edges: Sequence[tuple[str, str]]) -> list[list[str]]:
    """Each resource one layer below the lowest that hands on to it; in a layer, below those of its own."""
    depths = dict.fromkeys(names, 0)
    for _ in names:
        for one, other in edges:
            # A way back would push both down for ever; nothing is deeper than there are resources.
            depths[other] = min(max(depths[other], depths[one] + 1), len(names) - 1)
    used = sorted(set(depths.values()))
    layers = [[name for name in names if depths[name] == depth] for depth in used]
    for above, layer in pairwise(layers):
        layer.sort(key=lambda name: (_middle(name, above, edges), name))
    return layers


def _middle(name: str, above: Sequence[str], edges: Sequence[tuple[str, str]]) -> float:
    places = [above.index(one) for one, other in edges if other == name and one in above]
    return sum(places) / len(places) if places else len(above)
