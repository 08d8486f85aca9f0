"""A plan as text: the trees before and after, the entries with their reasons, what a person has to decide."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from genai_tiers.refactor.graph import Resource
from genai_tiers.refactor.identity import name_of
from genai_tiers.refactor.plan import Plan


def as_json(plan: Plan) -> dict[str, Any]:
    """A plan for programs; no value of any input is in it."""
    return {
        "stack": plan.stack,
        "fingerprint": plan.fingerprint,
        "matches": [{"from": each.old, "to": each.new, "why": each.why} for each in plan.matches],
        "moves": [{"from": each.old, "to": each.new, "why": each.why} for each in plan.moves],
        "renames": [{"from": old, "name": name} for old, name in plan.renames],
        "replaced": [{"to": new, "because": list(reasons)} for new, reasons in sorted(plan.replaced.items())],
        "questions": [
            {"to": each.new, "candidates": [{"from": c.old, "reason": c.reason} for c in each.candidates]}
            for each in plan.questions
        ],
        "doubtful": [{"from": old, "to": new} for old, new in plan.doubtful],
        "created": plan.created,
        "deleted": plan.deleted,
    }


def as_text(plan: Plan) -> str:
    """A plan for people."""
    parts = [*_trees(plan), _entries(plan), _replaced(plan), _renames(plan), questions(plan), _rest(plan)]
    return "\n\n".join(part for part in parts if part) + "\n"


def questions(plan: Plan) -> str:
    """What a person has to decide, with entries to choose from."""
    lines: list[str] = []
    if plan.questions:
        lines.append(
            "not certain: keep the entry that is true, put it under `moves`; if none is, there is nothing to do"
        )
    for each in plan.questions:
        lines += [f"  - {{from: '{c.old}', to: '{each.new}'}}  # {c.reason}" for c in each.candidates]
    if plan.doubtful:
        lines.append("changed in place: did these exchange settings, or names? The engine takes it for settings")
        lines += [f"  {old} has what {new} now declares" for old, new in plan.doubtful]
    return "\n".join(lines)


def _entries(plan: Plan) -> str:
    if not plan.matches:
        return "Nothing was renamed or moved."
    head = f"{_count(len(plan.moves), 'entry', 'entries')} for {_count(len(plan.matches), 'resource', 'resources')}:"
    return "\n".join(
        [head, *(line for each in plan.moves for line in (f"  {each.old}", f"    -> {each.new}", f"       {each.why}"))]
    )


def _replaced(plan: Plan) -> str:
    lines = [
        f"  {new}: {', '.join(reasons) or 'the provider asks for it'}" for new, reasons in sorted(plan.replaced.items())
    ]
    return "\n".join(["replaced all the same, because of what else changes:", *lines]) if lines else ""


def _renames(plan: Plan) -> str:
    lines = [f"  {old} -> {name}" for old, name in plan.renames]
    head = "names that changed owners, which no alias can say; `apply` first renames these in the state:"
    return "\n".join([head, *lines]) if lines else ""


def _rest(plan: Plan) -> str:
    lines = [f"  + {identity}" for identity in plan.created] + [f"  - {identity}" for identity in plan.deleted]
    return "\n".join(["new, and gone:", *lines]) if lines else ""


def _trees(plan: Plan) -> list[str]:
    if not plan.matches:
        return []
    to = {each.old: each.new for each in plan.matches}
    came = {each.new: each.old for each in plan.matches}
    gone, made = set(plan.deleted), set(plan.created)
    before = {old: f"-> {name_of(new)}" for old, new in to.items()} | dict.fromkeys(gone, "gone")
    after = {new: f"<- {name_of(old)}" for new, old in came.items()} | dict.fromkeys(made, "new")
    return ["before:\n" + _tree(plan.sides.olds, before), "after:\n" + _tree(plan.sides.news, after)]


def _tree(resources: Mapping[str, Resource], marks: Mapping[str, str]) -> str:
    """A tree of the marked resources and their parents; the others are counted."""
    shown: set[str] = set()
    for identity in marks:
        above: str | None = identity
        while above is not None and above in resources and above not in shown:
            shown.add(above)
            above = resources[above].parent
    children: dict[str | None, list[str]] = defaultdict(list)
    for identity, resource in resources.items():
        children[resource.parent if resource.parent in resources else None].append(identity)
    lines: list[str] = []
    stack: list[tuple[str | None, str, str]] = [(None, "", "")]
    while stack:
        identity, indent, text = stack.pop()
        if text:
            lines.append(text)
        below = [(child, _label(resources[child], marks)) for child in children[identity] if child in shown]
        others = len(children[identity]) - len(below)
        rows: list[tuple[str | None, str]] = [*below, *([("", f"({others} unchanged)")] if others and below else [])]
        drawn: list[tuple[str | None, str, str]] = []
        for index, (child, label) in enumerate(rows):
            last = index == len(rows) - 1
            drawn.append((child, indent + ("   " if last else "│  "), f"{indent}{'└─' if last else '├─'} {label}"))
        stack.extend(reversed(drawn))
    return "\n".join(lines)


def _label(resource: Resource, marks: Mapping[str, str]) -> str:
    mark = marks.get(resource.identity)
    return f"{name_of(resource.identity)}  {resource.type}" + (f"  {mark}" if mark else "")


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
