"""Makes a plan: what of a stack's state is what of the program, and the entries that tell the engine so.

The program is previewed, matched, and previewed again with what was found: the engine must find each match. Values that
are outputs of a renamed resource are known only then, so that more may be matched, until nothing is found any more.
"""

import hashlib
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from genai_tiers.refactor.candidates import Question, find_candidates
from genai_tiers.refactor.contested import find_contested
from genai_tiers.refactor.engine import Engine, read_state
from genai_tiers.refactor.entries import make_entries
from genai_tiers.refactor.errors import RefactorError
from genai_tiers.refactor.graph import Sides, kept, read_sides
from genai_tiers.refactor.identity import identity_of, renamed
from genai_tiers.refactor.matching import Match, match
from genai_tiers.refactor.moves_file import Move, Moves, Rename, StackPlan, text_of

MOST_ROUNDS = 5
"""Previews of a plan, at most; each needs a match that the one before made possible."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What was found for one stack."""

    stack: str
    fingerprint: str
    sides: Sides
    """State and program without what was found."""
    matches: list[Match] = field(default_factory=list[Match])
    moves: list[Match] = field(default_factory=list[Match])
    """The entries to write, in the order of registration."""
    renames: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """Identities in the state that must get another name first."""
    replaced: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """New identities that are replaced all the same, and the properties that do it."""
    questions: list[Question] = field(default_factory=list[Question])
    doubtful: tuple[tuple[str, str], ...] = ()
    created: list[str] = field(default_factory=list[str])
    deleted: list[str] = field(default_factory=list[str])


def make_plan(engine: Engine, existing: Moves, say: Callable[[str], None]) -> Plan:
    """Make a plan for a stack.

    Args:
        engine: the stack.
        existing: the moves that there are already.
        say: takes a line of progress.

    Raises:
        RefactorError: the state or the program cannot be read, an entry is wrong, or the engine does not find what
            was matched.
    """
    say(f"reading the state of {engine.stack}")
    state = read_state(engine.export(), engine.stack)
    check_entries(existing, state, engine.stack)
    say("previewing the program")
    sides = _preview(engine, existing)
    _check_complete(sides, state)
    found: dict[str, Match] = {}
    replaced: dict[str, tuple[str, ...]] = {}
    now, plan = sides, Plan(engine.stack, fingerprint(state), sides)
    for _ in range(MOST_ROUNDS):
        say(f"matching {len(sides.olds)} resources with {len(sides.news)}")
        contested = find_contested(now)
        settled = {new: old for new, old in now.kept.items() if new not in contested.taken}
        settled |= {each.new: each.old for each in found.values()}
        matching = match(now, settled, existing.type_aliases)
        fresh = {each.new: each for each in matching.matches if each.new not in found}
        found |= fresh
        unmatched = {n.resource.identity for n in matching.olds} & {n.resource.identity for n in matching.news}
        entries = make_entries(sides, list(found.values()))
        plan = Plan(
            stack=engine.stack,
            fingerprint=plan.fingerprint,
            sides=sides,
            matches=list(found.values()),
            moves=entries.moves,
            renames=entries.renames,
            replaced=replaced,
            questions=find_candidates(
                [n for n in matching.olds if n.resource.identity not in unmatched],
                [n for n in matching.news if n.resource.identity not in unmatched],
            ),
            doubtful=contested.doubtful,
            created=[n.resource.identity for n in matching.news if n.resource.identity not in unmatched],
            deleted=[n.resource.identity for n in matching.olds if n.resource.identity not in unmatched],
        )
        if not fresh:
            break
        say(f"found {len(found)}; previewing with {len(plan.moves)} entries")
        now = _preview(engine, merged(existing, plan))
        replaced = verify(plan, now)
    return plan


def merged(existing: Moves, plan: Plan) -> Moves:
    """The file's content with what a plan adds."""
    fresh = {each.new: Move(each.old, each.new, each.why) for each in plan.moves}
    moves = (*(each for each in existing.moves if each.new not in fresh), *fresh.values())
    renames = tuple(Rename(old, name) for old, name in plan.renames)
    stacks = {**existing.stacks, plan.stack: StackPlan(plan.fingerprint, renames)}
    return Moves(moves, stacks, existing.type_aliases)


def fingerprint(state: Sequence[Mapping[str, Any]]) -> str:
    """What a state holds: identities and physical ids, no values."""
    held = sorted((identity_of(each["urn"]), each.get("id") or "") for each in state)
    return hashlib.sha256(json.dumps(held).encode()).hexdigest()[:16]


def verify(plan: Plan, now: Sides) -> dict[str, tuple[str, ...]]:
    """Compare a plan with a preview that it was applied to. Returns the new identities that are replaced all the same,
    with the reasons. What first needs a rename in the state is verified when that is done.

    Raises:
        RefactorError: the engine does not find what was matched.
    """
    displaced = {old for old, _ in plan.renames}
    waiting = {each.new for each in plan.matches if each.old in displaced or each.new in displaced}
    replaced: dict[str, tuple[str, ...]] = {}
    lost: list[str] = []
    anew = {each.new for each in plan.matches if _made_anew(plan, each)}
    for each in plan.matches:
        step = now.steps.get(each.new)
        if each.new in waiting | anew:
            continue
        if step is None or step.old_identity is None or now.kept.get(each.new) != each.old:
            lost.append(
                f"{each.old} as {each.new}: the engine would {step.operation if step else 'do nothing with'} it"
            )
        elif not kept(step):
            replaced[each.new] = step.reasons
    if lost:
        raise RefactorError("the engine does not find what was matched:\n" + "\n".join(lost))
    return replaced


def check_entries(moves: Moves, state: Sequence[Mapping[str, Any]], stack: str) -> None:
    """Compare the file's entries with a state.

    Raises:
        RefactorError: an entry is about nothing, or its place is taken.
    """
    held = identities_at_update(moves, state, stack)
    only_here = set(moves.stacks) <= {stack}
    between = {renamed(each.old, each.name) for plan in moves.stacks.values() for each in plan.renames}
    for each in moves.moves:
        if each.old in held and each.new in held:
            raise RefactorError(
                f"refactor.yaml moves {each.old} to {each.new}, which is in the state of {stack} already: the engine "
                "would keep that one and delete the other. If the two changed places, remove the entry and run `plan`."
            )
        if only_here and each.old not in between and each.old not in held and each.new not in held:
            raise RefactorError(
                f"refactor.yaml moves {each.old} to {each.new}; the state of {stack} has neither. Mend the entry: "
                "`pulumi stack --show-urns` lists what there is."
            )


def identities_at_update(moves: Moves, state: Sequence[Mapping[str, Any]], stack: str) -> set[str]:
    """The identities in a state, as they are when the renames that it waits for are done."""
    plan = moves.stacks.get(stack)
    waiting = plan.renames if plan and plan.fingerprint == fingerprint(state) else ()
    names = {each.old: renamed(each.old, each.name) for each in waiting}
    held = [identity_of(each["urn"]) for each in state]
    return {names.get(each, each) for each in held}


def _made_anew(plan: Plan, each: Match) -> bool:
    """Whether a component has no entry on purpose; see :func:`.entries.make_entries`."""
    resource = plan.sides.news[each.new]
    return not resource.custom and all(each.new != move.new for move in plan.moves)


def _preview(engine: Engine, moves: Moves) -> Sides:
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "refactor.yaml"
        file.write_text(text_of(moves))
        return read_sides(engine.preview(file if moves.moves else None)["steps"])


def _check_complete(sides: Sides, state: Sequence[Mapping[str, Any]]) -> None:
    seen = sides.olds.keys() | sides.news.keys()
    held = read_sides([{"op": "same", "urn": each["urn"], "oldState": each} for each in state]).olds
    missing = sorted(held.keys() - seen)
    if missing:
        raise RefactorError(f"the preview says nothing of {', '.join(missing[:5])}; was it limited by a target?")
