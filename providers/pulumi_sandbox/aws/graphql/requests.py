"""The body of a request: a document, its variables, and the operation to execute."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_TYPES = ("application/json", "application/graphql")


class MalformedRequestError(Exception):
    """A body that AppSync does not read; the text is AppSync's."""


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """What a client posts."""

    query: str
    variables: Mapping[str, Any]
    operation: str | None


def read_request_body(body: bytes, content_type: str) -> GraphQLRequest:
    """Return what a body asks. Raises MalformedRequestError."""
    if content_type.partition(";")[0].strip().lower() not in _TYPES:
        raise MalformedRequestError(f"Content type must be one of {', '.join(_TYPES)}.")
    if not body.strip():
        raise MalformedRequestError("Request body is empty.")
    try:
        given: Any = json.loads(body)
    except ValueError:
        given = None
    if not isinstance(given, dict) or not isinstance(given.get("query"), str):
        raise MalformedRequestError("Unable to parse GraphQL query.")
    variables, operation = given.get("variables"), given.get("operationName") or None
    if not isinstance(variables, dict | None) or not isinstance(operation, str | None):
        raise MalformedRequestError("Unable to parse GraphQL query.")
    return GraphQLRequest(given["query"], variables or {}, operation)
