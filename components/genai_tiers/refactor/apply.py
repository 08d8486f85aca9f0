"""Brings one stack to where an update with the entries loses nothing: renames in its state what gave its name away."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from genai_tiers.refactor.check import as_table, fails, find_losses
from genai_tiers.refactor.engine import Engine, read_state
from genai_tiers.refactor.errors import RefactorError
from genai_tiers.refactor.graph import read_sides
from genai_tiers.refactor.identity import identity_of, renamed, urn_of
from genai_tiers.refactor.moves_file import Moves, Rename, StackPlan, read_moves
from genai_tiers.refactor.plan import check_entries, fingerprint


def pending_renames(moves: Moves, state: Sequence[Mapping[str, Any]], stack: str) -> tuple[Rename, ...]:
    """The renames in the state that this stack still needs.

    Raises:
        RefactorError: the state is another one than the plan was made from, so that names may be others' by now.
    """
    plan = moves.stacks.get(stack)
    held = {identity_of(each["urn"]) for each in state}
    if plan is None or all(renamed(each.old, each.name) in held for each in plan.renames):
        return ()
    if plan.fingerprint != fingerprint(state):
        raise RefactorError(
            f"the state of {stack} is not the one that refactor.yaml was made from (fingerprint {plan.fingerprint}). "
            "Names that changed owners cannot be told after an update: run `plan` again."
        )
    return plan.renames


def prepare(engine: Engine, file: Path, allowed: Mapping[str, str], backups: Path, say: Callable[[str], None]) -> None:
    """Rename in the state what has to be, and preview the update with the entries. What was renamed is put back if the
    engine then does not find what the entries name, or would lose data, or anything else fails.

    Args:
        engine: the stack.
        file: the moves.
        allowed: name or identity -> the reason why it may be replaced or deleted.
        backups: the directory for a copy of the state, which is made if a rename is needed.
        say: takes a line of progress.

    Raises:
        RefactorError: the update cannot be made; the state is as it was.
    """
    moves = read_moves(file)
    export = engine.export()
    state = read_state(export, engine.stack)
    check_entries(moves, state, engine.stack)
    renames = pending_renames(moves, state, engine.stack)
    if not renames:
        _previewed(engine, file, moves, allowed)
        return
    backups.mkdir(parents=True, exist_ok=True)
    backup = backups / f"{engine.stack}-{datetime.now(UTC):%Y%m%dT%H%M%S}.json"
    backup.touch(mode=0o600)
    backup.write_text(json.dumps(export))
    say(f"the state is kept in {backup}")
    project = state[0]["urn"].split("::")[1]
    try:
        for each in renames:
            say(f"renaming {each.old} to {each.name} in the state")
            engine.rename(urn_of(each.old, engine.stack, project), each.name)
        _previewed(engine, file, moves, allowed)
    except BaseException:
        say("putting the state back")
        engine.restore(backup)
        raise


def applied(moves: Moves, engine: Engine) -> Moves:
    """The file's content after an update of a stack: its renames are behind it."""
    if engine.stack not in moves.stacks:
        return moves
    now = StackPlan(fingerprint(read_state(engine.export(), engine.stack)))
    return replace(moves, stacks={**moves.stacks, engine.stack: now})


def _previewed(engine: Engine, file: Path, moves: Moves, allowed: Mapping[str, str]) -> None:
    """Preview the update with the entries: each must be found, and nothing lost.

    Raises:
        RefactorError: the update would do something else.
    """
    sides = read_sides(engine.preview(file)["steps"])
    lost = [
        f"{each.old} as {each.new}"
        for each in moves.moves
        if each.old in sides.olds and each.new in sides.news and sides.kept.get(each.new) != each.old
    ]
    if lost:
        raise RefactorError("the engine does not find what these entries name: " + "; ".join(lost))
    losses = find_losses(sides, allowed)
    if fails(losses, strict=False):
        raise RefactorError(f"the update would lose data; see --allow.\n{as_table(losses)}")
