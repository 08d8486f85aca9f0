"""Removes entries that every stack has behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from genai_tiers.refactor.moves_file import Moves
from genai_tiers.refactor.plan import identities_at_update

State = Sequence[Mapping[str, Any]]


def prune(moves: Moves, states: Mapping[str, State]) -> tuple[Moves, dict[str, list[str]]]:
    """Return what is still needed, and for the former identity of each entry that is, the stacks that need it.

    Args:
        moves: the file.
        states: stack -> the resources of its state, for every stack of the project.
    """
    held = {name: identities_at_update(moves, state, name) for name, state in states.items()}
    after = {each.old: each.new for each in moves.moves}
    needed: dict[str, list[str]] = {}
    for old in after:
        link: str | None = old
        stacks = [name for name in sorted(held) if old in held[name]]
        while link is not None and stacks:  # a stack that has the first of a chain needs the whole of it
            needed[link] = sorted({*needed.get(link, ()), *stacks})
            link = after[link] if after[link] in after else None
    waiting = {name for stacks in needed.values() for name in stacks}
    kept = tuple(each for each in moves.moves if each.old in needed)
    return replace(moves, moves=kept, stacks={n: p for n, p in moves.stacks.items() if n in waiting}), needed
