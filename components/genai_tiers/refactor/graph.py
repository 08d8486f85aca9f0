"""The two sides that are compared, read from one preview: the resources of the state, and those of the program.

Both come from the same preview because the engine masks secrets alike on both sides of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from genai_tiers.refactor.identity import STACK_TYPE, identity_of, name_of, type_of

_REMOVED = frozenset({"delete", "delete-replaced", "discard", "discard-replaced", "remove-pending-replace"})
_KEPT = frozenset({"same", "update", "refresh", "import"})


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource on one side."""

    identity: str
    custom: bool
    """Whether a provider manages it; a component exists in the state alone."""
    parent: str | None
    """The parent's identity; none below the stack itself."""
    inputs: Mapping[str, Any]
    uses: tuple[tuple[str, str], ...]
    """Property and identity of what it depends on; the property is empty for a dependency of the whole resource."""
    id: str = ""
    """The physical id; empty for what does not exist yet."""
    protect: bool = False

    @property
    def type(self) -> str:
        """The resource's own type."""
        return type_of(self.identity)


@dataclass(slots=True)
class Sides:
    """What a preview says about state and program."""

    olds: dict[str, Resource] = field(default_factory=dict[str, Resource])
    news: dict[str, Resource] = field(default_factory=dict[str, Resource])
    """In the order of registration: parents stand before their children."""
    kept: dict[str, str] = field(default_factory=dict[str, str])
    """New identity -> old identity, for what the engine itself finds in the state."""
    steps: dict[str, "Step"] = field(default_factory=dict[str, "Step"])
    """What the engine would do, by the new identity, or the old one of what is deleted."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a preview."""

    operation: str
    identity: str
    old_identity: str | None
    reasons: tuple[str, ...]
    """The properties whose change makes the step."""


def read_sides(steps: Sequence[Mapping[str, Any]]) -> Sides:
    """Read the steps of `pulumi preview --json --show-sames`."""
    sides = Sides()
    for step in steps:
        old, new, operation = step.get("oldState"), step.get("newState"), step["op"]
        states = [state for state in (old, new) if state]
        if any(_outside(state) for state in states):
            continue
        if old:  # a preview marks what it would delete before it replaces it; a state with such a mark is refused
            resource = _resource(old)
            sides.olds.setdefault(resource.identity, resource)
        if new and operation not in _REMOVED:
            resource = _resource(new)
            sides.news.setdefault(resource.identity, resource)
            if old:
                sides.kept[resource.identity] = identity_of(old["urn"])
        identity = identity_of(step["urn"])
        if identity not in sides.steps or operation not in _REMOVED:
            reasons = step.get("replaceReasons") or step.get("diffReasons") or ()
            old_identity = identity_of(old["urn"]) if old else None
            sides.steps[identity] = Step(operation, identity, old_identity, tuple(reasons))
    return sides


def unchanged(step: Step) -> bool:
    """Whether a step keeps the resource as it is."""
    return step.operation in ("same", "refresh")


def kept(step: Step) -> bool:
    """Whether a step keeps the physical resource."""
    return step.operation in _KEPT


def _outside(state: Mapping[str, Any]) -> bool:
    """Whether nothing of a refactoring concerns it: the stack, default providers, what is only read, views."""
    kind, name = state["type"], name_of(identity_of(state["urn"]))
    default = kind.startswith("pulumi:providers:") and name.startswith("default")
    return kind == STACK_TYPE or default or bool(state.get("external")) or bool(state.get("viewOf"))


def _resource(state: Mapping[str, Any]) -> Resource:
    parent = state.get("parent")
    return Resource(
        identity=identity_of(state["urn"]),
        custom=bool(state.get("custom")),
        parent=None if not parent or f"::{STACK_TYPE}::" in parent else identity_of(parent),
        inputs=state.get("inputs") or {},
        uses=tuple(sorted(set(_uses(state)))),
        id=state.get("id") or "",
        protect=bool(state.get("protect")),
    )


def _uses(state: Mapping[str, Any]) -> list[tuple[str, str]]:
    by_property = {name: urns for name, urns in (state.get("propertyDependencies") or {}).items() if urns}
    uses = [(name, identity_of(urn)) for name, urns in by_property.items() for urn in urns]
    named = {urn for urns in by_property.values() for urn in urns}
    uses += [("", identity_of(urn)) for urn in state.get("dependencies") or () if urn not in named]
    uses += [("deletedWith", identity_of(state["deletedWith"]))] if state.get("deletedWith") else []
    provider = (state.get("provider") or "").rpartition("::")[0]
    if provider and not name_of(identity_of(provider)).startswith("default"):
        uses.append(("provider", identity_of(provider)))
    return uses
