"""What happens on a connection, and the events that functions get of it.

Source: API Gateway developer guide, "WebSocket API mapping template reference" and "Lambda integrations".
"""

import time
from dataclasses import dataclass, field
from typing import Any

from pulumi_sandbox.aws.functions.tracing import new_root
from pulumi_sandbox.aws.gateway.api_model import Api, Stage
from pulumi_sandbox.aws.gateway.payload import value_lists
from pulumi_sandbox.aws.gateway.request import clock, new_request_id
from pulumi_sandbox.aws.gateway.websocket_connections import Connection

CONNECT = "CONNECT"
MESSAGE = "MESSAGE"
DISCONNECT = "DISCONNECT"
INTERNAL_ERROR = "Internal server error"
"""What a client is told of a fault behind the gateway."""
_NOT_FORWARDED = frozenset({"connection", "upgrade"})


@dataclass(frozen=True, slots=True)
class SocketEvent:
    """A handshake, a message or the end of a connection. ``body`` is a message's, ``close_code`` an end's."""

    kind: str
    connection: Connection
    body: str = ""
    close_code: int = 1000
    close_reason: str = ""
    request_id: str = field(default_factory=new_request_id)
    message_id: str = field(default_factory=new_request_id)
    time: float = field(default_factory=time.time)
    trace_header: str = field(default_factory=lambda: f"Root={new_root()}")


def request_context(event: SocketEvent, api: Api, stage: Stage, route_key: str) -> dict[str, Any]:
    """Return the ``requestContext`` of an event."""
    connection, authorization = event.connection, event.connection.authorization
    identity: dict[str, Any] = {
        "userAgent": connection.request.user_agent,
        "sourceIp": connection.request.source_ip,
    }
    context: dict[str, Any] = {
        "routeKey": route_key,
        "eventType": event.kind,
        "extendedRequestId": event.request_id,
        "requestTime": clock(event.time),
        "messageDirection": "IN",
        "stage": stage.name,
        "connectedAt": int(connection.connected_at * 1000),
        "requestTimeEpoch": int(event.time * 1000),
        "identity": identity,
        "requestId": event.request_id,
        "domainName": connection.request.header("host") or "",
        "connectionId": connection.id,
        "apiId": api.id,
    }
    if authorization and authorization.kind == "lambda":
        context["authorizer"] = dict(authorization.value)
    if authorization and authorization.kind == "iam":
        identity |= authorization.value
    if event.kind == MESSAGE:
        context["messageId"] = event.message_id
    if event.kind == DISCONNECT:
        context["disconnectStatusCode"] = event.close_code
        context["disconnectReason"] = event.close_reason
    return context


def function_event(event: SocketEvent, api: Api, stage: Stage, route_key: str) -> dict[str, Any]:
    """Return the event that an integration's function gets."""
    built: dict[str, Any] = {}
    if event.kind == CONNECT:
        built = handshake(event, hidden=_NOT_FORWARDED)
    if event.kind == DISCONNECT:
        host = event.connection.request.header("host") or ""
        pairs = [("Host", host), ("x-api-key", ""), ("X-Forwarded-For", ""), ("x-restapi", "")]
        built = {"headers": dict(pairs), "multiValueHeaders": value_lists(pairs)}
    built["requestContext"] = request_context(event, api, stage, route_key)
    if stage.variables:
        built["stageVariables"] = dict(stage.variables)
    if event.kind == MESSAGE:
        built["body"] = event.body
    return {**built, "isBase64Encoded": False}


def authorizer_event(event: SocketEvent, api: Api, stage: Stage, arn: str) -> dict[str, Any]:
    """Return the event that a REQUEST authorizer gets; ``arn`` is the route's."""
    query = {"queryStringParameters": {}, "multiValueQueryStringParameters": {}}
    context = request_context(event, api, stage, "$connect")
    return {
        "type": "REQUEST",
        "methodArn": arn,
        **query,
        **handshake(event),
        "stageVariables": dict(stage.variables),
        "requestContext": context,
    }


def handshake(event: SocketEvent, hidden: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Return headers and query of the handshake, without headers that are ``hidden`` (names in lower case)."""
    request = event.connection.request
    added = {
        "X-Amzn-Trace-Id": event.trace_header,
        "X-Forwarded-For": request.source_ip,
        "X-Forwarded-Port": (request.header("host") or "").rpartition(":")[2] or "80",
        "X-Forwarded-Proto": "http",
    }
    skipped = hidden | {name.lower() for name in added}
    pairs = [(name, value) for name, value in event.connection.header_pairs if name.lower() not in skipped]
    pairs += added.items()
    built: dict[str, Any] = {"headers": dict(pairs), "multiValueHeaders": value_lists(pairs)}
    if query := request.query_pairs():
        built["queryStringParameters"] = dict(query)
        built["multiValueQueryStringParameters"] = value_lists(query)
    return built
