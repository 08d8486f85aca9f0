"""Comparisons of Choice states in JSONPath."""

import operator
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from pulumi_sandbox.aws.states.language.errors import RUNTIME, StateError
from pulumi_sandbox.aws.states.language.json_path import PathNotFoundError
from pulumi_sandbox.aws.states.language.scope import Scope
from pulumi_sandbox.aws.states.language.templates import value_at

_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def timestamp(value: Any) -> datetime:
    """Return the moment that a timestamp means. Raises ValueError for anything else."""
    if not isinstance(value, str) or not _TIMESTAMP.fullmatch(value):
        raise ValueError(f"{value!r} is not a timestamp such as 2026-01-31T12:00:00Z")
    return datetime.fromisoformat(value)


def is_number(value: Any) -> bool:
    """Return whether a JSON value is a number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_timestamp(value: Any) -> bool:
    try:
        timestamp(value)
    except ValueError:
        return False
    return True


def _matches(value: str, pattern: str) -> bool:
    # Only * is special, and \* means a star.
    parts = re.split(r"(\\[*\\]|\*)", pattern)
    translated = "".join(
        ".*" if part == "*" else re.escape(part[1:] if part[:1] == "\\" and len(part) == 2 else part) for part in parts
    )
    return re.fullmatch(translated, value, re.DOTALL) is not None


_KINDS: Mapping[str, Callable[[Any], bool]] = {
    "String": lambda value: isinstance(value, str),
    "Numeric": is_number,
    "Boolean": lambda value: isinstance(value, bool),
    "Timestamp": _is_timestamp,
}
_RELATIONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "GreaterThan": operator.gt,
    "LessThanEquals": operator.le,
    "GreaterThanEquals": operator.ge,
}
_TESTS: Mapping[str, Callable[[Any], bool]] = {
    "IsNull": lambda value: value is None,
    "IsString": _KINDS["String"],
    "IsNumeric": is_number,
    "IsBoolean": _KINDS["Boolean"],
    "IsTimestamp": _is_timestamp,
}
COMPARISONS = frozenset(
    {
        f"{kind}{relation}{path}"
        for kind in _KINDS
        for relation in (_RELATIONS if kind != "Boolean" else ("Equals",))
        for path in ("", "Path")
    }
    | set(_TESTS)
    | {"IsPresent", "StringMatches"}
)
COMBINATIONS = frozenset({"And", "Or", "Not"})


def holds(rule: Mapping[str, Any], scope: Scope) -> bool:
    """Return whether a rule is true. Raises StateError when it compares something that is not there."""
    if "And" in rule:
        return all(holds(part, scope) for part in rule["And"])
    if "Or" in rule:
        return any(holds(part, scope) for part in rule["Or"])
    if "Not" in rule:
        return not holds(rule["Not"], scope)
    name = next(key for key in rule if key in COMPARISONS)
    wanted = rule[name]
    try:
        value = value_at(rule["Variable"], scope)
    except PathNotFoundError as error:
        if name == "IsPresent":
            return not wanted
        raise StateError(
            RUNTIME,
            f"Invalid path '{rule['Variable']}': The choice state's condition path references an invalid value.",
        ) from error
    if name == "IsPresent":
        return bool(wanted)
    if name in _TESTS:
        return _TESTS[name](value) == wanted
    if name == "StringMatches":
        return isinstance(value, str) and _matches(value, wanted)
    return _compare(name, value, wanted, scope)


def _compare(name: str, value: Any, wanted: Any, scope: Scope) -> bool:
    if name.endswith("Path"):
        try:
            wanted = value_at(wanted, scope)
        except PathNotFoundError as error:
            raise StateError(RUNTIME, f"Invalid path '{wanted}' in {name}: it finds nothing.") from error
        name = name.removesuffix("Path")
    kind = next(kind for kind in _KINDS if name.startswith(kind))
    if not (_KINDS[kind](value) and _KINDS[kind](wanted)):
        return False
    if kind == "Timestamp":
        value, wanted = timestamp(value), timestamp(wanted)
    return _RELATIONS[name.removeprefix(kind)](value, wanted)
