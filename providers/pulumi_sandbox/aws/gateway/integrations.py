"""Calls of what stands behind a route: a function, or another HTTP server. They block, so each runs on a thread."""

import http.client
import json
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from pulumi_sandbox import iam
from pulumi_sandbox.aws import functions
from pulumi_sandbox.aws.gateway import payload, service_integrations
from pulumi_sandbox.aws.gateway.api_model import Api, Integration, Stage, function_arn
from pulumi_sandbox.aws.gateway.matching import Match
from pulumi_sandbox.aws.gateway.parameter_mapping import ParameterMapping
from pulumi_sandbox.aws.gateway.request import Authorization, GatewayRequest, GatewayResponse, RefusedError

INTERNAL = "Internal Server Error"
UNAVAILABLE = "Service Unavailable"
_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "te", "upgrade", "content-length", "host"})


@dataclass(frozen=True, slots=True)
class Call:
    """All that an integration needs."""

    request: GatewayRequest
    api: Api
    stage: Stage
    match: Match
    authorization: Authorization | None


def check_integration(integration: Integration | None, route_key: str) -> Integration:
    """Return an integration that the gateway can call. Raises RefusedError that says what it cannot."""
    if integration is None:
        raise RefusedError(500, INTERNAL, f"the route {route_key} has no integration")
    if integration.subtype:
        service_integrations.check(integration)
        return integration
    if integration.type not in ("AWS_PROXY", "HTTP_PROXY"):
        raise RefusedError(500, INTERNAL, f"the sandbox's gateway has no {integration.type} integration for HTTP APIs")
    if integration.maps_parameters:
        raise RefusedError(500, INTERNAL, "the sandbox's gateway does not map parameters of integrations")
    return integration


def call_integration(integration: Integration, call: Call) -> GatewayResponse:
    """Return the integration's response. Raises RefusedError."""
    if integration.subtype:
        mapping = ParameterMapping(call.request, call.api, call.stage, call.match, call.authorization)
        return service_integrations.call(integration, mapping, call.api.region)
    return _call_server(integration, call) if integration.type == "HTTP_PROXY" else _call_function(integration, call)


def _source_arn(call: Call) -> str:
    key = call.match.route.key
    return call.api.execution_arn(f"{call.stage.name}/{key.replace(' ', '', 1) if ' ' in key else key}")


def _call_function(integration: Integration, call: Call) -> GatewayResponse:
    build = payload.event_v2 if integration.payload_version == "2.0" else payload.event_v1
    event = build(call.request, call.api, call.stage, call.match, call.authorization)
    try:
        result = functions.invoke(
            function_arn(integration.uri, call.stage.variables),
            json.dumps(event).encode(),
            region=call.api.region,
            invoked_by=integration.credentials_arn or "apigateway.amazonaws.com",
            source_arn=_source_arn(call),
            trace_header=call.request.trace_header,
        )
    except functions.ThrottledError as error:
        raise RefusedError(503, UNAVAILABLE, f"the function is throttled: {error.reason}") from error
    except functions.InvokeError as error:
        if error.status == 413:
            raise RefusedError(413, "Request Entity Too Large", str(error)) from error
        raise RefusedError(500, INTERNAL, f"the function cannot run: {error}") from error
    except iam.AccessDeniedError as error:
        raise RefusedError(500, INTERNAL, f"the function may not be invoked by this API: {error}") from error
    if result.function_error:
        raise RefusedError(500, INTERNAL, f"the function failed: {result.payload.decode(errors='replace')[:2000]}")
    return payload.read_response(result.payload, integration.payload_version)


def _target(integration: Integration, call: Call) -> str:
    url = integration.uri
    for name, value in call.match.parameters.items():
        url = url.replace(f"{{{name}}}", quote(value, safe="/")).replace(f"{{{name}+}}", quote(value, safe="/"))
    return url + (f"{'&' if '?' in url else '?'}{call.request.query}" if call.request.query else "")


def _call_server(integration: Integration, call: Call) -> GatewayResponse:
    url = urlsplit(_target(integration, call))
    if url.scheme not in ("http", "https") or not url.hostname:
        raise RefusedError(500, INTERNAL, f"the integration's URI {integration.uri!r} is not a web address")
    connect = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    connection = connect(url.hostname, url.port, timeout=integration.timeout_ms / 1000)
    method = call.request.method if integration.method in (None, "ANY") else integration.method
    headers = {name: value for name, value in call.request.headers if name not in _HOP_BY_HOP}
    headers["forwarded"] = f"for={call.request.source_ip};host={call.request.header('host') or ''};proto=http"
    path = (url.path or "/") + (f"?{url.query}" if url.query else "")
    try:
        connection.request(method, path, call.request.body or None, headers)
        answer = connection.getresponse()
        body = answer.read()
    except TimeoutError as error:
        raise RefusedError(503, UNAVAILABLE, "the integration did not answer in time") from error
    except (OSError, http.client.HTTPException) as error:
        raise RefusedError(503, UNAVAILABLE, f"the integration cannot be reached: {error}") from error
    finally:
        connection.close()
    kept = [(name.lower(), value) for name, value in answer.getheaders() if name.lower() not in _HOP_BY_HOP]
    return GatewayResponse(answer.status, body, tuple(kept))
