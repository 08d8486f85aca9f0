"""Rails: a line for each resource that several patterns share, which the cards of those join."""

from collections.abc import Mapping, Sequence

from . import svg
from .cards import NODE_HEIGHT, NODE_WIDTH, Card
from .flows import Flows
from .svg import Point

COLOURS = ("#7c3aed", "#0891b2", "#b91c1c", "#d97706", "#1d4ed8", "#0f766e", "#15803d", "#be185d", "#64748b", "#a16207")


def rails(
    found: Flows,
    cards: Sequence[Card],
    placed: Mapping[str, Point],
    shared: Sequence[str],
    top: float,
    gap: float,
    *,
    upward: bool,
) -> list[str]:
    """Return the lines between `shared` resources and the cards, one `gap` below the other from `top` on; `upward` ones
    stand above the cards."""
    lines: list[str] = []
    for place, name in enumerate(shared):
        colour = COLOURS[(place + (0 if upward else 5)) % len(COLOURS)]
        joined = _joined(found, cards, name, (place + 1) / (len(shared) + 1), upward=upward)
        y = top + place * gap
        own = (placed[name][0] + NODE_WIDTH / 2, placed[name][1] + (NODE_HEIGHT if upward else 0))
        ends = [own[0], *(point[0] for point, _, _ in joined)]
        lines.append(svg.polyline([(min(ends), y), (max(ends), y)], colour))
        lines.append(svg.polyline([own, (own[0], y)], colour))
        lines.append(svg.dot((own[0], y), colour))
        if any(calls for _, calls, _ in joined):
            lines.append(svg.tip(own, colour, downward=not upward))
        for point, _, is_called in joined:
            lines.append(svg.polyline([(point[0], y), point], colour))
            lines.append(svg.dot((point[0], y), colour))
            if is_called:
                lines.append(svg.tip(point, colour, downward=upward))
    return lines


def _joined(
    found: Flows, cards: Sequence[Card], name: str, share: float, *, upward: bool
) -> list[tuple[Point, bool, bool]]:
    """Where cards join a rail, whether they call what it is of, and whether they are called by it."""
    joined: list[tuple[Point, bool, bool]] = []
    for each in cards:
        calls = any(other == name and one in each.places for one, other in found.edges)
        is_called = any(one == name and other in each.places for one, other in found.edges)
        if calls or is_called:
            x, y = each.origin
            joined.append(((x + each.width * share, y if upward else y + each.height), calls, is_called))
    return joined
