"""What a rule is: data for people, and one small function for the engine."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from known import Unknown

STACK = "pulumi:pulumi:Stack"
"""The type of the root of every stack: what a rule about the stack itself judges, such as whether it has a budget."""


class Severity(Enum):
    """How bad it is when the rule is broken."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Level(Enum):
    """What a violation does without a configuration of the pack."""

    MANDATORY = "mandatory"
    """It stops the deployment."""
    PRODUCTION = "mandatory in production"
    """It is reported; the configuration of production makes it stop the deployment."""
    ADVISORY = "advisory"
    """It is reported."""


@dataclass(frozen=True)
class Setting:
    """A value of a rule that the configuration of the pack may set."""

    schema: Mapping[str, Any]
    """Its JSON schema, without the default."""
    default: Any


@dataclass(frozen=True)
class Options:
    """The options of a resource that the engine shows to a policy."""

    protect: bool = False
    ignore_changes: tuple[str, ...] = ()
    delete_before_replace: bool = False


@dataclass(frozen=True)
class Resource:
    """A resource as a rule sees it.

    `properties` are plain values: the checked inputs, or in a rule over the whole stack the outputs. A value that is
    not known yet is an `Unknown`. `settings` are the rule's own, with their defaults. Only a rule over the whole stack
    sees the rest: `references` names the URNs of the resources that a property was computed from, `parent` is the URN
    of the resource that this one is inside of, `stack` holds every resource.
    """

    type: str
    urn: str
    properties: Mapping[str, Any]
    references: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    stack: Sequence["Resource"] = ()
    options: Options = Options()
    provider: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """The properties of the provider that makes the resource, such as its `region`."""
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    parent: str = ""

    @property
    def name(self) -> str:
        """The logical name."""
        return self.urn.rpartition("::")[2]


Finding = str | Unknown
"""What is wrong with which value, in a sentence without its full stop; or the value without which nobody can tell."""


@dataclass(frozen=True)
class Rule:
    """One rule. `check` judges a resource of one of `types`; it goes on after a value that is not known.

    A type may end with `*`, which stands for any text. With `over_stack` the rule judges when the whole stack is
    registered. That finds what one resource alone does not show, but in an update without a preview it finds it after
    the resource was made. `remedy` returns the properties to set on a resource that breaks the rule, by name, where
    that is safe: it neither replaces the resource nor needs another one nor locks anyone out.
    """

    id: str
    title: str
    why: str
    mend: str
    severity: Severity
    frameworks: tuple[str, ...]
    types: tuple[str, ...]
    check: Callable[[Resource], Iterator[Finding]]
    over_stack: bool = False
    level: Level = Level.MANDATORY
    settings: Mapping[str, Setting] = field(default_factory=dict[str, Setting])
    remedy: Callable[[Resource], Mapping[str, Any]] | None = None

    def judges(self, resource_type: str) -> bool:
        """Whether the rule is about resources of a type."""
        return any(
            resource_type.startswith(each[:-1]) if each.endswith("*") else resource_type == each for each in self.types
        )
