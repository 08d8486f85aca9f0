"""Who may call the routes of an API."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from known import Unknown
from rule import Finding, Resource, Rule, Severity

API = "aws:apigatewayv2/api:Api"
REST_API = "aws:apigateway/restApi:RestApi"
METHOD = "aws:apigateway/method:Method"
ROUTE = "aws:apigatewayv2/route:Route"
CATCH_ALL = "$default"
"""The one route key that HTTP and WebSocket APIs share; in a WebSocket API it takes no authorizer."""


def _route_authorized(resource: Resource) -> Iterator[Finding]:
    if resource.type == METHOD:
        kind = resource.properties.get("authorization")
        if isinstance(kind, Unknown):
            yield kind
        elif kind == "NONE" and resource.properties.get("httpMethod") != "OPTIONS":
            yield f"the method {resource.properties.get('httpMethod')} answers anyone: its authorization is NONE"
        return
    if resource.type in (API, REST_API):
        yield from _open_operations(resource.properties.get("body"))
    if resource.type == REST_API:
        return
    if resource.type == API:
        if "target" in resource.properties:
            key = resource.properties.get("routeKey", CATCH_ALL)
            yield f"the API's target makes a route {key!r} that answers anyone; declare that route by itself"
        return
    key = resource.properties["routeKey"]
    kind = _authorization(resource)
    if isinstance(key, Unknown):
        yield key
    elif isinstance(kind, Unknown):
        yield kind
    elif kind == "NONE":
        # The other rule judges the route that both kinds of API have.
        if key != CATCH_ALL and not _takes_no_authorizer(key):
            yield f"the route {key!r} answers anyone: its authorizationType is NONE"
    elif kind in ("JWT", "CUSTOM") and not resource.properties.get("authorizerId"):
        yield f"the route {key!r} has authorizationType {kind} and no authorizerId"


def _open_operations(body: Any) -> Iterator[Finding]:
    """What an OpenAPI document leaves open. One that is not JSON, AWS reads and this rule does not."""
    if isinstance(body, Unknown):
        yield body
    try:
        described = json.loads(body) if isinstance(body, str) else None
    except ValueError:
        return
    if not isinstance(described, dict) or described.get("security"):
        return
    for path, operations in (described.get("paths") or {}).items():
        for name, operation in operations.items():
            method = name.removeprefix("x-amazon-apigateway-").removesuffix("-method")
            if method.lower() not in OPERATIONS or not isinstance(operation, dict):
                continue
            if not operation.get("security") and not operation.get("x-amazon-apigateway-auth"):
                yield f"body: {method.upper()} {path} answers anyone, as no security is asked for"


OPERATIONS = ("any", "delete", "get", "head", "patch", "post", "put")


def _catch_all_authorized(route: Resource) -> Iterator[Finding]:
    """Judges what the route's own inputs do not tell: whether `$default` is of an HTTP API or of a WebSocket API."""
    if route.properties["routeKey"] != CATCH_ALL or _authorization(route) != "NONE":
        return
    api_id = route.properties["apiId"]
    protocols = {api.properties.get("protocolType") for api in _apis(route, api_id)}
    if not protocols and isinstance(api_id, Unknown):
        yield api_id
    elif not protocols:
        # The API was made elsewhere, so that only its other routes can show that it is a WebSocket API.
        if not any(_takes_no_authorizer(key) or key == "$connect" for key in _neighbours(route, api_id)):
            yield (
                f"the route {CATCH_ALL!r} of the API {api_id!r} answers anyone: its authorizationType is NONE, and "
                "neither that API nor a route '$connect' of it is in this stack to show that it is a WebSocket API"
            )
    elif protocols == {"HTTP"}:
        yield f"the route {CATCH_ALL!r} of an HTTP API answers anyone: its authorizationType is NONE"
    elif protocols != {"WEBSOCKET"}:
        yield Unknown("apiId")


def _authorization(route: Resource) -> Any:
    return route.properties.get("authorizationType") or "NONE"


def _takes_no_authorizer(key: str) -> bool:
    """Whether only a WebSocket API has such a route, after `$connect`, which alone takes an authorizer there."""
    return key == "$disconnect" or (" " not in key and not key.startswith("$"))


def _apis(route: Resource, api_id: Any) -> Sequence[Resource]:
    """The APIs that the route may belong to: the one with its apiId, or those that its apiId is computed from."""
    apis = [resource for resource in route.stack if resource.type == API]
    named = [] if isinstance(api_id, Unknown) else [api for api in apis if api.properties.get("id") == api_id]
    return named or [api for api in apis if api.urn in route.references.get("apiId", ())]


def _neighbours(route: Resource, api_id: str) -> Iterator[str]:
    """The keys of the API's routes."""
    for resource in route.stack:
        if resource.type == ROUTE and resource.properties.get("apiId") == api_id:
            key = resource.properties["routeKey"]
            if isinstance(key, str):
                yield key


WHY = "An anonymous route to a model is an unbounded bill and an open door to the data behind it."
MEND = "Set authorization_type to JWT, CUSTOM or AWS_IAM, with the authorizer's id."

RULES = (
    Rule(
        id="api-route-authorized",
        title="Every route of an API is authorised",
        why=WHY,
        mend=MEND,
        severity=Severity.CRITICAL,
        frameworks=("OWASP LLM10",),
        types=(ROUTE, API, METHOD, REST_API),
        check=_route_authorized,
    ),
    Rule(
        id="api-default-route-authorized",
        title="The $default route of an HTTP API is authorised",
        why=WHY,
        mend=MEND,
        severity=Severity.CRITICAL,
        frameworks=("OWASP LLM10",),
        types=(ROUTE,),
        check=_catch_all_authorized,
        over_stack=True,
    ),
)
