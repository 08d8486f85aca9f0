"""Moto's API Gateway v2, made to serve: an API opens a port, every change reaches the data plane, stages deploy."""

import copy
import functools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

from pulumi_sandbox.aws import moto_gaps
from pulumi_sandbox.aws.gateway import ports, registry, throttling
from pulumi_sandbox.aws.gateway.lambda_authorizer import forget_answers
from pulumi_sandbox.aws.moto_gaps.wrapping import add, wrap
from pulumi_sandbox.aws.moto_lock import moto_state_released

Answer = tuple[int, dict[str, str], str]
_opened: Callable[[str, str], None] | None = None
_closed: Callable[[str], None] | None = None


@dataclass(slots=True)
class Deployment:
    """The routes, integrations and authorizers of an API as they were when it was deployed."""

    id: str
    description: str
    routes: dict[str, Any]
    integrations: dict[str, Any]
    authorizers: dict[str, Any]
    created: str = field(default_factory=lambda: datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))

    def to_json(self) -> dict[str, Any]:
        """Return the API's form."""
        return {
            "autoDeployed": False,
            "createdDate": self.created,
            "deploymentId": self.id,
            "deploymentStatus": "DEPLOYED",
            "description": self.description,
        }


def _not_found(deployment_id: str) -> Answer:
    message = f"Unable to find Deployment by ID {deployment_id} for this API"
    headers = {"x-amzn-ErrorType": "NotFoundException", "status": "404"}
    return 404, headers, json.dumps({"message": message, "resourceType": "Deployment"})


def _refused(message: str) -> Answer:
    return 400, {"x-amzn-ErrorType": "BadRequestException", "status": "400"}, json.dumps({"message": message})


def _api_and_id(response: Any) -> tuple[Any, str]:
    parts = response.path.rstrip("/").split("/")
    at = parts.index("deployments")
    api = response.apigatewayv2_backend.get_api(parts[at - 1])
    if not hasattr(api, "deployments"):
        api.deployments = {}
    return api, parts[at + 1] if len(parts) > at + 1 else ""


def _create_deployment(response: Any) -> Answer:
    api, _ = _api_and_id(response)
    given = json.loads(response.body)
    if not api.routes:
        return _refused("At least one route is required before deploying the Api.")
    made = Deployment(
        id=uuid4().hex[:6],
        description=given.get("description") or "",
        routes=copy.deepcopy(api.routes),
        integrations=copy.deepcopy(api.integrations),
        authorizers=copy.deepcopy(api.authorizers),
    )
    if stage := given.get("stageName"):
        api.get_stage(stage).deployment_id = made.id
    api.deployments[made.id] = made
    return 201, {"status": "201"}, json.dumps(made.to_json())


def _get_deployment(response: Any) -> Answer:
    api, deployment_id = _api_and_id(response)
    found = api.deployments.get(deployment_id)
    return (200, {}, json.dumps(found.to_json())) if found else _not_found(deployment_id)


def _get_deployments(response: Any) -> Answer:
    api, _ = _api_and_id(response)
    return 200, {}, json.dumps({"items": [found.to_json() for found in api.deployments.values()]})


def _update_deployment(response: Any) -> Answer:
    api, deployment_id = _api_and_id(response)
    found = api.deployments.get(deployment_id)
    if found is None:
        return _not_found(deployment_id)
    found.description = json.loads(response.body).get("description", found.description)
    return 200, {}, json.dumps(found.to_json())


def _delete_deployment(response: Any) -> Answer:
    api, deployment_id = _api_and_id(response)
    if any(getattr(stage, "deployment_id", None) == deployment_id for stage in api.stages.values()):
        return _refused("Active stages pointing to this deployment must be moved or deleted")
    if api.deployments.pop(deployment_id, None) is None:
        return _not_found(deployment_id)
    return 204, {"status": "204"}, ""


def _stage_created(original: Callable[..., None], stage: Any, api: Any, config: dict[str, Any]) -> None:
    original(stage, api, config)
    stage.deployment_id = config.get("deploymentId")


def _stage_updated(original: Callable[..., Any], response: Any) -> Any:
    given = json.loads(response.body)
    parts = response.path.split("/")
    at = parts.index("stages")
    if "deploymentId" in given:
        stage = response.apigatewayv2_backend.get_stage(parts[at - 1], unquote(parts[at + 1]))
        stage.deployment_id = given["deploymentId"]
    return original(response)


def _stage_described(original: Callable[..., dict[str, Any]], stage: Any) -> dict[str, Any]:
    described = original(stage)
    if deployment_id := getattr(stage, "deployment_id", None):
        described["deploymentId"] = deployment_id
    return described


def _created(original: Callable[..., Any], backend: Any, *arguments: Any, **named: Any) -> Any:
    api = original(backend, *arguments, **named)
    if _opened:
        _opened(api.api_id, api.protocol_type)
        api.api_endpoint = ports.endpoint(api.api_id, api.protocol_type)
    return api


def _deleted(original: Callable[..., None], backend: Any, api_id: str) -> None:
    existed = api_id in backend.apis
    original(backend, api_id)
    if existed and _closed:
        throttling.forget(api_id)
        # Requests that are still being answered may need moto's state to end.
        with moto_state_released():
            _closed(api_id)


def _called(original: Callable[..., Any], response: Any) -> Any:
    try:
        return original(response)
    finally:
        if response.method != "GET":
            registry.invalidate()
            forget_answers()


def connect(opened: Callable[[str, str], None] | None, closed: Callable[[str], None] | None) -> None:
    """Set what is called with an API's id and protocol when it is created, and with its id when it is deleted."""
    global _opened, _closed
    _opened, _closed = opened, closed
    registry.invalidate()
    forget_answers()


@functools.cache
def install() -> None:
    """Put the gateway in moto's way; before moto builds its application. Calling it again does nothing."""
    from moto.apigatewayv2 import urls
    from moto.apigatewayv2.models import ApiGatewayV2Backend, Stage
    from moto.apigatewayv2.responses import ApiGatewayV2Response

    moto_gaps.install()  # what is wrapped below is partly added there
    add(ApiGatewayV2Response, "create_deployment", _create_deployment)
    add(ApiGatewayV2Response, "get_deployment", _get_deployment)
    add(ApiGatewayV2Response, "get_deployments", _get_deployments)
    add(ApiGatewayV2Response, "update_deployment", _update_deployment)
    add(ApiGatewayV2Response, "delete_deployment", _delete_deployment)
    wrap(ApiGatewayV2Response, "update_stage", _stage_updated)
    wrap(ApiGatewayV2Response, "call_action", _called)
    wrap(ApiGatewayV2Backend, "create_api", _created)
    wrap(ApiGatewayV2Backend, "delete_api", _deleted)
    wrap(Stage, "__init__", _stage_created)
    wrap(Stage, "to_json", _stage_described)
    deployments = "{0}/v2/apis/(?P<api_id>[^/]+)/deployments"
    for path in (f"{deployments}$", f"{deployments}/(?P<deployment_id>[^/]+)$"):
        urls.url_paths[path] = ApiGatewayV2Response.dispatch
