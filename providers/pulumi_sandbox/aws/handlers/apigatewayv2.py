"""HTTP and WebSocket APIs of API Gateway v2, and their stages."""

from collections.abc import Mapping
from typing import Any

from pulumi_sandbox.aws.handlers import shapes, state, tags
from pulumi_sandbox.aws.handlers.presence import found, remove
from pulumi_sandbox.plugin.handler import Cloud, Handler, Properties, Resource

API = "aws:apigatewayv2/api:Api"
STAGE = "aws:apigatewayv2/stage:Stage"

_CORS_MEMBERS = ("allowCredentials", "allowHeaders", "allowMethods", "allowOrigins", "exposeHeaders", "maxAge")


def _invoke_arn(cloud: Cloud, api_id: str) -> str:
    return f"arn:{cloud.partition}:execute-api:{cloud.region}:{cloud.account_id}:{api_id}"


def _arn(cloud: Cloud, path: str) -> str:
    return f"arn:{cloud.partition}:apigateway:{cloud.region}::/{path}"


def _client(cloud: Cloud) -> Any:
    return cloud.client("apigatewayv2")


def parts_of(import_id: str, kind: str) -> tuple[str, str]:
    """Split an import id ``api-id/id``. Raises ValueError that says the form."""
    api_id, _, own = import_id.partition("/")
    if not api_id or not own:
        raise ValueError(f"import id {import_id!r}: write api-id/{kind}")
    return api_id, own


# -- APIs ----------------------------------------------------------------------------------------------


def _create_api(cloud: Cloud, inputs: Properties) -> Resource:
    client = _client(cloud)
    given = {**inputs, "tags": inputs.get("tagsAll")}
    api_id = client.create_api(**shapes.arguments(client, "create_api", given))["ApiId"]
    return state.finish(cloud, _read_api, api_id, inputs, lambda: _import_body(client, api_id, inputs))


def _import_body(client: Any, api_id: str, inputs: Properties) -> None:
    body = inputs.get("body")
    if not body:
        return
    failing = bool(inputs.get("failOnWarnings"))
    client.reimport_api(ApiId=api_id, Body=body, FailOnWarnings=failing)
    # The definition's title would otherwise take the place of the declared name.
    given = {name: inputs.get(name) for name in ("name", "description", "version", "corsConfiguration")}
    client.update_api(ApiId=api_id, **shapes.arguments(client, "update_api", given))


def _read_api(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
    answer = found(_client(cloud).get_api, ApiId=resource_id)
    if answer is None:
        return None
    values: Properties = {
        "description": "",
        "disableExecuteApiEndpoint": False,
        **shapes.properties(API, answer, {"tags": ""}),
        "arn": _arn(cloud, f"apis/{resource_id}"),
        "executionArn": _invoke_arn(cloud, resource_id),
        **tags.outputs(inputs, answer.get("Tags")),
    }
    if not any(values.get("corsConfiguration", {}).values()):
        values.pop("corsConfiguration", None)
    unreadable = ("body", "failOnWarnings", "routeKey", "target", "credentialsArn")
    outputs = state.describe(cloud, API, inputs, values, unreadable=unreadable)
    return state.resource(API, resource_id, inputs, outputs)


def _update_api(cloud: Cloud, resource: Resource, inputs: Properties) -> Properties:
    client, api_id = _client(cloud), resource.id

    def cors() -> None:
        if resource.outputs.get("corsConfiguration") and not inputs.get("corsConfiguration"):
            client.delete_cors_configuration(ApiId=api_id)

    def settings() -> None:
        replacing = ("protocolType", "routeKey", "target", "credentialsArn", "tags")
        given = {name: value for name, value in inputs.items() if name not in replacing}
        for name in ("description", "version"):
            if resource.outputs.get(name) and not inputs.get(name):
                given[name] = ""
        given.setdefault("disableExecuteApiEndpoint", False)
        if inputs.get("corsConfiguration"):
            given["corsConfiguration"] = _whole_cors(inputs["corsConfiguration"])
        client.update_api(ApiId=api_id, **shapes.arguments(client, "update_api", given))

    def body() -> None:
        if state.changed(resource, inputs, "body"):
            _import_body(client, api_id, inputs)

    def retag() -> None:
        tags.sync(client, resource.outputs["arn"], resource.outputs.get("tagsAll"), inputs.get("tagsAll"))

    return state.finish(cloud, _read_api, api_id, inputs, cors, settings, body, retag).outputs


def _whole_cors(cors: Mapping[str, Any]) -> Properties:
    """Fill what a CORS configuration leaves out, since the API would keep what it had there."""
    empty: Properties = {name: [] for name in _CORS_MEMBERS}
    empty |= {"allowCredentials": False, "maxAge": 0}
    return {**empty, **{name: value for name, value in cors.items() if value is not None}}


def _delete_api(cloud: Cloud, resource: Resource) -> None:
    remove(_client(cloud).delete_api, ApiId=resource.id)


# -- Stages --------------------------------------------------------------------------------------------

_STAGE_RENAMES = {"name": "StageName", "routeSettings": "", "tags": ""}
_WEBSOCKET_ONLY = ("dataTraceEnabled", "loggingLevel")


def _route_settings(settings: Properties, protocol: str) -> Properties:
    # An HTTP API refuses the settings that only WebSocket APIs have.
    skip = () if protocol == "WEBSOCKET" else _WEBSOCKET_ONLY
    return {name: value for name, value in settings.items() if name not in (*skip, "routeKey")}


def _stage_arguments(client: Any, operation: str, inputs: Properties) -> dict[str, Any]:
    protocol = client.get_api(ApiId=inputs["apiId"])["ProtocolType"]
    given = dict(inputs)
    given.pop("routeSettings", None)
    if given.get("defaultRouteSettings"):
        given["defaultRouteSettings"] = _route_settings(given["defaultRouteSettings"], protocol)
    arguments = shapes.arguments(client, operation, given, {"name": "StageName"})
    routes = {route["routeKey"]: _route_settings(route, protocol) for route in inputs.get("routeSettings") or ()}
    if routes:
        arguments["RouteSettings"] = shapes.member(client, operation, "RouteSettings", routes)
    return arguments


def _create_stage(cloud: Cloud, inputs: Properties) -> Resource:
    client = _client(cloud)
    arguments = _stage_arguments(client, "create_stage", {**inputs, "tags": inputs.get("tagsAll")})
    client.create_stage(**arguments)
    return state.finish(cloud, _read_stage, inputs["name"], inputs)


def _read_stage(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
    api_id, name = (inputs["apiId"], resource_id) if inputs else parts_of(resource_id, "stage-name")
    client = _client(cloud)
    answer = found(client.get_stage, ApiId=api_id, StageName=name)
    api = found(client.get_api, ApiId=api_id)
    if answer is None or api is None:
        return None
    settings = answer.get("RouteSettings") or {}
    values: Properties = {
        "autoDeploy": False,
        **shapes.properties(STAGE, answer, _STAGE_RENAMES),
        "apiId": api_id,
        "arn": _arn(cloud, f"apis/{api_id}/stages/{name}"),
        "executionArn": f"{_invoke_arn(cloud, api_id)}/{name}",
        "invokeUrl": invoke_url(api["ApiEndpoint"], name),
        "routeSettings": [{"routeKey": key, **_lower_first(setting)} for key, setting in sorted(settings.items())],
        **tags.outputs(inputs, answer.get("Tags")),
    }
    outputs = state.describe(cloud, STAGE, inputs, without_empty(values))
    return state.resource(STAGE, name, inputs, outputs, ("deploymentId",))


def invoke_url(endpoint: str, stage: str) -> str:
    """Return the URL at which a stage answers; the default stage of an HTTP API has no name in it."""
    return f"{endpoint.rstrip('/')}/{'' if stage == '$default' else stage}"


def _lower_first(members: Mapping[str, Any]) -> Properties:
    return {name[:1].lower() + name[1:]: value for name, value in members.items() if value is not None}


def without_empty(values: Properties) -> Properties:
    """Leave out what the API has as an empty value."""
    return {name: value for name, value in values.items() if value not in ({}, [], None, "")}


def _update_stage(cloud: Cloud, resource: Resource, inputs: Properties) -> Properties:
    client, name, api_id = _client(cloud), resource.id, inputs["apiId"]

    def routes() -> None:
        wanted = {route["routeKey"] for route in inputs.get("routeSettings") or ()}
        for route in resource.outputs.get("routeSettings") or ():
            if route["routeKey"] not in wanted:
                key = route["routeKey"]
                remove(client.delete_route_settings, ApiId=api_id, StageName=name, RouteKey=key)

    def logging() -> None:
        if resource.outputs.get("accessLogSettings") and not inputs.get("accessLogSettings"):
            client.delete_access_log_settings(ApiId=api_id, StageName=name)

    def settings() -> None:
        arguments = _stage_arguments(client, "update_stage", inputs)
        arguments.pop("Tags", None)
        arguments.setdefault("AutoDeploy", False)
        arguments.setdefault("Description", "")
        before = resource.outputs.get("stageVariables") or {}
        # A variable is taken away by making it empty.
        gone = {key: "" for key in before if key not in (inputs.get("stageVariables") or {})}
        if gone:
            arguments["StageVariables"] = {**gone, **arguments.get("StageVariables", {})}
        client.update_stage(**arguments)

    def retag() -> None:
        tags.sync(client, resource.outputs["arn"], resource.outputs.get("tagsAll"), inputs.get("tagsAll"))

    return state.finish(cloud, _read_stage, name, inputs, routes, logging, settings, retag).outputs


def _delete_stage(cloud: Cloud, resource: Resource) -> None:
    remove(_client(cloud).delete_stage, ApiId=resource.outputs["apiId"], StageName=resource.id)


HANDLERS = {
    API: Handler(_create_api, _read_api, _update_api, _delete_api),
    STAGE: Handler(_create_stage, _read_stage, _update_stage, _delete_stage),
}
