"""Condition blocks of IAM policies.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

import base64
import binascii
import ipaddress
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from pulumi_sandbox.iam_patterns import (
    Context,
    UnknownVariableError,
    arn_matches,
    context_values,
    matches_with_variables,
    substitute,
)

Compare = Callable[[str, str, Context], bool]
"""Does the request's value satisfy the policy's value? Arguments: policy's value, request's value, context."""


class UnknownOperatorError(ValueError):
    """A policy uses a condition operator that IAM does not have."""


def _string_equals(expected: str, actual: str, context: Context) -> bool:
    return substitute(expected, context) == actual


def _string_equals_ignoring_case(expected: str, actual: str, context: Context) -> bool:
    return substitute(expected, context).casefold() == actual.casefold()


def _bool(expected: str, actual: str, context: Context) -> bool:
    return substitute(expected, context).lower() == actual.lower()


def _binary(expected: str, actual: str, context: Context) -> bool:
    try:
        return base64.b64decode(substitute(expected, context)) == base64.b64decode(actual)
    except binascii.Error:
        return False


def _address(expected: str, actual: str, context: Context) -> bool:
    try:
        network = ipaddress.ip_network(substitute(expected, context), strict=False)
        return ipaddress.ip_address(actual) in network
    except ValueError:
        return False


def _time(text: str) -> float:
    try:
        return float(text)  # epoch seconds are allowed in both places
    except ValueError:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _ordered(read: Callable[[str], float], order: Callable[[float, float], bool]) -> Compare:
    def compare(expected: str, actual: str, context: Context) -> bool:
        try:
            return order(read(actual), read(substitute(expected, context)))
        except ValueError:
            return False

    return compare


_ORDERS: dict[str, Callable[[float, float], bool]] = {
    "Equals": lambda actual, expected: actual == expected,
    "LessThan": lambda actual, expected: actual < expected,
    "LessThanEquals": lambda actual, expected: actual <= expected,
    "GreaterThan": lambda actual, expected: actual > expected,
    "GreaterThanEquals": lambda actual, expected: actual >= expected,
}

_OPERATORS: dict[str, Compare] = {
    "StringEquals": _string_equals,
    "StringEqualsIgnoreCase": _string_equals_ignoring_case,
    "StringLike": matches_with_variables,
    "Bool": _bool,
    "BinaryEquals": _binary,
    "IpAddress": _address,
    "ArnEquals": arn_matches,
    "ArnLike": arn_matches,
    **{f"Numeric{name}": _ordered(float, order) for name, order in _ORDERS.items()},
    **{f"Date{name}": _ordered(_time, order) for name, order in _ORDERS.items()},
}
_NEGATIONS = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "NotIpAddress": "IpAddress",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
}


def as_list(value: Any) -> list[Any]:
    """Return a policy element, which may be one value or a list of them, as a list."""
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def conditions_hold(conditions: Mapping[str, Mapping[str, Any]], context: Context) -> bool:
    """Return whether every condition of a block holds for a request with this context.

    Raises UnknownOperatorError for an operator that IAM would have refused when the policy was written.
    """
    return all(
        _holds(operator, key, [_text(value) for value in as_list(expected)], context)
        for operator, keys in conditions.items()
        for key, expected in keys.items()
    )


def _holds(operator: str, key: str, expected: list[str], context: Context) -> bool:
    actual = context_values(context, key)
    quantifier, _, name = operator.rpartition(":")
    if name == "Null":
        return all((actual is None) == (value.lower() == "true") for value in expected)
    optional = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    negated = name in _NEGATIONS
    compare = _OPERATORS.get(_NEGATIONS.get(name, name))
    if compare is None or quantifier not in ("", "ForAllValues", "ForAnyValue"):
        raise UnknownOperatorError(f"condition operator {operator!r} does not exist in IAM")
    if actual is None:
        if quantifier == "ForAllValues" or optional:
            return True
        return negated and quantifier != "ForAnyValue"

    def satisfied(value: str) -> bool:
        return _any_matches(compare, expected, value, context) != negated

    if quantifier == "ForAllValues" or (negated and not quantifier):
        return all(map(satisfied, actual))
    return any(map(satisfied, actual))


def _any_matches(compare: Compare, expected: list[str], actual: str, context: Context) -> bool:
    for value in expected:
        try:
            if compare(value, actual, context):
                return True
        except UnknownVariableError:
            continue
    return False
