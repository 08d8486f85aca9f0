"""Identities that the program gave to something else: swaps, shifts and cycles of names.

The engine looks under a resource's own identity first, so that it takes the wrong one from the state and changes, or
replaces, it into the other. Aliases cannot say otherwise.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from genai_tiers.refactor.graph import Sides, unchanged
from genai_tiers.refactor.nodes import Node, make_nodes


@dataclass(frozen=True, slots=True)
class Contested:
    """What the contents of resources say about identities that are on both sides."""

    taken: frozenset[str]
    """Identities under which the program may declare another resource than the state has there."""
    doubtful: tuple[tuple[str, str], ...]
    """Old and new identities of equal contents that may have changed places, or may have changed settings."""


def find_contested(sides: Sides) -> Contested:
    """Compare what changes in place, or is replaced, with all else that changes.

    A change of places is certain where the engine would have to replace one of them, or where a physical name is among
    what is equal. Two resources that exchange a setting may mean just that.
    """
    changing = {new for new, old in sides.kept.items() if new == old and not unchanged(sides.steps[new])}
    if not changing:
        return Contested(frozenset(), ())
    settled = {new: old for new, old in sides.kept.items() if new not in changing}
    nodes = make_nodes(sides, settled, {})
    olds = _by_contents(nodes.olds)
    news = _by_contents(nodes.news)
    links: list[tuple[Node, Node]] = []
    for contents, (new, *others) in news.items():
        here = olds.get(contents, [])
        if others or len(here) != 1 or here[0].resource.identity == new.resource.identity:
            continue
        if new.resource.identity in changing or here[0].resource.identity in changing:
            links.append((here[0], new))
    taken: set[str] = set()
    doubtful: list[tuple[str, str]] = []
    for chain in _chains(links):
        identities = {node.resource.identity for link in chain for node in link} & changing
        replaced = any(sides.steps[identity].operation == "replace" for identity in identities)
        if replaced or any(new.physical_name for _, new in chain):
            taken |= identities
        else:
            doubtful += [(old.resource.identity, new.resource.identity) for old, new in chain]
    # What is replaced may as well have gone elsewhere; if nothing else fits, it stays where it is.
    taken |= {identity for identity in changing if sides.steps[identity].operation == "replace"}
    return Contested(frozenset(taken), tuple(sorted(doubtful)))


def _by_contents(side: dict[str, Node]) -> dict[tuple[Any, ...], list[Node]]:
    found: dict[tuple[Any, ...], list[Node]] = defaultdict(list)
    for node in side.values():
        if node.pair is None and node.resource.custom and node.tells:
            found[*node.kind, node.closure].append(node)
    return found


def _chains(links: list[tuple[Node, Node]]) -> list[list[tuple[Node, Node]]]:
    """Links that hang together by identities, each chain as one list."""
    group: dict[str, list[tuple[Node, Node]]] = {}
    for link in links:
        joined = [link]
        for node in link:
            other = group.get(node.resource.identity)
            if other and not any(each is link for each in other):
                joined += [each for each in other if each not in joined]
        for each in joined:
            for node in each:
                group[node.resource.identity] = joined
    unique = {id(chain): chain for chain in group.values()}
    return list(unique.values())
