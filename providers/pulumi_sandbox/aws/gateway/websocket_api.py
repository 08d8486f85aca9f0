"""A WebSocket API as an ASGI application: handshake, messages, end of each connection, and ``@connections``."""

import asyncio
import functools
import json
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import responses

from starlette.types import Receive, Scope, Send

from pulumi_sandbox.aws.gateway import registry, throttling, websocket_connections, websocket_log
from pulumi_sandbox.aws.gateway.api_model import Api, Integration, Route, Stage
from pulumi_sandbox.aws.gateway.http_api import read_request, refused, send_response
from pulumi_sandbox.aws.gateway.matching import Match
from pulumi_sandbox.aws.gateway.request import GatewayRequest, GatewayResponse, RefusedError
from pulumi_sandbox.aws.gateway.trail import Trail, run_integration
from pulumi_sandbox.aws.gateway.websocket_authorizer import authorize_connect
from pulumi_sandbox.aws.gateway.websocket_connections import ClientBufferFullError, Connection, GoneError
from pulumi_sandbox.aws.gateway.websocket_events import CONNECT, DISCONNECT, INTERNAL_ERROR, MESSAGE, SocketEvent
from pulumi_sandbox.aws.gateway.websocket_integrations import call_function, check_integration
from pulumi_sandbox.aws.gateway.websocket_management import is_management, manage
from pulumi_sandbox.aws.gateway.websocket_routes import route_of, route_of_message

CONNECTION_SECONDS = 2 * 3600.0
IDLE_SECONDS = 10 * 60.0
MAX_TIMEOUT_SECONDS = 29.0
"""API Gateway quotas for WebSocket APIs."""
_UNSUPPORTED_DATA = 1003
_GOING_AWAY = 1001
_NO_STATUS = 1005
_ABNORMAL = 1006
_CLOSE_REASONS = {_NO_STATUS: "Client-side close frame status not set", _ABNORMAL: "Connection Closed Abnormally"}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Step:
    """What is to be called for an event, and where."""

    api: Api
    stage: Stage
    route: Route
    integration: Integration


class WebSocketApi:
    """The application of one API. ``threads`` run what blocks."""

    def __init__(self, api_id: str, threads: ThreadPoolExecutor) -> None:
        self._api_id = api_id
        self._threads = threads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection to its end, or one HTTP request about a connection."""
        if scope["type"] != "http":
            await self._serve_client(scope, receive, send)
            return
        request, refusal = await read_request(scope, receive)
        if refusal:
            response = refused(refusal)
        elif is_management(request):
            response = await manage(self._api_id, request, self._threads)
        else:
            response = refused(RefusedError(426, "Upgrade Required", headers={"upgrade": "websocket"}))
        await send_response(response, request, send)

    async def _serve_client(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection = _connection(self._api_id, scope, send)
        await receive()  # says only that the handshake has come
        response = await self._handle(SocketEvent(CONNECT, connection))
        if response.status >= 300:
            await _refuse(response, send)
            return
        try:
            await send({"type": "websocket.accept", "subprotocol": _subprotocol(response)})
        except OSError:  # the client went away meanwhile
            await self._handle(_end(connection, _ABNORMAL, ""))
            return
        websocket_connections.keep(connection)
        async with asyncio.TaskGroup() as answers:
            try:
                code, reason = await self._read(connection, receive, answers)
            finally:
                websocket_connections.forget(connection)
            await self._handle(_end(connection, code, reason))

    async def _read(self, connection: Connection, receive: Receive, answers: asyncio.TaskGroup) -> tuple[int, str]:
        """Take messages until the connection ends; returns its close code and reason."""
        while (left_seconds := _seconds_left(connection)) > 0:
            try:
                message = await asyncio.wait_for(receive(), left_seconds)
            except TimeoutError:
                continue  # perhaps something was sent to the client meanwhile
            if message["type"] == "websocket.disconnect":
                # The server says 1005 of both; only a close frame without a code has a reason, if an empty one.
                broke = message["code"] == _NO_STATUS and message.get("reason") is None
                return _ABNORMAL if broke else message["code"], message.get("reason") or ""
            connection.last_active_at = time.time()
            if message.get("text") is None:
                await connection.close(_UNSUPPORTED_DATA, "Binary messages are not supported")
                continue
            answers.create_task(self._answer(SocketEvent(MESSAGE, connection, message["text"])))
        await connection.close(_GOING_AWAY, "Going away")
        return _GOING_AWAY, "Going away"

    async def _answer(self, event: SocketEvent) -> None:
        response = await self._handle(event)
        if not response.body:
            return
        try:
            await event.connection.send(response.body)
        except (GoneError, ClientBufferFullError) as error:
            _log.info("no answer to %s on %s: %r", event.connection.id, self._api_id, error)

    async def _handle(self, event: SocketEvent) -> GatewayResponse:
        """Return what the client gets for an event, its access log line written."""
        trail = Trail()
        try:
            response = await self._run(event, trail)
        except RefusedError as error:
            # What WebSocket APIs share with HTTP APIs spells it their way.
            message = INTERNAL_ERROR if error.status in (500, 502) else error.message
            response = _error_message(error.status, message, event)
            trail.error, trail.reason = message, error.reason
            if error.status >= 500:
                _log.warning("%s of %s on %s: %s", event.kind, event.connection.id, self._api_id, error.reason)
        except Exception as error:  # noqa: BLE001 - the client gets an answer whatever happens; the log the rest
            _log.exception("%s of %s on %s", event.kind, event.connection.id, self._api_id)
            response = _error_message(500, INTERNAL_ERROR, event)
            trail.error, trail.reason = INTERNAL_ERROR, repr(error)
        websocket_log.write_line(event, response.status, trail)
        return response

    async def _run(self, event: SocketEvent, trail: Trail) -> GatewayResponse:
        loop = asyncio.get_running_loop()
        step = await loop.run_in_executor(self._threads, _prepare, self._api_id, event, trail)
        if step is None:
            return GatewayResponse(200)
        timeout_seconds = min(step.integration.timeout_ms / 1000, MAX_TIMEOUT_SECONDS)
        work = functools.partial(call_function, step.integration, event, step.api, step.stage, step.route)
        try:
            response = await run_integration(work, timeout_seconds, self._threads, trail)
        except TimeoutError as error:
            reason = f"the integration did not answer within {timeout_seconds:g} s"
            raise RefusedError(504, "Endpoint request timed out", reason) from error
        if event.kind == CONNECT and not 200 <= response.status < 300:
            phrase = responses.get(response.status, "Forbidden")
            raise RefusedError(max(400, response.status), phrase, f"the integration answered {response.status}")
        body = response.body if event.kind == MESSAGE and step.route.returns_response else b""
        return GatewayResponse(response.status, body, response.headers)


def _prepare(api_id: str, event: SocketEvent, trail: Trail) -> _Step | None:
    """Return what is to be called; None when nothing is. Blocks. Raises RefusedError."""
    trail.api = api = registry.current_api(api_id)
    trail.stage = stage = api.stages.get(event.connection.stage) if api else None
    if api is None or api.disabled or stage is None:
        raise RefusedError(403, "Forbidden", "no deployed stage has this name")
    if event.kind == MESSAGE:
        route = route_of_message(stage.routes, api.route_selection, event.body)
    else:
        route = route_of(stage.routes, f"${event.kind.lower()}")
    if route is None:
        if event.kind == MESSAGE:
            raise RefusedError(403, "Forbidden", "no route takes the message, and there is no $default")
        return None
    trail.match = Match(route)
    limit = stage.route_throttles.get(route.key, stage.throttle)
    if not throttling.admit((api.id, stage.name, route.key), limit):
        raise RefusedError(429, "Too Many Requests", f"over {limit.rate:g} requests a second, {limit.burst} at once")
    if event.kind == CONNECT:
        event.connection.authorization = authorize_connect(event, api, stage, route)
    if route.integration is None and event.kind != MESSAGE:
        return None  # the two routes of the connection need none
    return _Step(api, stage, route, check_integration(route.integration, route.key))


def _connection(api_id: str, scope: Scope, send: Send) -> Connection:
    pairs = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
    client = scope.get("client") or ("127.0.0.1", 0)
    request = GatewayRequest(
        method="GET",
        path=scope["path"],
        query=scope["query_string"].decode("latin-1"),
        headers=tuple((name.lower(), value) for name, value in pairs),
        body=b"",
        protocol="HTTP/1.1",
        source_ip=client[0],
    )
    return Connection(api_id, scope["path"].strip("/"), request, pairs, send)


def _seconds_left(connection: Connection) -> float:
    ends = min(connection.connected_at + CONNECTION_SECONDS, connection.last_active_at + IDLE_SECONDS)
    return ends - time.time()


def _end(connection: Connection, code: int, reason: str) -> SocketEvent:
    known = reason or _CLOSE_REASONS.get(code, "")
    return SocketEvent(DISCONNECT, connection, close_code=code, close_reason=known)


def _subprotocol(response: GatewayResponse) -> str | None:
    return dict(response.headers).get("sec-websocket-protocol")


def _error_message(status: int, message: str, event: SocketEvent) -> GatewayResponse:
    """Return what a client gets instead of an answer: as a message, or as the body of a refused handshake."""
    body = {"message": message, "connectionId": event.connection.id, "requestId": event.request_id}
    return GatewayResponse(status, json.dumps(body).encode())


async def _refuse(response: GatewayResponse, send: Send) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "websocket.http.response.start", "status": response.status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": response.body})
