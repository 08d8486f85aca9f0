"""Network exposure."""

from collections.abc import Iterator, Mapping
from typing import Any

from rule import Rule, Severity, has

CONNECTED = ("$disconnect", "$default")
"""Routes of a WebSocket API where no authorizer is possible: only `$connect` takes one."""


def _route_authorized(inputs: Mapping[str, Any]) -> Iterator[str]:
    route = inputs["routeKey"]
    over_websocket = not route.startswith("$") and " " not in route
    if route in CONNECTED and not has(inputs, "authorizationType"):
        return
    if over_websocket:
        return
    kind = inputs["authorizationType"] if has(inputs, "authorizationType") else "NONE"
    if kind == "NONE":
        yield f"the route {route!r} answers anyone: its authorizationType is NONE"
    elif kind in ("JWT", "CUSTOM") and not has(inputs, "authorizerId"):
        yield f"the route {route!r} has authorizationType {kind} and no authorizerId"


RULES = (
    Rule(
        id="api-route-authorized",
        title="Every route of an API is authorised",
        why="An anonymous route to a model is an unbounded bill and an open door to the data behind it.",
        mend="Set authorization_type to JWT, CUSTOM or AWS_IAM, with the authorizer's id.",
        severity=Severity.CRITICAL,
        frameworks=("OWASP LLM10",),
        types=("aws:apigatewayv2/route:Route",),
        check=_route_authorized,
    ),
)
