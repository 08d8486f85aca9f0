"""Random programs, refactored at random, as a preview would show them; the truth about every resource is known.

A resource keeps its `key` through all that happens to it. The steps are those of `pulumi preview --json --show-sames`:
values that depend on what is not in the state under its new name are unknown in them.
"""

import random
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

from genai_tiers.refactor.identity import child_identity, urn_of
from genai_tiers.refactor.normal_inputs import UNKNOWN

FORMER_TYPE, LATER_TYPE = "cloud:data/bucketV2:BucketV2", "cloud:data/bucket:Bucket"
TYPE_ALIASES = {FORMER_TYPE: LATER_TYPE}
CUSTOM_TYPES = ("cloud:queue/queue:Queue", "cloud:data/table:Table", FORMER_TYPE, "cloud:access/role:Role")
COMPONENT_TYPES = ("own:index:Api", "own:index:Store", "own:index:Worker")
STACK = "urn:pulumi:dev::corpus::pulumi:pulumi:Stack::corpus-dev"


@dataclass(frozen=True)
class Declared:
    """A resource of a program."""

    key: int
    kind: str
    name: str
    parent: int | None
    literals: tuple[tuple[str, Any], ...] = ()
    references: tuple[tuple[str, int], ...] = ()

    @property
    def custom(self) -> bool:
        return self.kind.startswith("cloud:")


Program = dict[int, Declared]


@dataclass
class Case:
    """A program before and after, and what is true about it."""

    before: Program
    after: Program
    changed: set[int] = field(default_factory=set[int])
    """Keys whose inputs were changed."""

    def identities(self, program: Program) -> dict[int, str]:
        found: dict[int, str] = {}
        for key, each in program.items():  # parents first
            found[key] = child_identity(found[each.parent] if each.parent is not None else None, each.kind, each.name)
        return found

    def truth(self) -> dict[str, str]:
        """New identity -> old identity of all that has another one now."""
        old, new = self.identities(self.before), self.identities(self.after)
        return {new[key]: old[key] for key in new if key in old and new[key] != old[key]}

    def steps(self) -> list[dict[str, Any]]:
        """The preview."""
        old, new = self.identities(self.before), self.identities(self.after)
        kept = {key for key in new if old.get(key) == new[key]}
        by_identity = {identity: key for key, identity in old.items()}
        steps: list[dict[str, Any]] = []
        for key, each in self.after.items():
            state = self._state(each, new, kept, known=False)
            before = by_identity.get(new[key])
            if before is None:
                steps.append({"op": "create", "urn": state["urn"], "newState": state})
            else:
                old_state = self._state(self.before[before], old, kept, known=True)
                operation = _operation(old_state["inputs"], state["inputs"])
                steps.append({"op": operation, "urn": state["urn"], "oldState": old_state, "newState": state})
        left = [key for key in self.before if old[key] not in set(new.values())]
        for key in reversed(left):
            state = self._state(self.before[key], old, kept, known=True)
            steps.append({"op": "delete", "urn": state["urn"], "oldState": state})
        return steps

    def _state(self, each: Declared, identities: dict[int, str], kept: set[int], *, known: bool) -> dict[str, Any]:
        urns = {key: urn_of(identity, "dev", "corpus") for key, identity in identities.items()}
        values = {name: f"id-{key}" if known or key in kept else UNKNOWN for name, key in each.references}
        return {
            "urn": urns[each.key],
            "type": each.kind,
            "custom": each.custom,
            "parent": STACK if each.parent is None else urns[each.parent],
            "inputs": {**dict(each.literals), **values},
            "propertyDependencies": {name: [urns[key]] for name, key in each.references},
            "dependencies": sorted({urns[key] for _, key in each.references}),
            **({"id": f"id-{each.key}"} if known and each.custom else {}),
        }


def _operation(old: dict[str, Any], new: dict[str, Any]) -> str:
    if old == new:
        return "same"
    return "update" if old.get("label") == new.get("label") else "replace"


def make_case(seed: int, most: int = 300) -> Case:
    """A program of up to `most` resources and a refactoring of it."""
    dice = random.Random(seed)  # noqa: S311 - reproducible, not secret
    before = _program(dice, dice.randint(5, most))
    case = Case(before, dict(before))
    for _ in range(dice.randint(1, 20)):
        dice.choice((_rename, _rename_component, _reparent, _extract, _retype, _add, _delete, _change, _swap))(
            dice, case
        )
    case.after = _parents_first(case.after)
    for program in (case.before, case.after):
        twice = [identity for identity, times in Counter(case.identities(program).values()).items() if times > 1]
        assert not twice, f"seed {seed} made one identity twice: {twice}"
    return case


def _program(dice: random.Random, size: int) -> Program:
    program: Program = {}
    while len(program) < size:
        key = len(program)
        components = [each for each in program.values() if not each.custom]
        parent = dice.choice(components) if components and dice.random() < 0.7 else None
        prefix = f"{parent.name}-" if parent and dice.random() < 0.9 else ""
        name = f"{prefix}{dice.choice(('queue', 'table', 'role', 'main', 'part'))}{key}"
        parent_key = parent.key if parent else None
        if dice.random() < 0.2:
            program[key] = Declared(key, dice.choice(COMPONENT_TYPES), name, parent_key)
        else:
            program[key] = _custom(dice, program, key, name, parent_key)
    return program


def _custom(dice: random.Random, program: Program, key: int, name: str, parent: int | None) -> Declared:
    customs = [each for each in program.values() if each.custom]
    if customs and dice.random() < 0.25:
        return replace(dice.choice(customs), key=key, name=name, parent=parent)  # a twin
    used = dice.sample(customs, min(len(customs), dice.choice((0, 0, 1, 2))))
    references = tuple((f"ref{index}", each.key) for index, each in enumerate(used))
    return Declared(key, dice.choice(CUSTOM_TYPES), name, parent, _literals(dice), references)


def _literals(dice: random.Random) -> tuple[tuple[str, Any], ...]:
    if dice.random() < 0.1:
        return ()
    return (("size", dice.randint(1, 4)), ("label", f"label-{dice.randrange(10**9)}"), ("flag", dice.random() < 0.5))


def _fresh(dice: random.Random, text: str) -> str:
    return f"{text}{dice.randrange(10**6)}"


def _below(program: Program, key: int) -> list[int]:
    found = [key]
    for each in found:
        found += [other.key for other in program.values() if other.parent == each]
    return found


def _rename(dice: random.Random, case: Case) -> None:
    key = dice.choice([k for k, each in case.after.items() if each.custom] or [None])
    if key is not None:
        case.after[key] = replace(case.after[key], name=_fresh(dice, "renamed"))


def _rename_component(dice: random.Random, case: Case) -> None:
    keys = [k for k, each in case.after.items() if not each.custom]
    if not keys:
        return
    _carry_name(case.after, dice.choice(keys), _fresh(dice, "component"))


def _carry_name(program: Program, key: int, name: str) -> None:
    """Rename a component, and the children that are named after it."""
    before = program[key].name
    program[key] = replace(program[key], name=name)
    for child in [each for each in program.values() if each.parent == key]:
        if child.name.startswith(f"{before}-"):
            _carry_name(program, child.key, name + child.name.removeprefix(before))


def _reparent(dice: random.Random, case: Case) -> None:
    key = dice.choice(list(case.after))
    below = set(_below(case.after, key))
    others = [k for k, each in case.after.items() if not each.custom and k not in below]
    case.after[key] = replace(case.after[key], parent=dice.choice([*others, None]))


def _extract(dice: random.Random, case: Case) -> None:
    """Put some resources into a new component, named after it."""
    component = 10_000 + len(case.after)
    name = _fresh(dice, "extracted")
    customs = [each for each in case.after.values() if each.custom]
    case.after[component] = Declared(component, dice.choice(COMPONENT_TYPES), name, None)
    for each in dice.sample(customs, min(len(customs), dice.randint(1, 6))):
        case.after[each.key] = replace(each, parent=component, name=f"{name}-{each.name}")


def _retype(dice: random.Random, case: Case) -> None:
    keys = [k for k, each in case.after.items() if not each.custom or each.kind == FORMER_TYPE]
    if keys:
        each = case.after[dice.choice(keys)]
        kind = LATER_TYPE if each.custom else _fresh(dice, "own:index:Other")
        case.after[each.key] = replace(each, kind=kind)


def _add(dice: random.Random, case: Case) -> None:
    parents = [None, *(k for k, each in case.after.items() if not each.custom)]
    for _ in range(dice.randint(1, 4)):
        key = 20_000 + len(case.after) + dice.randrange(10**6) * 100_000
        literals = (("size", dice.randint(1, 4)), ("label", f"added-{key}"), ("flag", True))
        name = _fresh(dice, "added")
        case.after[key] = Declared(key, dice.choice(CUSTOM_TYPES), name, dice.choice(parents), literals)


def _delete(dice: random.Random, case: Case) -> None:
    """Delete a few resources that nothing uses."""
    for _ in range(dice.randint(1, 5)):
        used = {target for each in case.after.values() for _, target in each.references}
        used |= {each.parent for each in case.after.values() if each.parent is not None}
        free = [key for key in case.after if key not in used]
        if len(free) > 1:
            del case.after[dice.choice(free)]


def _change(dice: random.Random, case: Case) -> None:
    for key in dice.sample(list(case.after), min(len(case.after), dice.randint(1, 4))):
        each = case.after[key]
        if each.custom and each.literals:
            case.changed.add(key)
            case.after[key] = replace(
                each, literals=(*each.literals[:1], ("label", _fresh(dice, "changed-")), *each.literals[2:])
            )


def _swap(dice: random.Random, case: Case) -> None:
    """Let two of one type change names; only what a provider would replace can be told from changed settings."""
    each = case.after[dice.choice(list(case.after))]
    like = (each.kind, each.parent)
    others = [o for o in case.after.values() if (o.kind, o.parent) == like and o.literals != each.literals]
    if each.custom and each.literals and others:
        other = dice.choice(others)
        case.after[each.key] = replace(each, name=other.name)
        case.after[other.key] = replace(other, name=each.name)


def _parents_first(program: Program) -> Program:
    ordered: Program = {}
    for key in program:
        chain = [key]
        while (parent := program[chain[-1]].parent) is not None and parent not in ordered:
            chain.append(parent)
        ordered.update((each, program[each]) for each in reversed(chain))
    return ordered


def decidable(case: Case) -> set[str]:
    """New identities whose former one can be told from what the two programs say, and from nothing else.

    A resource can be told by its contents where no other that came or went has the same; or by its neighbours that can
    be told, where no other of its contents has the same ones. Of what was changed and renamed at once, the child of a
    component that can be told is told by its role.
    """
    old, new = case.identities(case.before), case.identities(case.after)
    told = {key for key in new if old.get(key) == new[key]}
    moved = [key for key in new if key in old and key not in told]
    gone = [key for key in case.before if old[key] not in set(new.values())]
    came = [key for key in case.after if new[key] not in set(old.values())]
    growing = True
    while growing:
        marks_old = Counter(_mark(case.before, key, told) for key in gone if key not in told)
        marks_new = Counter(_mark(case.after, key, told) for key in came if key not in told)
        fresh = {
            key
            for key in moved
            if key not in told
            and (mark := _mark(case.after, key, told)) == _mark(case.before, key, told)
            and marks_old[mark] == marks_new[mark] == 1
            and (dict(case.after[key].literals).get("label") or _has_told_neighbour(case, key, told))
        }
        told |= fresh
        growing = bool(fresh)
    return {new[key] for key in moved if key in told and case.after[key].custom}


def _mark(program: Program, key: int, told: set[int]) -> Any:
    each = program[key]
    kind = TYPE_ALIASES.get(each.kind, each.kind)
    uses = tuple(
        (name, target if target in told else _contents(program, target, told)) for name, target in each.references
    )
    users = tuple(
        sorted(
            (name, other.key)
            for other in program.values()
            if other.key in told
            for name, target in other.references
            if target == key
        )
    )
    return kind, each.literals, uses, users


def _contents(program: Program, key: int, told: set[int]) -> Any:
    """A resource by what it and all that it uses hold."""
    each = program[key]
    uses = tuple(
        (name, target if target in told else _contents(program, target, told)) for name, target in each.references
    )
    return TYPE_ALIASES.get(each.kind, each.kind), each.literals, uses


def _has_told_neighbour(case: Case, key: int, told: set[int]) -> bool:
    uses = any(target in told for _, target in case.after[key].references)
    return uses or any(
        target == key for other in told & case.after.keys() for _, target in case.after[other].references
    )
