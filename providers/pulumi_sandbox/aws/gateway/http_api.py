"""An HTTP API as an ASGI application: route, limits, authorization, integration, access log."""

import asyncio
import functools
import json
import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from starlette.types import Receive, Scope, Send

from pulumi_sandbox.aws.gateway import access_log, cors, registry, throttling
from pulumi_sandbox.aws.gateway.api_model import Api, Integration, Stage
from pulumi_sandbox.aws.gateway.iam_authorizer import authorize_signer
from pulumi_sandbox.aws.gateway.integrations import UNAVAILABLE, Call, call_integration, check_integration
from pulumi_sandbox.aws.gateway.jwt_authorizer import authorize_jwt
from pulumi_sandbox.aws.gateway.lambda_authorizer import authorize_by_function
from pulumi_sandbox.aws.gateway.matching import Match, find_route, find_stage
from pulumi_sandbox.aws.gateway.request import Authorization, GatewayRequest, GatewayResponse, RefusedError
from pulumi_sandbox.aws.gateway.trail import Trail, run_integration

MAX_BODY_BYTES = 10 * 1024 * 1024
MAX_HEADER_BYTES = 10_240
MAX_TIMEOUT_SECONDS = 30.0
_log = logging.getLogger(__name__)


class HttpApi:
    """The application of one API. ``threads`` run what blocks."""

    def __init__(self, api_id: str, threads: ThreadPoolExecutor) -> None:
        self._api_id = api_id
        self._threads = threads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; an attempt to open a WebSocket is refused."""
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008, "reason": "this is an HTTP API"})
            return
        request, refusal = await read_request(scope, receive)
        trail = Trail()
        try:
            response = await self._answer(request, refusal, trail)
        except RefusedError as error:
            response = refused(error)
            trail.error, trail.reason = error.message, error.reason
            if error.status >= 500:
                _log.warning("%s %s on %s: %s", request.method, request.path, self._api_id, error.reason)
        except Exception as error:  # noqa: BLE001 - the client gets an answer whatever happens; the log the rest
            _log.exception("%s %s on %s", request.method, request.path, self._api_id)
            response = refused(RefusedError(500, "Internal Server Error"))
            trail.error, trail.reason = "Internal Server Error", repr(error)
        response = finish(request, response, trail)
        if trail.api and trail.stage and trail.stage.access_log:
            access_log.write(trail.api, trail.stage, trail.stage.access_log, log_values(request, response, trail))
        await send_response(response, request, send)

    async def _answer(self, request: GatewayRequest, refusal: RefusedError | None, trail: Trail) -> GatewayResponse:
        if refusal:
            raise refusal
        loop = asyncio.get_running_loop()
        prepared = await loop.run_in_executor(self._threads, prepare, self._api_id, request, trail)
        if isinstance(prepared, GatewayResponse):
            return prepared
        integration, call = prepared
        timeout_seconds = min(integration.timeout_ms / 1000, MAX_TIMEOUT_SECONDS)
        work = functools.partial(call_integration, integration, call)
        try:
            return await run_integration(work, timeout_seconds, self._threads, trail)
        except TimeoutError as error:
            reason = f"the integration did not answer within {integration.timeout_ms} ms"
            raise RefusedError(503, UNAVAILABLE, reason) from error


async def read_request(scope: Scope, receive: Receive) -> tuple[GatewayRequest, RefusedError | None]:
    """Return the request, and the refusal of one that is too large."""
    refusal: RefusedError | None = None
    headers = tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"])
    size = sum(len(name) + len(value) for name, value in headers) + len(scope["raw_path"]) + len(scope["query_string"])
    if size > MAX_HEADER_BYTES:
        reason = f"request line and headers are {size} bytes; the limit is {MAX_HEADER_BYTES}"
        refusal = RefusedError(431, "Request Header Fields Too Large", reason)
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            break
        if len(body) <= MAX_BODY_BYTES:
            body += message.get("body", b"")
        if not message.get("more_body"):
            break
    if len(body) > MAX_BODY_BYTES:
        refusal = RefusedError(413, "Request Entity Too Large", f"the body is over {MAX_BODY_BYTES} bytes")
        body.clear()
    client = scope.get("client") or ("127.0.0.1", 0)
    request = GatewayRequest(
        method=scope["method"],
        path=scope["path"],
        query=scope["query_string"].decode("latin-1"),
        headers=headers,
        body=bytes(body),
        protocol=f"HTTP/{scope['http_version']}",
        source_ip=client[0],
    )
    return request, refusal


def _no_authorization(_request: GatewayRequest, _api: Api, _stage: Stage, _match: Match) -> None:
    return None


_AUTHORIZE: Mapping[str, Callable[[GatewayRequest, Api, Stage, Match], Authorization | None]] = {
    "NONE": _no_authorization,
    "JWT": lambda request, _api, _stage, match: authorize_jwt(request, match.route),
    "CUSTOM": authorize_by_function,
    "AWS_IAM": lambda request, api, stage, _match: authorize_signer(
        request, api, api.execution_arn(f"{stage.name}/{request.method}{request.path}")
    ),
}


def prepare(api_id: str, request: GatewayRequest, trail: Trail) -> GatewayResponse | tuple[Integration, Call]:
    """Return the gateway's own answer, or what is to be called. Blocks. Raises RefusedError."""
    trail.api = api = registry.current_api(api_id)
    found = None if api is None or api.disabled else find_stage(api, request.path)
    if api is None or found is None:
        raise RefusedError(404, "Not Found", "no deployed stage serves this path")
    trail.stage, path = found
    if api.cors and cors.is_preflight(request):
        return cors.preflight(api.cors, request)
    trail.match = match = find_route(trail.stage.routes, request.method, path)
    if match is None:
        raise RefusedError(404, "Not Found", "no route of the stage takes this method and path")
    limit = trail.stage.route_throttles.get(match.route.key, trail.stage.throttle)
    if not throttling.admit((api.id, trail.stage.name, match.route.key), limit):
        raise RefusedError(429, "Too Many Requests", f"over {limit.rate:g} requests a second, {limit.burst} at once")
    trail.authorization = _AUTHORIZE[match.route.authorization](request, api, trail.stage, match)
    integration = check_integration(match.route.integration, match.route.key)
    return integration, Call(request, api, trail.stage, match, trail.authorization)


def refused(error: RefusedError) -> GatewayResponse:
    """Return the gateway's own answer to a request that it refuses."""
    headers = (("content-type", "application/json"), *error.headers.items())
    return GatewayResponse(
        error.status, json.dumps({"message": error.message}, separators=(",", ":")).encode(), headers
    )


def finish(request: GatewayRequest, response: GatewayResponse, trail: Trail) -> GatewayResponse:
    """Add the gateway's own headers."""
    headers = response.headers
    if trail.api and trail.api.cors and not cors.is_preflight(request):
        headers = tuple(pair for pair in headers if pair[0] not in cors.CORS_HEADERS)
        headers += cors.answer_headers(trail.api.cors, request)
    return GatewayResponse(response.status, response.body, (*headers, ("apigw-requestid", request.request_id)))


def log_values(request: GatewayRequest, response: GatewayResponse, trail: Trail) -> dict[str, object]:
    """Return the ``$context`` variables of a request, by name without ``$context.``."""
    latency = round((time.monotonic() - trail.started) * 1000)
    values: dict[str, object] = {
        "accountId": trail.api.account if trail.api else None,
        "apiId": trail.api.id if trail.api else None,
        "authorizer.error": trail.reason if response.status in (401, 403) else None,
        "awsEndpointRequestId": request.request_id if trail.integration_status else None,
        "domainName": request.header("host"),
        "domainPrefix": trail.api.id if trail.api else None,
        "error.message": trail.error,
        "error.messageString": json.dumps(trail.error) if trail.error else None,
        "error.responseType": None,
        "extendedRequestId": request.request_id,
        "httpMethod": request.method,
        "identity.sourceIp": request.source_ip,
        "identity.userAgent": request.user_agent,
        "integration.error": trail.reason if trail.integration_started else None,
        "integration.integrationStatus": trail.integration_status,
        "integration.latency": None if trail.integration_ms is None else round(trail.integration_ms),
        "integration.requestId": request.request_id if trail.integration_status else None,
        "integration.status": 200 if trail.integration_status else None,
        "integrationErrorMessage": trail.reason if trail.integration_started else None,
        "integrationLatency": None if trail.integration_ms is None else round(trail.integration_ms),
        "integrationStatus": 200 if trail.integration_status else None,
        "path": request.path,
        "protocol": request.protocol,
        "requestId": request.request_id,
        "requestTime": request.clock,
        "requestTimeEpoch": int(request.time),
        "responseLatency": latency,
        "responseLength": len(response.body),
        "routeKey": trail.match.route.key if trail.match else None,
        "stage": trail.stage.name if trail.stage else None,
        "status": response.status,
    }
    if trail.authorization:
        values |= trail.authorization.variables
    return values


async def send_response(response: GatewayResponse, request: GatewayRequest, send: Send) -> None:
    """Send a whole response."""
    headers = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in response.headers]
    if response.status not in (204, 304):
        headers.append((b"content-length", str(len(response.body)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else response.body})
