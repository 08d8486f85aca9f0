"""Operations on stages of HTTP and WebSocket APIs that moto lacks: updates, and their tags."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from pulumi_sandbox.aws.moto_gaps.wrapping import add, wrap

Answer = tuple[int, dict[str, str], str]

_STAGE_ARN = re.compile(r"/apis/(?P<api>[^/]+)/stages/(?P<stage>.+)$")
_MEMBERS = {
    "accessLogSettings": "access_log_settings",
    "autoDeploy": "auto_deploy",
    "clientCertificateId": "client_certificate_id",
    "description": "description",
}


def _stage_of(response: Any) -> Any:
    """Return the stage that a request's path names, whatever follows it there."""
    parts = response.path.split("/")
    at = parts.index("stages")
    return response.apigatewayv2_backend.get_stage(parts[at - 1], unquote(parts[at + 1]))


def _update_stage(response: Any) -> Answer:
    stage, given = _stage_of(response), json.loads(response.body)
    for member, attribute in _MEMBERS.items():
        if member in given:
            setattr(stage, attribute, given[member])
    # Settings merge into what is there; a variable that is made empty goes away.
    if "defaultRouteSettings" in given:
        stage.default_route_settings = {**stage.default_route_settings, **given["defaultRouteSettings"]}
    for key, settings in (given.get("routeSettings") or {}).items():
        stage.route_settings = {**stage.route_settings, key: {**stage.route_settings.get(key, {}), **settings}}
    if "stageVariables" in given:
        variables = {**stage.stage_variables, **given["stageVariables"]}
        stage.stage_variables = {name: value for name, value in variables.items() if value != ""}
    stage.updated = datetime.now()
    return 200, {}, json.dumps(stage.to_json())


def _delete_access_log_settings(response: Any) -> Answer:
    _stage_of(response).access_log_settings = None
    return 204, {}, "{}"


def _delete_route_settings(response: Any) -> Answer:
    stage = _stage_of(response)
    key = unquote(response.path.split("/routesettings/")[1])
    stage.route_settings = {name: value for name, value in stage.route_settings.items() if name != key}
    return 204, {}, "{}"


def _stage_tags(backend: Any, arn: str) -> dict[str, str] | None:
    found = _STAGE_ARN.search(unquote(arn))
    return backend.get_stage(found["api"], found["stage"]).tags if found else None


def _tags_read(original: Callable[..., Any], backend: Any, resource_id: str) -> Any:
    tags = _stage_tags(backend, resource_id)
    return original(backend, resource_id) if tags is None else tags


def _tagged(original: Callable[..., Any], backend: Any, resource_arn: str, tags: Mapping[str, str]) -> None:
    own = _stage_tags(backend, resource_arn)
    if own is None:
        original(backend, resource_arn, tags)
    else:
        own.update(tags)


def _untagged(original: Callable[..., Any], backend: Any, resource_arn: str, tag_keys: list[str]) -> None:
    own = _stage_tags(backend, resource_arn)
    if own is None:
        original(backend, resource_arn, tag_keys)
    else:
        for key in tag_keys:
            own.pop(key, None)


def install() -> None:
    """Add the operations and their paths."""
    from moto.apigatewayv2 import urls
    from moto.apigatewayv2.models import ApiGatewayV2Backend
    from moto.apigatewayv2.responses import ApiGatewayV2Response

    add(ApiGatewayV2Response, "update_stage", _update_stage)
    add(ApiGatewayV2Response, "delete_access_log_settings", _delete_access_log_settings)
    add(ApiGatewayV2Response, "delete_route_settings", _delete_route_settings)
    wrap(ApiGatewayV2Backend, "get_tags", _tags_read)
    wrap(ApiGatewayV2Backend, "tag_resource", _tagged)
    wrap(ApiGatewayV2Backend, "untag_resource", _untagged)
    stage = "{0}/v2/apis/(?P<api_id>[^/]+)/stages/(?P<stage_name>[^/]+)"
    for path in (
        f"{stage}/accesslogsettings$",
        f"{stage}/routesettings/(?P<route_key>.+)$",
        "{0}/v2/tags/(?P<resource_arn_pt1>[^/]+)/apis/(?P<api_id>[^/]+)/stages/(?P<stage_name>[^/]+)$",
    ):
        urls.url_paths[path] = ApiGatewayV2Response.dispatch
