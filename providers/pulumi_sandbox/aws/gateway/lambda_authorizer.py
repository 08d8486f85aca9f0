"""REQUEST authorizers: a function that decides, its answers kept for a while by the values it decided on."""

import json
import threading
import time
from collections.abc import Mapping
from typing import Any

from pulumi_sandbox import iam
from pulumi_sandbox.aws import functions
from pulumi_sandbox.aws.gateway.api_model import Api, Authorizer, Stage, function_arn
from pulumi_sandbox.aws.gateway.jwt_authorizer import identity_value
from pulumi_sandbox.aws.gateway.matching import Match
from pulumi_sandbox.aws.gateway.payload import event_v1, event_v2
from pulumi_sandbox.aws.gateway.request import Authorization, GatewayRequest, RefusedError
from pulumi_sandbox.iam_policy import AccessRequest, Effect, Principal, evaluate

TIMEOUT_SECONDS = 10
_kept: dict[tuple[str, ...], tuple[float, Any]] = {}
_lock = threading.Lock()


def route_arn(api: Api, stage: Stage, match: Match, request: GatewayRequest) -> str:
    """Return the ARN that an authorizer's policy decides on."""
    return (
        api.execution_arn(f"{stage.name}/{request.method}{request.path}")
        if match.route.segments
        else (api.execution_arn(f"{stage.name}/{match.route.key}"))
    )


def _identity(request: GatewayRequest, authorizer: Authorizer, api: Api, stage: Stage) -> tuple[str, ...]:
    context = {"$context.routeKey": "", "$context.stage": stage.name, "$context.apiId": api.id}
    values: list[str] = []
    for source in authorizer.identity_sources:
        value = context.get(source) if source in context else identity_value(request, source)
        if value is None:
            raise RefusedError(401, "Unauthorized", f"the request lacks {source}")
        values.append(value)
    return tuple(values)


def _ask(
    request: GatewayRequest, api: Api, stage: Stage, match: Match, authorizer: Authorizer, identity: tuple[str, ...]
) -> Any:
    arn = route_arn(api, stage, match, request)
    if authorizer.payload_version == "2.0":
        event = {**event_v2(request, api, stage, match), "type": "REQUEST", "routeArn": arn}
        event["identitySource"] = list(identity) or None
        event.pop("body", None)
        event.pop("isBase64Encoded", None)
    else:
        event = {**event_v1(request, api, stage, match), "type": "REQUEST", "methodArn": arn}
        event["identitySource"] = ",".join(identity)
        event["authorizationToken"] = ",".join(identity)
    result = call_authorizer(event, api, stage, authorizer)
    if result.function_error:
        raise RefusedError(500, "Internal Server Error", f"the authorizer failed: {result.payload.decode()}")
    return json.loads(result.payload)


def call_authorizer(event: Mapping[str, Any], api: Api, stage: Stage, authorizer: Authorizer) -> functions.Invocation:
    """Run the function that decides. Raises RefusedError (500) when it cannot run or may not be invoked."""
    try:
        return functions.invoke(
            function_arn(authorizer.uri, stage.variables),
            json.dumps(event).encode(),
            region=api.region,
            invoked_by=authorizer.credentials_arn or "apigateway.amazonaws.com",
            source_arn=api.execution_arn(f"authorizers/{authorizer.id}"),
        )
    except (functions.InvokeError, iam.AccessDeniedError) as error:
        raise RefusedError(500, "Internal Server Error", f"the authorizer cannot run: {error}") from error


def policy_allows(document: Mapping[str, Any], arn: str, account: str) -> bool:
    """Return whether an authorizer's policy lets ``execute-api:Invoke`` on ``arn`` through."""
    request = AccessRequest(Principal(account), "execute-api:Invoke", arn, {})
    return evaluate([document], request) is Effect.ALLOWED


def judge(answer: Any, authorizer: Authorizer, arn: str, account: str) -> Mapping[str, Any]:
    """Return the context of an answer that lets the request through. Raises RefusedError: 403, or 500 if malformed."""
    malformed = RefusedError(500, "Internal Server Error", f"the authorizer's answer is malformed: {answer!r}")
    if not isinstance(answer, dict):
        raise malformed
    if authorizer.simple_responses:
        if not isinstance(answer.get("isAuthorized"), bool):
            raise malformed
        allowed = answer["isAuthorized"]
    else:
        if not answer.get("principalId") or not isinstance(answer.get("policyDocument"), dict):
            raise malformed
        allowed = policy_allows(answer["policyDocument"], arn, account)
    if not allowed:
        raise RefusedError(403, "Forbidden", "the authorizer refused")
    context: Mapping[str, Any] = answer.get("context") or {}
    return context if authorizer.simple_responses else {"principalId": answer["principalId"], **context}


def authorize_by_function(request: GatewayRequest, api: Api, stage: Stage, match: Match) -> Authorization:
    """Return what the authorizer function says about an allowed request. Raises RefusedError: 401, 403 or 500."""
    authorizer = match.route.authorizer
    if authorizer is None:
        raise RefusedError(500, "Internal Server Error", f"the route {match.route.key} names no authorizer")
    identity = _identity(request, authorizer, api, stage)
    # A simple answer is for one route only where the route is part of the identity; AWS keeps it all the same.
    key = (api.id, stage.name, authorizer.id, *identity)
    now = time.monotonic()
    with _lock:
        kept = _kept.get(key)
    if kept and kept[0] > now:
        answer = kept[1]
    else:
        answer = _ask(request, api, stage, match, authorizer, identity)
        if identity and authorizer.ttl_seconds:
            with _lock:
                for old in [old for old, (until, _) in _kept.items() if until <= now]:
                    del _kept[old]
                _kept[key] = now + authorizer.ttl_seconds, answer
    return Authorization("lambda", judge(answer, authorizer, route_arn(api, stage, match, request), api.account))


def forget_answers() -> None:
    """Drop every kept answer, as when an API or an authorizer changes."""
    with _lock:
        _kept.clear()
