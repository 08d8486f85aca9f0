"""The shape of a case."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Made:
    """A resource. In its inputs, `{"$ref": "name.property"}` is an output of another resource of the same case."""

    type: str
    inputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Case:
    """Resources that are registered together, and which of them break the rule.

    `alone` has a stack of its own: a rule that misses something in a stack would find it in another case's resources.
    The name `stack` is the stack itself.
    """

    rule: str
    resources: Mapping[str, Made]
    broken: frozenset[str]
    alone: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])


def each(rule: str, resource_type: str, broken: list[Any], kept: list[Any], **more: Any) -> Case:
    """A case of resources of one type that have nothing to do with each other: inputs that break the rule, and inputs
    that keep it."""
    resources = {f"broken{number}": Made(resource_type, inputs) for number, inputs in enumerate(broken)}
    resources |= {f"kept{number}": Made(resource_type, inputs) for number, inputs in enumerate(kept)}
    return Case(rule, resources, frozenset(name for name in resources if name.startswith("broken")), **more)


def ref(output: str) -> dict[str, str]:
    """An output of another resource of the case, such as `queue.arn`."""
    return {"$ref": output}
