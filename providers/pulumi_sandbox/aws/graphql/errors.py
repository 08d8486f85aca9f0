"""Errors as AppSync writes them: of a request, of a document, of a field.

Source: AppSync developer guide, "Resolver util reference" (``util.error``) and "Troubleshooting and common mistakes".
"""

from collections.abc import Sequence
from typing import Any

from graphql.error import GraphQLError


class FieldError(Exception):
    """What a resolver raises: ``util.error``, or a failure of its data source."""

    def __init__(self, message: str, kind: str, data: Any = None, info: Any = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.data = data
        self.info = info


def refusal(kind: str, message: str) -> dict[str, Any]:
    """Return the body of an answer to a request that was not executed."""
    return {"errors": [{"errorType": kind, "message": message}]}


def invalid(message: str, locations: Sequence[Any] | None) -> dict[str, Any]:
    """Return an error of a document that does not fit the schema."""
    return {"path": None, "locations": _locations(locations), "message": message}


def of_field(error: GraphQLError) -> dict[str, Any]:
    """Return an error that happened while a field was resolved, or its value made to fit its type."""
    original = error.original_error
    if not isinstance(original, FieldError):
        return {"path": error.path, "locations": _locations(error.locations), "message": error.message}
    return {
        "path": error.path,
        "data": original.data,
        "errorType": original.kind,
        "errorInfo": original.info,
        "locations": _locations(error.locations),
        "message": error.message,
    }


def _locations(locations: Sequence[Any] | None) -> list[dict[str, Any]] | None:
    if locations is None:
        return None
    return [{"line": each.line, "column": each.column, "sourceName": None} for each in locations]
