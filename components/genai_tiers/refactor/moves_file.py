"""`refactor.yaml`: the moves of a program, committed with it and read by :func:`genai_tiers.refactor.apply_moves`."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from genai_tiers.refactor.errors import RefactorError
from genai_tiers.refactor.identity import is_identity

FILE_NAME = "refactor.yaml"
VERSION = 1

_HEAD = """\
# What was renamed or moved in the program, so that the engine finds it in the state: written by
# `python -m genai_tiers.refactor plan`, reviewed by you, committed with the program.
# An identity is the types of the parents and of the resource, `::`, the logical name.
"""


@dataclass(frozen=True, slots=True)
class Move:
    """One resource: its identity in the state, its identity in the program."""

    old: str
    new: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Rename:
    """A resource in a stack's state that must get another logical name before the next update."""

    old: str
    name: str


@dataclass(frozen=True, slots=True)
class StackPlan:
    """What concerns one stack alone."""

    fingerprint: str
    """Of the state that the plan was made from."""
    renames: tuple[Rename, ...] = ()


@dataclass(frozen=True, slots=True)
class Moves:
    """The whole file."""

    moves: tuple[Move, ...] = ()
    stacks: Mapping[str, StackPlan] = field(default_factory=dict[str, StackPlan])
    type_aliases: Mapping[str, str] = field(default_factory=dict[str, str])
    """Former type -> type, for resources of providers that were given another type token; a person writes them."""


def read_moves(path: Path) -> Moves:
    """Read the file; without one there are no moves.

    Raises:
        RefactorError: it is not YAML, has fields that are not known, or its entries contradict each other.
    """
    try:
        document = yaml.safe_load(path.read_text()) if path.exists() else None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RefactorError(
            f"{path} is not YAML: {error}. Mend that line, or make the file anew with `plan`."
        ) from None
    if document is None:
        return Moves()
    top = _fields(document, str(path), {"version", "moves", "stacks", "type_aliases"})
    if top.get("version") != VERSION:
        raise RefactorError(f"{path}: version is {top.get('version')!r}; this release reads version {VERSION}.")
    listed = [] if top.get("moves") is None else top["moves"]
    if not isinstance(listed, list):
        raise RefactorError(f"{path}: moves is {listed!r}; it must be a list.")
    moves = Moves(
        tuple(_move(each, f"{path}: moves[{index}]") for index, each in enumerate(listed)),
        {name: _stack(each, f"{path}: stacks.{name}") for name, each in _fields(top.get("stacks"), str(path)).items()},
        {str(old): str(new) for old, new in _fields(top.get("type_aliases"), f"{path}: type_aliases").items()},
    )
    _check(moves, path)
    return moves


def write_moves(path: Path, moves: Moves, remarks: str = "") -> None:
    """Write the file, with remarks as comments at its end; remove it when there is nothing to say."""
    if not (moves.moves or remarks or moves.type_aliases or any(plan.renames for plan in moves.stacks.values())):
        path.unlink(missing_ok=True)
        return
    path.write_text(text_of(moves, remarks))


def text_of(moves: Moves, remarks: str = "") -> str:
    """The file's text; the same moves give the same text."""
    document: dict[str, Any] = {"version": VERSION}
    if moves.type_aliases:
        document["type_aliases"] = dict(sorted(moves.type_aliases.items()))
    document["stacks"] = {name: _stack_text(plan) for name, plan in sorted(moves.stacks.items())}
    document["moves"] = [
        {"from": each.old, "to": each.new} | ({"why": each.why} if each.why else {}) for each in moves.moves
    ]
    text = yaml.safe_dump(document, sort_keys=False, width=10_000, allow_unicode=True)
    return _HEAD + text + "".join(f"# {line}".rstrip() + "\n" for line in remarks.splitlines())


def _stack_text(plan: StackPlan) -> dict[str, Any]:
    renames = [{"from": each.old, "name": each.name} for each in plan.renames]
    return {"fingerprint": plan.fingerprint} | ({"renames": renames} if renames else {})


def _fields(value: Any, where: str, known: set[str] | None = None) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise RefactorError(f"{where}: {value!r} must be an object of named fields.")
    unknown = sorted(map(str, value.keys() - known)) if known else []
    if unknown:
        raise RefactorError(
            f"{where}: {', '.join(unknown)} is not a field; there are {', '.join(sorted(known or ()))}."
        )
    return value


def _text(fields: Mapping[str, Any], name: str, where: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise RefactorError(f"{where}.{name} is {value!r}; it must be a text.")
    return value


def _identity(fields: Mapping[str, Any], name: str, where: str) -> str:
    value = _text(fields, name, where)
    if not is_identity(value):
        raise RefactorError(
            f"{where}.{name} is {value!r}; it must be an identity, such as `aws:sqs/queue:Queue::orders`, with the "
            "types of the parents before it, each followed by `$`."
        )
    return value


def _move(value: Any, where: str) -> Move:
    fields = _fields(value, where, {"from", "to", "why"})
    return Move(_identity(fields, "from", where), _identity(fields, "to", where), str(fields.get("why") or ""))


def _stack(value: Any, where: str) -> StackPlan:
    fields = _fields(value, where, {"fingerprint", "renames"})
    renames = [_fields(each, f"{where}.renames", {"from", "name"}) for each in fields.get("renames") or ()]
    return StackPlan(
        _text(fields, "fingerprint", where),
        tuple(Rename(_identity(each, "from", where), _text(each, "name", where)) for each in renames),
    )


def _check(moves: Moves, path: Path) -> None:
    for each in moves.moves:
        if each.old == each.new:
            raise RefactorError(f"{path}: {each.old} is moved to itself; remove the entry.")
    for side, texts in (("from", [m.old for m in moves.moves]), ("to", [m.new for m in moves.moves])):
        twice = sorted(text for text, times in Counter(texts).items() if times > 1)
        if twice:
            raise RefactorError(
                f"{path}: {twice[0]} is the `{side}` of two entries; one resource has one place. Keep one."
            )
    by_old = {each.old: each.new for each in moves.moves}
    for start in by_old:
        chain = [start]
        while chain[-1] in by_old:
            chain.append(by_old[chain[-1]])
            if chain[-1] == start:
                raise RefactorError(
                    f"{path}: a cycle, which aliases cannot carry: {' -> '.join(chain)}. Remove these entries and run "
                    "`plan`: it makes names for the time in between."
                )
