"""The smallest set of entries that makes the engine find every matched resource.

The engine derives an alias for each child of a resource that was found by one. So its search is played through here,
parents first: what it would find by itself needs no entry.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from genai_tiers.refactor.graph import Sides
from genai_tiers.refactor.identity import inherited, name_of, renamed
from genai_tiers.refactor.matching import Match


@dataclass(frozen=True, slots=True)
class Entries:
    """What carries the matches over."""

    moves: list[Match]
    """Aliases; `old` may be a name that one of the `renames` makes."""
    carried: list[Match]
    """Matches that follow from those by the engine's own rules."""
    renames: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """Identity in the state and a new logical name for it: of what stands where the program declares another."""


def make_entries(sides: Sides, matches: list[Match]) -> Entries:
    """Make the entries for matches; components whose alias would carry a child to a wrong place are left out: they
    exist in the state alone, and are made anew."""
    wanted = {each.new: each for each in matches}
    anew: set[str] = set()
    renames = _renames(sides, wanted)
    while True:
        moves, carried, wrong = _play(sides, wanted, dict(renames), anew)
        if wrong is None:
            return Entries(moves, carried, renames)
        anew.add(wrong)


def _renames(sides: Sides, wanted: Mapping[str, Match]) -> list[tuple[str, str]]:
    """Old resources whose identity the program gives to another one."""
    left = {each.old for each in wanted.values()}
    declared = (identity for identity in sides.news if identity in sides.olds)
    displaced = [x for x in declared if x in left or (x in wanted and wanted[x].old != x)]
    taken = {name_of(identity) for identity in (*sides.olds, *sides.news)}
    renames: list[tuple[str, str]] = []
    for identity in displaced:
        name = f"{name_of(identity)}--moved"
        while name in taken:
            name += "-"
        taken.add(name)
        renames.append((identity, name))
    return renames


def _play(
    sides: Sides, wanted: Mapping[str, Match], renames: Mapping[str, str], anew: set[str]
) -> tuple[list[Match], list[Match], str | None]:
    """The engine's search. Returns the entries it needs, the matches it needs none for, and a parent by whose alias it
    would find a wrong child."""
    now = {old: renamed(old, renames[old]) if old in renames else old for old in sides.olds}
    in_state = set(now.values())
    claimed = {now[each.old] for new, each in wanted.items() if new not in anew} | {
        now[old] for new, old in sides.kept.items() if new not in wanted
    }
    found_under: dict[str, str] = {}
    moves: list[Match] = []
    carried: list[Match] = []
    for new, resource in sides.news.items():
        match = None if new in anew else wanted.get(new)
        if match is None and new in sides.kept and new not in wanted:
            if sides.kept[new] != new:  # by an alias that the program declares itself
                found_under[new] = sides.kept[new]
            continue
        parent = resource.parent
        derived = inherited(new, parent, found_under[parent]) if parent in found_under and parent else None
        if match is None:
            if derived in in_state and derived in claimed:
                return [], [], parent
            continue
        old = now[match.old]
        if old != new:
            found_under[new] = old
        if derived == old or old == new:
            carried.append(match)
        else:
            moves.append(Match(old, new, match.why))
    return moves, carried, None
