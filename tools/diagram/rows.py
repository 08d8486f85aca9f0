"""The order of resources that stand in one row: those that belong together next to each other."""

from collections.abc import Collection, Sequence
from itertools import combinations


def in_a_row(names: Sequence[str], edges: Collection[tuple[str, str]], first: Collection[str] = ()) -> list[str]:
    """Return the names in an order with short ways between those that are joined, and `first` at the left: swapped for
    as long as that helps."""
    order = sorted(names)
    inside = sorted((one, other) for one, other in edges if one in names and other in names)
    better = True
    while better:
        better = False
        for one, other in combinations(range(len(order)), 2):
            swapped = list(order)
            swapped[one], swapped[other] = swapped[other], swapped[one]
            if _length(swapped, inside, first) < _length(order, inside, first):
                order, better = swapped, True
    return order


def _length(order: Sequence[str], edges: Sequence[tuple[str, str]], first: Collection[str]) -> int:
    # A way over others costs more the more of them there are.
    between = sum((order.index(one) - order.index(other)) ** 2 for one, other in edges)
    return between + sum(order.index(name) ** 2 for name in first)
