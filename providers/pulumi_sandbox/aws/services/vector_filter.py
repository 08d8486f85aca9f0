"""The metadata filter language of S3 Vectors: whether a vector's metadata matches.

`{"key": value}` is short for `{"key": {"$eq": value}}`; several keys, or several operators of one key, must all match.
A key that the metadata lacks matches `$ne`, `$nin` and `{"$exists": false}` only. On a list, `$eq` and `$in` ask for
one element that fits. Values of different types are never equal.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

_MISSING = object()


class FilterError(ValueError):
    """The filter itself is wrong; the message says where."""


def matches(condition: Mapping[str, Any], metadata: Mapping[str, Any]) -> bool:
    """Return whether the metadata matches a filter that `check_filter` found right."""
    return all(_matches_entry(key, value, metadata) for key, value in condition.items())


def check_filter(condition: Any, unfilterable: Collection[str] = ()) -> None:
    """Raise FilterError for what S3 Vectors refuses: unknown operators, wrong operands, unfilterable keys."""
    if not isinstance(condition, dict) or not condition:
        raise FilterError("a filter must be a JSON object with at least one key")
    for key, value in condition.items():
        if key in {"$and", "$or"}:
            if not isinstance(value, list) or not value:
                raise FilterError(f"{key} must be a list of at least one filter")
            for part in value:
                check_filter(part, unfilterable)
        elif key.startswith("$"):
            raise FilterError(f"unknown operator {key}")
        elif key in unfilterable:
            raise FilterError(f"metadata key {key} is not filterable")
        else:
            _check_operators(key, value)


def _check_operators(key: str, value: Any) -> None:
    if not isinstance(value, dict):
        _check_operand(key, "$eq", value)
        return
    if not value:
        raise FilterError(f"{key} has no operator")
    for operator, operand in value.items():
        if operator not in _OPERATORS:
            raise FilterError(f"unknown operator {operator} for {key}; use one of {', '.join(_OPERATORS)}")
        _check_operand(key, operator, operand)


def _check_operand(key: str, operator: str, operand: Any) -> None:
    scalar = isinstance(operand, str | int | float | bool)
    number = isinstance(operand, int | float) and not isinstance(operand, bool)
    right = {
        "$eq": scalar,
        "$ne": scalar,
        "$exists": isinstance(operand, bool),
        "$in": isinstance(operand, list) and bool(operand),
        "$nin": isinstance(operand, list) and bool(operand),
    }.get(operator, number)
    if not right:
        raise FilterError(f"{operator} of {key} does not take {operand!r}")


def _matches_entry(key: str, value: Any, metadata: Mapping[str, Any]) -> bool:
    if key == "$and":
        return all(matches(part, metadata) for part in value)
    if key == "$or":
        return any(matches(part, metadata) for part in value)
    held = metadata.get(key, _MISSING)
    operators = value if isinstance(value, dict) else {"$eq": value}
    return all(_OPERATORS[operator](held, operand) for operator, operand in operators.items())


def _equal(held: Any, operand: Any) -> bool:
    if isinstance(held, list):
        return any(_equal(item, operand) for item in held)
    # To Python, True is 1.
    return isinstance(held, bool) == isinstance(operand, bool) and held == operand


def _among(held: Any, operands: list[Any]) -> bool:
    return any(_equal(held, operand) for operand in operands)


def _compared(holds: Callable[[float, float], bool]) -> Callable[[Any, Any], bool]:
    def compare(held: Any, operand: Any) -> bool:
        return isinstance(held, int | float) and not isinstance(held, bool) and holds(held, operand)

    return compare


_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "$eq": _equal,
    "$ne": lambda held, operand: not _equal(held, operand),
    "$gt": _compared(lambda held, operand: held > operand),
    "$gte": _compared(lambda held, operand: held >= operand),
    "$lt": _compared(lambda held, operand: held < operand),
    "$lte": _compared(lambda held, operand: held <= operand),
    "$in": _among,
    "$nin": lambda held, operands: not _among(held, operands),
    "$exists": lambda held, operand: (held is not _MISSING) == operand,
}
