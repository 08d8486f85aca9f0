"""What a rule is: data for people, and one small function for the engine."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from known import Unknown


class Severity(Enum):
    """How bad it is when the rule is broken."""

    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


@dataclass(frozen=True)
class Resource:
    """A resource as a rule sees it.

    ``properties`` are plain values: the checked inputs, or in a rule over the whole stack the outputs. A value that is
    not known yet is an ``Unknown``. Only a rule over the whole stack sees the rest: ``references`` names the URNs of
    the resources that a property was computed from, ``stack`` holds every resource.
    """

    type: str
    urn: str
    properties: Mapping[str, Any]
    references: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    stack: Sequence["Resource"] = ()


Finding = str | Unknown
"""What is wrong with which value, in a sentence without its full stop; or the value without which nobody can tell."""


@dataclass(frozen=True)
class Rule:
    """One rule. `check` judges a resource of one of `types`; it goes on after a value that is not known.

    With `over_stack` it judges when the whole stack is registered. That finds what one resource alone does not show,
    but in an update without a preview it finds it after the resource was made.
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
