"""Who may connect: authorization happens once, at ``$connect``, and holds for the connection.

Source: API Gateway developer guide, "Control access to WebSocket APIs with REQUEST authorizers". Answers of
authorizers are not cached for WebSocket APIs.
"""

import json
import re
import time
from collections.abc import Mapping
from typing import Any

from pulumi_sandbox.aws.gateway.api_model import Api, Authorizer, Route, Stage
from pulumi_sandbox.aws.gateway.iam_authorizer import authorize_signer
from pulumi_sandbox.aws.gateway.lambda_authorizer import call_authorizer, judge
from pulumi_sandbox.aws.gateway.request import Authorization, RefusedError
from pulumi_sandbox.aws.gateway.websocket_events import INTERNAL_ERROR, SocketEvent, authorizer_event

_SOURCE = re.compile(r"route\.request\.(?P<part>header|querystring)\.(?P<name>.+)$")


def authorize_connect(event: SocketEvent, api: Api, stage: Stage, route: Route) -> Authorization | None:
    """Return what is known of a client that may connect. Raises RefusedError: 401, 403 or 500."""
    arn = api.execution_arn(f"{stage.name}/$connect")
    match route.authorization:
        case "NONE":
            return None
        case "AWS_IAM":
            return authorize_signer(event.connection.request, api, arn)
        case "CUSTOM" if route.authorizer:
            return _authorize_by_function(event, api, stage, route.authorizer, arn)
        case kind:
            raise RefusedError(500, INTERNAL_ERROR, f"$connect has authorization {kind} without a Lambda authorizer")


def _authorize_by_function(
    event: SocketEvent, api: Api, stage: Stage, authorizer: Authorizer, arn: str
) -> Authorization:
    for source in authorizer.identity_sources:
        if not _identity_value(event, stage, source):
            raise RefusedError(401, "Unauthorized", f"the handshake lacks {source}")
    started = time.monotonic()
    result = call_authorizer(authorizer_event(event, api, stage, arn), api, stage, authorizer)
    latency_ms = round((time.monotonic() - started) * 1000)
    answer: Any = json.loads(result.payload)
    if result.function_error:
        if answer.get("errorMessage") == "Unauthorized":
            raise RefusedError(401, "Unauthorized", "the authorizer raised Unauthorized")
        raise RefusedError(
            500, INTERNAL_ERROR, f"the authorizer failed: {result.payload.decode(errors='replace')[:2000]}"
        )
    context = _texts(judge(answer, authorizer, arn, api.account))
    return Authorization("lambda", {**context, "integrationLatency": latency_ms})


def _identity_value(event: SocketEvent, stage: Stage, source: str) -> str | None:
    request = event.connection.request
    if source.startswith("stageVariables."):
        return stage.variables.get(source.removeprefix("stageVariables."))
    found = _SOURCE.match(source)
    if not found:
        raise RefusedError(500, INTERNAL_ERROR, f"the sandbox's gateway does not know the identity source {source}")
    if found["part"] == "header":
        return request.header(found["name"].lower())
    return dict(request.query_pairs()).get(found["name"])


def _texts(context: Mapping[str, Any]) -> dict[str, str]:
    """Return the authorizer's context as events carry it: strings only, numbers and truth values written out."""
    for name, value in context.items():
        if not isinstance(value, str | int | float):
            raise RefusedError(
                500, INTERNAL_ERROR, f"the authorizer's context has {name} of type {type(value).__name__}"
            )
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in context.items()}
