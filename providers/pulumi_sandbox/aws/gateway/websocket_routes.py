"""Which route of a WebSocket API takes a message."""

import json
import re
from collections.abc import Sequence
from typing import Any

from pulumi_sandbox.aws.gateway.api_model import Route

_BODY_PART = re.compile(r"\$request\.body\.(?P<plain>[\w.-]+)|\$\{request\.body\.(?P<braced>[\w.-]+)\}")
_OF_THE_CONNECTION = ("$connect", "$disconnect")


def route_of(routes: Sequence[Route], key: str) -> Route | None:
    """Return the route of this key."""
    return next((route for route in routes if route.key == key), None)


def route_of_message(routes: Sequence[Route], expression: str, body: str) -> Route | None:
    """Return the route that the API's selection expression names for a message, else ``$default``, else None."""
    key = _selected(expression, body)
    found = route_of(routes, key) if key and key not in _OF_THE_CONNECTION else None
    return found or route_of(routes, "$default")


def _selected(expression: str, body: str) -> str | None:
    """Return the value of e.g. ``$request.body.action``; None where the body does not have it."""
    try:
        document = json.loads(body)
    except ValueError:
        return None
    values: list[str | None] = []

    def fill(found: re.Match[str]) -> str:
        values.append(_text(document, (found["plain"] or found["braced"]).split(".")))
        return values[-1] or ""

    selected = _BODY_PART.sub(fill, expression)
    return None if None in values else selected


def _text(document: Any, path: Sequence[str]) -> str | None:
    for name in path:
        if not isinstance(document, dict) or document.get(name) is None:
            return None
        document = document[name]
    return document if isinstance(document, str) else json.dumps(document)
