"""The management API of WebSocket connections at the main endpoint, where AWS_ENDPOINT_URL leads SDKs.

The path names API and stage as far as the caller's endpoint URL did; what it leaves out, the connection tells.
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pulumi_sandbox.aws.gateway import websocket_connections
from pulumi_sandbox.aws.gateway.websocket_connections import Connection
from pulumi_sandbox.aws.gateway.websocket_management import ACTION, answer, connection_resource

SIGNING_NAME = "execute-api"
_METHODS = ["GET", "POST", "DELETE"]


def _named_connection(request: Request) -> Connection | None:
    """Return the open connection, if its API and stage are those that the path names."""
    labels = request.path_params
    connection = websocket_connections.find(labels["connection_id"])
    if connection is None:
        return None
    place = (labels.get("api_id", connection.api_id), labels.get("stage", connection.stage))
    return connection if place == (connection.api_id, connection.stage) else None


async def _serve(request: Request) -> Response:
    labels, body = request.path_params, await request.body()
    result = await answer(request.method, labels["connection_id"], _named_connection(request), body)
    return Response(result.body, result.status, dict(result.headers))


routes = [
    Route(f"{prefix}/@connections/{{connection_id}}", _serve, methods=_METHODS)
    for prefix in ("", "/{stage}", "/{api_id}/{stage}")
]


def actions(request: Request) -> list[tuple[str, list[str]]]:
    """Return what the caller must be allowed to do; nothing where neither path nor connection names an API."""
    labels, caller = request.path_params, request.state.caller
    connection: Any = websocket_connections.find(labels["connection_id"])
    api_id = labels.get("api_id") or (connection.api_id if connection else None)
    stage = labels.get("stage") or (connection.stage if connection else None)
    if api_id is None:
        return []
    resource = connection_resource(str(stage), request.method, labels["connection_id"])
    return [(ACTION, [f"arn:aws:execute-api:{caller.region}:{caller.account}:{api_id}/{resource}"])]
