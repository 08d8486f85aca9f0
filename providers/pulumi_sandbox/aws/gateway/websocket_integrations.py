"""Calls of the function behind a route of a WebSocket API. They block, so each runs on a thread."""

import json

from pulumi_sandbox import iam
from pulumi_sandbox.aws import functions
from pulumi_sandbox.aws.gateway.api_model import Api, Integration, Route, Stage, function_arn
from pulumi_sandbox.aws.gateway.payload import read_response
from pulumi_sandbox.aws.gateway.request import GatewayResponse, RefusedError
from pulumi_sandbox.aws.gateway.websocket_events import INTERNAL_ERROR, SocketEvent, function_event


def check_integration(integration: Integration | None, route_key: str) -> Integration:
    """Return an integration that the gateway can call. Raises RefusedError that says what it cannot."""
    if integration is None:
        raise RefusedError(500, INTERNAL_ERROR, f"the route {route_key} has no integration")
    if integration.type != "AWS_PROXY":
        reason = f"the sandbox's gateway has no {integration.type} integration for WebSocket APIs"
        raise RefusedError(500, INTERNAL_ERROR, reason)
    return integration


def call_function(
    integration: Integration, event: SocketEvent, api: Api, stage: Stage, route: Route
) -> GatewayResponse:
    """Return the function's response. Raises RefusedError: 500 when it cannot run, 502 when it fails."""
    try:
        result = functions.invoke(
            function_arn(integration.uri, stage.variables),
            json.dumps(function_event(event, api, stage, route.key)).encode(),
            region=api.region,
            invoked_by=integration.credentials_arn or "apigateway.amazonaws.com",
            source_arn=api.execution_arn(f"{stage.name}/{route.key}"),
            trace_header=event.trace_header,
        )
    except functions.InvokeError as error:
        raise RefusedError(500, INTERNAL_ERROR, f"the function cannot run: {error}") from error
    except iam.AccessDeniedError as error:
        raise RefusedError(500, INTERNAL_ERROR, f"the function may not be invoked by this API: {error}") from error
    if result.function_error:
        reason = f"the function failed: {result.payload.decode(errors='replace')[:2000]}"
        raise RefusedError(502, INTERNAL_ERROR, reason)
    try:
        return read_response(result.payload, "1.0")
    except RefusedError as error:
        raise RefusedError(502, INTERNAL_ERROR, error.reason) from error
