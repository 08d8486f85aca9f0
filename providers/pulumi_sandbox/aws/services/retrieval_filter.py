"""Turns a retrieval filter of Bedrock into one of S3 Vectors, which is what evaluates it."""

from collections.abc import Mapping
from typing import Any

from .rest_json import InvalidRequestError

_SAME: Mapping[str, str] = {
    "equals": "$eq",
    "notEquals": "$ne",
    "greaterThan": "$gt",
    "greaterThanOrEquals": "$gte",
    "lessThan": "$lt",
    "lessThanOrEquals": "$lte",
    "in": "$in",
    "notIn": "$nin",
    # On a list, $eq of S3 Vectors asks for one element that fits.
    "listContains": "$eq",
}
_JOINED: Mapping[str, str] = {"andAll": "$and", "orAll": "$or"}


def vector_filter_of(condition: Mapping[str, Any]) -> dict[str, Any]:
    """Return the same condition in the language of S3 Vectors; raises a ValidationException for what it cannot say."""
    operator, operand = next(iter(condition.items()))
    if operator in _JOINED:
        return {_JOINED[operator]: [vector_filter_of(part) for part in operand]}
    if operator not in _SAME:
        raise InvalidRequestError(f"The filter {operator} is not supported for the vector store type S3_VECTORS.")
    return {operand["key"]: {_SAME[operator]: operand["value"]}}
