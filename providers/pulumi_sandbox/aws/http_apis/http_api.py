"""One HTTP API as an ASGI application: stage, route, throttle, authorizer, integration, access log."""

import asyncio
import json
import logging
import re
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from moto.apigatewayv2.models import apigatewayv2_backends

from pulumi_sandbox import iam
from pulumi_sandbox.aws import functions
from pulumi_sandbox.aws.functions.log_writer import LogEvent, LogStream
from pulumi_sandbox.aws.http_apis import payload
from pulumi_sandbox.aws.http_apis.payload import HttpRequest, HttpResponse
from pulumi_sandbox.aws.http_apis.routes import Match, match
from pulumi_sandbox.aws.http_apis.throttle import Throttle
from pulumi_sandbox.aws.http_apis.tokens import ForbiddenError, UnauthorizedError, claim_texts, claims_of
from pulumi_sandbox.layout import ACCOUNT_ID

_log = logging.getLogger(__name__)
_invocations = ThreadPoolExecutor(64, thread_name_prefix="gateway-invocation")

MAX_BODY_BYTES = 10 * 1024 * 1024
"""HTTP APIs take no larger request (API Gateway quotas)."""

DEFAULT_RATE, DEFAULT_BURST = 10_000.0, 5_000.0
"""The account's own throttle, for a stage that sets none (API Gateway quotas)."""

Message = MutableMapping[str, Any]


@dataclass(slots=True)
class Exchange:
    """What is known of one request while it is answered; the access log reads it."""

    request: HttpRequest
    stage: Any = None
    route_key: str = ""
    claims: Mapping[str, str] = field(default_factory=dict[str, str])
    integration_ms: int | None = None
    error: str = ""


class RefusalError(Exception):
    """An answer that the gateway gives by itself."""

    def __init__(self, status: int, message: str, headers: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(message)
        body = json.dumps({"message": message}).encode()
        self.response = HttpResponse(status, [("content-type", "application/json"), *headers], body)


class HttpApi:
    """Serves an API as moto has it at each request."""

    def __init__(self, region: str, api_id: str) -> None:
        self._region, self._api_id = region, api_id
        self._throttle = Throttle()

    async def __call__(
        self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        """Answer one request; anything but HTTP is refused."""
        if scope["type"] != "http":
            return
        began = time.time()
        headers = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]]
        path = scope.get("raw_path", scope["path"].encode()).decode("latin-1").split("?")[0]
        exchange = Exchange(
            HttpRequest(
                scope["method"],
                path,
                scope["query_string"].decode("latin-1"),
                headers,
                b"",
                (scope.get("client") or ("127.0.0.1", 0))[0],
                uuid.uuid4().hex,
            )
        )
        try:
            body = await _read(receive)
            given = exchange.request
            exchange.request = HttpRequest(
                given.method, given.path, given.query, headers, body, given.source_ip, given.request_id
            )
            answer = await self._answer(exchange)
        except RefusalError as refusal:
            answer, exchange.error = refusal.response, str(refusal)
        sent = [*answer.headers, ("apigw-requestid", exchange.request.request_id)]
        sent.append(("content-length", str(len(answer.body))))
        encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in sent]
        await send({"type": "http.response.start", "status": answer.status, "headers": encoded})
        await send({"type": "http.response.body", "body": answer.body})
        self._log_access(exchange, answer, int((time.time() - began) * 1_000))

    async def _answer(self, exchange: Exchange) -> HttpResponse:
        api = apigatewayv2_backends[ACCOUNT_ID][self._region].apis.get(self._api_id)
        if api is None or api.disable_execute_api_endpoint:
            raise RefusalError(404, "Not Found")
        stage, path = _stage_of(api, exchange.request.path)
        if stage is None:
            raise RefusalError(404, "Not Found")
        exchange.stage = stage
        configured: Any = api.cors_configuration or {}
        cors = _cors_headers(configured, exchange.request)
        if exchange.request.method == "OPTIONS" and api.cors_configuration:
            return HttpResponse(204, cors, b"")
        found = match(api.routes.values(), exchange.request.method, path)
        if found is None:
            raise RefusalError(404, "Not Found")
        exchange.route_key = found.route.route_key
        self._check_throttle(stage, found.route.route_key)
        authorizer = _authorize(api, found.route, exchange)
        answer = await self._integrate(api, stage, found, path, authorizer, exchange)
        return HttpResponse(answer.status, [*answer.headers, *cors], answer.body)

    def _check_throttle(self, stage: Any, route_key: str) -> None:
        settings = {**(stage.default_route_settings or {}), **(stage.route_settings or {}).get(route_key, {})}
        rate = float(settings.get("throttlingRateLimit", DEFAULT_RATE))
        burst = float(settings.get("throttlingBurstLimit", DEFAULT_BURST))
        own = route_key if route_key in (stage.route_settings or {}) else ""
        if not self._throttle.passes(stage.name, own, rate, burst):
            raise RefusalError(429, "Too Many Requests")

    async def _integrate(
        self,
        api: Any,
        stage: Any,
        found: Match,
        path: str,
        authorizer: Mapping[str, Any] | None,
        exchange: Exchange,
    ) -> HttpResponse:
        integration = api.integrations.get((found.route.target or "").rpartition("/")[2])
        if integration is None or integration.integration_type != "AWS_PROXY" or integration.integration_subtype:
            exchange.error = "the sandbox serves Lambda proxy integrations only"
            raise RefusalError(500, "Internal Server Error")
        request = exchange.request
        event = payload.event(
            HttpRequest(
                request.method,
                path,
                request.query,
                request.headers,
                request.body,
                request.source_ip,
                request.request_id,
            ),
            api_id=self._api_id,
            stage=stage.name,
            route_key=found.route.route_key,
            parameters=found.parameters,
            variables=stage.stage_variables or {},
            authorizer=authorizer,
        )
        began = time.time()
        timeout = int(integration.timeout_in_millis or 30_000) / 1_000
        work = asyncio.get_running_loop().run_in_executor(
            _invocations, self._invoke, integration.integration_uri, json.dumps(event).encode(), found.route.route_key
        )
        try:
            # Shielded: the function runs on after the gateway has given up, as in AWS.
            result = await asyncio.wait_for(asyncio.shield(work), timeout)
        except TimeoutError as error:
            raise RefusalError(503, "Service Unavailable") from error
        finally:
            exchange.integration_ms = int((time.time() - began) * 1_000)
        answer = payload.response(result) if result is not None else None
        if answer is None:
            raise RefusalError(500, "Internal Server Error")
        return answer

    def _invoke(self, uri: str, event: bytes, route_key: str) -> bytes | None:
        found = re.search(r"arn:aws[\w-]*:lambda:[^/]+", uri)
        if not found:
            return None
        method, _, path = route_key.partition(" ")
        source = f"arn:aws:execute-api:{self._region}:{ACCOUNT_ID}:{self._api_id}/$default/{method}{path or '/'}"
        try:
            result = functions.invoke(
                found.group(), event, region=self._region, invoked_by="apigateway.amazonaws.com", source_arn=source
            )
        except functions.ThrottledError as error:
            raise RefusalError(503, "Service Unavailable") from error
        except (functions.InvokeError, iam.AccessDeniedError) as error:
            _log.warning("%s cannot invoke %s: %s", route_key, found.group(), error)
            return None
        return None if result.function_error else result.payload

    def _log_access(self, exchange: Exchange, answer: HttpResponse, latency_ms: int) -> None:
        settings = getattr(exchange.stage, "access_log_settings", None) or {}
        group = re.search(r":log-group:([^:]+)", settings.get("destinationArn", ""))
        if not group:
            return
        values = _context_values(exchange, answer, latency_ms, self._api_id)
        line = re.sub(r"\$context\.([\w.]+)", lambda m: values.get(m[1], "-"), settings.get("format", ""))
        stream = LogStream(ACCOUNT_ID, self._region, group[1], f"{exchange.stage.name}/{self._api_id}", None)
        functions.log_writer().put(stream, LogEvent(int(time.time() * 1_000), line))


async def _read(receive: Callable[[], Awaitable[Message]]) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > MAX_BODY_BYTES:
            raise RefusalError(413, "Request Entity Too Large")
        if not message.get("more_body"):
            return bytes(body)


def _stage_of(api: Any, path: str) -> tuple[Any, str]:
    """Return the stage that a path is for, and the path within it."""
    first, _, rest = path.lstrip("/").partition("/")
    if first and first in api.stages:
        return api.stages[first], f"/{rest}"
    return api.stages.get("$default"), path


def _authorize(api: Any, route: Any, exchange: Exchange) -> Mapping[str, Any] | None:
    kind = route.authorization_type or "NONE"
    if kind == "NONE":
        return None
    authorizer = api.authorizers.get(route.authorizer_id)
    if kind != "JWT" or authorizer is None:
        exchange.error = f"the sandbox has no authorizer of the type {kind}"
        raise RefusalError(500, "Internal Server Error")
    configuration = authorizer.jwt_config or {}
    scopes = route.authorization_scopes or []
    try:
        claims = claims_of(
            exchange.request.header("authorization"),
            configuration.get("issuer", ""),
            configuration.get("audience", []),
            scopes,
        )
    except UnauthorizedError as error:
        challenge = f"Bearer {error}".strip()
        raise RefusalError(401, "Unauthorized", (("www-authenticate", challenge),)) from error
    except ForbiddenError as error:
        raise RefusalError(403, "Forbidden") from error
    exchange.claims = claim_texts(claims)
    return {"jwt": {"claims": exchange.claims, "scopes": scopes or None}}


def _cors_headers(configuration: Mapping[str, Any], request: HttpRequest) -> list[tuple[str, str]]:
    origin, allowed = request.header("origin"), configuration.get("allowOrigins") or []
    if not origin or not (origin in allowed or "*" in allowed):
        return []
    headers = [("access-control-allow-origin", "*" if "*" in allowed else origin)]
    if configuration.get("allowCredentials"):
        headers.append(("access-control-allow-credentials", "true"))
    lists = {"expose": "exposeHeaders"}
    if request.method == "OPTIONS":
        lists |= {"allow": "allowHeaders"}
        if methods := configuration.get("allowMethods"):
            headers.append(("access-control-allow-methods", ",".join(methods)))
        if age := configuration.get("maxAge"):
            headers.append(("access-control-max-age", str(age)))
    for kind, name in lists.items():
        if values := configuration.get(name):
            headers.append((f"access-control-{kind}-headers", ",".join(values)))
    return headers


def _context_values(exchange: Exchange, answer: HttpResponse, latency_ms: int, api_id: str) -> dict[str, str]:
    request = exchange.request
    integration = "-" if exchange.integration_ms is None else str(exchange.integration_ms)
    return {
        "requestId": request.request_id,
        "requestTime": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime()),
        "requestTimeEpoch": str(int(time.time() * 1_000)),
        "identity.sourceIp": request.source_ip,
        "identity.userAgent": request.header("user-agent"),
        "apiId": api_id,
        "accountId": ACCOUNT_ID,
        "httpMethod": request.method,
        "path": request.path,
        "protocol": "HTTP/1.1",
        "routeKey": exchange.route_key or "-",
        "stage": exchange.stage.name,
        "status": str(answer.status),
        "responseLength": str(len(answer.body)),
        "responseLatency": str(latency_ms),
        "integrationLatency": integration,
        "integration.latency": integration,
        "error.message": exchange.error or "-",
        **{f"authorizer.claims.{name}": value for name, value in exchange.claims.items()},
    }
