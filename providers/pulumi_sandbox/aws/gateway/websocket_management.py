"""The management API of WebSocket connections (``@connections``): post to one, ask about it, close it."""

import asyncio
import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import uuid4

from pulumi_sandbox.aws import authorisation
from pulumi_sandbox.aws.access import Access
from pulumi_sandbox.aws.gateway import registry, websocket_connections
from pulumi_sandbox.aws.gateway.listeners import MAX_MESSAGE_BYTES
from pulumi_sandbox.aws.gateway.request import GatewayRequest, GatewayResponse
from pulumi_sandbox.aws.gateway.websocket_connections import ClientBufferFullError, Connection, GoneError, on_its_loop
from pulumi_sandbox.aws.signature import read_signature
from pulumi_sandbox.iam import AccessDeniedError

ACTION = "execute-api:ManageConnections"
_PATH = re.compile(r"/(?P<stage>[^/]+)/@connections/(?P<connection>[^/]+)$")
_ID = re.compile(r"[\w-]{15}=$")


def is_management(request: GatewayRequest) -> bool:
    """Return whether a request is about a connection."""
    return _PATH.match(request.path) is not None


def connection_resource(stage: str, method: str, connection_id: str) -> str:
    """Return the part of a connection's ARN that follows the API's id."""
    return f"{stage}/{method}/@connections/{connection_id}"


def error_answer(status: int, code: str, message: str | None = None) -> GatewayResponse:
    """Return an error as SDKs read it."""
    headers = (("content-type", "application/json"), ("x-amzn-errortype", code), ("x-amzn-requestid", str(uuid4())))
    return GatewayResponse(status, json.dumps({"message": message} if message else {}).encode(), headers)


async def manage(api_id: str, request: GatewayRequest, threads: ThreadPoolExecutor) -> GatewayResponse:
    """Answer a request on the API's own endpoint, for whoever signed it."""
    found = _PATH.match(request.path)
    if found is None:
        raise ValueError(f"{request.path} is not about a connection")
    loop = asyncio.get_running_loop()
    stage, connection_id = found["stage"], found["connection"]
    refusal = await loop.run_in_executor(threads, _refusal, api_id, stage, connection_id, request)
    if refusal:
        return refusal
    connection = websocket_connections.find(connection_id)
    ours = connection is not None and (connection.api_id, connection.stage) == (api_id, stage)
    return await answer(request.method, connection_id, connection if ours else None, request.body)


def _refusal(api_id: str, stage: str, connection_id: str, request: GatewayRequest) -> GatewayResponse | None:
    signature = read_signature(dict(request.headers), request.query)
    if signature is None:
        return error_answer(403, "MissingAuthenticationTokenException", "Missing Authentication Token")
    api = registry.current_api(api_id)
    if api is None or stage not in api.stages:
        return error_answer(403, "ForbiddenException", "Forbidden")
    arn = api.execution_arn(connection_resource(stage, request.method, connection_id))
    try:
        authorisation.check(authorisation.identify(signature), [Access(ACTION, arn)])
    except authorisation.InvalidCredentialsError as error:
        return error_answer(403, "UnrecognizedClientException", str(error))
    except AccessDeniedError as error:
        return error_answer(403, "AccessDeniedException", str(error))
    return None


async def answer(method: str, connection_id: str, connection: Connection | None, body: bytes) -> GatewayResponse:
    """Do what an authorised caller asks; ``connection`` is None when it is closed, or never was."""
    if not _ID.match(connection_id):
        return error_answer(400, "BadRequestException", f"Invalid connectionId: {connection_id}")
    if method == "POST" and len(body) > MAX_MESSAGE_BYTES:
        return error_answer(413, "PayloadTooLargeException", f"Message too long: over {MAX_MESSAGE_BYTES} bytes")
    if method not in ("GET", "POST", "DELETE"):
        return error_answer(403, "ForbiddenException", "Forbidden")
    if connection is None:
        return _gone()
    if method == "GET":
        return _description(connection)
    if method == "DELETE":
        await on_its_loop(connection, connection.close(1000, "Connection Closed Normally"))
        return GatewayResponse(204)
    try:
        await on_its_loop(connection, connection.send(body))
    except GoneError:
        return _gone()
    except ClientBufferFullError:
        return error_answer(429, "LimitExceededException", "The client does not read what it is sent")
    return GatewayResponse(200)


def _gone() -> GatewayResponse:
    return error_answer(410, "GoneException")


def _description(connection: Connection) -> GatewayResponse:
    description = {
        "connectedAt": _iso_time(connection.connected_at),
        "identity": {"sourceIp": connection.request.source_ip, "userAgent": connection.request.user_agent},
        "lastActiveAt": _iso_time(connection.last_active_at),
    }
    return GatewayResponse(200, json.dumps(description).encode(), (("content-type", "application/json"),))


def _iso_time(epoch_seconds: float) -> str:
    return datetime.fromtimestamp(epoch_seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
