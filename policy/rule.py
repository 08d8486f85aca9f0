"""What a rule is: data for people, and one small function for the engine."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any


class Severity(Enum):
    """How bad it is when the rule is broken."""

    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


@dataclass(frozen=True)
class Rule:
    """One rule.

    `check` takes the checked inputs of a resource of one of `types` and yields a sentence for each violation, saying
    what is wrong with which value. An input that is not known yet raises by itself: the engine then says that the
    rule is decided at the update.
    """

    id: str
    title: str
    why: str
    mend: str
    severity: Severity
    frameworks: tuple[str, ...]
    types: tuple[str, ...]
    check: Callable[[Mapping[str, Any]], Iterator[str]]


def has(inputs: Mapping[str, Any], name: str) -> bool:
    """Whether an input is given, known or not. Looking it up instead would raise for one that is not known yet."""
    return name in list(inputs)
