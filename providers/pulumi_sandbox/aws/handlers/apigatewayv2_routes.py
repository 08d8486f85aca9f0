"""Routes, integrations and authorizers of HTTP and WebSocket APIs."""

from typing import Any

from pulumi_sandbox.aws.handlers import shapes, state
from pulumi_sandbox.aws.handlers.apigatewayv2 import parts_of, without_empty
from pulumi_sandbox.aws.handlers.presence import found, remove
from pulumi_sandbox.plugin.handler import Cloud, Handler, Properties, Resource

ROUTE = "aws:apigatewayv2/route:Route"
INTEGRATION = "aws:apigatewayv2/integration:Integration"
AUTHORIZER = "aws:apigatewayv2/authorizer:Authorizer"


def _client(cloud: Cloud) -> Any:
    return cloud.client("apigatewayv2")


# -- Routes --------------------------------------------------------------------------------------------

_ROUTE_RENAMES = {"requestParameters": ""}


def _route_arguments(client: Any, operation: str, inputs: Properties) -> dict[str, Any]:
    given = {name: value for name, value in inputs.items() if name != "requestParameters"}
    arguments = shapes.arguments(client, operation, given)
    parameters = {
        item["requestParameterKey"]: {"Required": item["required"]} for item in inputs.get("requestParameters") or ()
    }
    return {**arguments, **({"RequestParameters": parameters} if parameters else {})}


def _create_route(cloud: Cloud, inputs: Properties) -> Resource:
    client = _client(cloud)
    route_id = client.create_route(**_route_arguments(client, "create_route", inputs))["RouteId"]
    return state.finish(cloud, _read_route, route_id, inputs)


def _read_route(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
    api_id, route_id = (inputs["apiId"], resource_id) if inputs else parts_of(resource_id, "route-id")
    answer = found(_client(cloud).get_route, ApiId=api_id, RouteId=route_id)
    if answer is None:
        return None
    parameters = answer.get("RequestParameters") or {}
    values: Properties = {
        "apiKeyRequired": False,
        "authorizationType": "NONE",
        **shapes.properties(ROUTE, answer, _ROUTE_RENAMES),
        "apiId": api_id,
        "requestParameters": [
            {"requestParameterKey": key, "required": bool(item.get("Required"))} for key, item in parameters.items()
        ],
    }
    outputs = state.describe(cloud, ROUTE, inputs, without_empty(values))
    return state.resource(ROUTE, route_id, inputs, outputs)


def _update_route(cloud: Cloud, resource: Resource, inputs: Properties) -> Properties:
    client, route_id, api_id = _client(cloud), resource.id, inputs["apiId"]

    def parameters() -> None:
        wanted = {item["requestParameterKey"] for item in inputs.get("requestParameters") or ()}
        for item in resource.outputs.get("requestParameters") or ():
            key = item["requestParameterKey"]
            if key not in wanted:
                call = client.delete_route_request_parameter
                remove(call, ApiId=api_id, RouteId=route_id, RequestParameterKey=key)

    def settings() -> None:
        given = {"apiKeyRequired": False, "authorizationType": "NONE", **inputs}
        for name in (
            "authorizerId",
            "operationName",
            "target",
            "modelSelectionExpression",
            "routeResponseSelectionExpression",
        ):
            if resource.outputs.get(name) and not inputs.get(name):
                given[name] = ""
        if resource.outputs.get("authorizationScopes") and not inputs.get("authorizationScopes"):
            given["authorizationScopes"] = []
        client.update_route(RouteId=route_id, **_route_arguments(client, "update_route", given))

    return state.finish(cloud, _read_route, route_id, inputs, parameters, settings).outputs


def _delete_route(cloud: Cloud, resource: Resource) -> None:
    remove(_client(cloud).delete_route, ApiId=resource.outputs["apiId"], RouteId=resource.id)


# -- Integrations --------------------------------------------------------------------------------------

_INTEGRATION_RENAMES = {"timeoutMilliseconds": "TimeoutInMillis", "responseParameters": ""}


def _integration_arguments(client: Any, operation: str, inputs: Properties) -> dict[str, Any]:
    given = {name: value for name, value in inputs.items() if name != "responseParameters"}
    arguments = shapes.arguments(client, operation, given, _INTEGRATION_RENAMES)
    responses = {item["statusCode"]: item["mappings"] for item in inputs.get("responseParameters") or ()}
    return {**arguments, **({"ResponseParameters": responses} if responses else {})}


def _create_integration(cloud: Cloud, inputs: Properties) -> Resource:
    client = _client(cloud)
    answer = client.create_integration(**_integration_arguments(client, "create_integration", inputs))
    return state.finish(cloud, _read_integration, answer["IntegrationId"], inputs)


def _read_integration(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
    api_id, own_id = (inputs["apiId"], resource_id) if inputs else parts_of(resource_id, "integration-id")
    answer = found(_client(cloud).get_integration, ApiId=api_id, IntegrationId=own_id)
    if answer is None:
        return None
    responses = answer.get("ResponseParameters") or {}
    values: Properties = {
        "connectionType": "INTERNET",
        **shapes.properties(INTEGRATION, answer, _INTEGRATION_RENAMES),
        "apiId": api_id,
        "responseParameters": [{"statusCode": code, "mappings": dict(item)} for code, item in responses.items()],
    }
    unreadable = []
    if not answer.get("PassthroughBehavior"):
        # HTTP APIs do not keep it, and the provider lets the declared default stand.
        unreadable.append("passthroughBehavior")
    outputs = state.describe(cloud, INTEGRATION, inputs, without_empty(values), unreadable=unreadable)
    return state.resource(INTEGRATION, own_id, inputs, outputs)


def _update_integration(cloud: Cloud, resource: Resource, inputs: Properties) -> Properties:
    client, own_id = _client(cloud), resource.id
    given = dict(inputs)
    for name in ("requestParameters",):
        before, after = resource.outputs.get(name) or {}, inputs.get(name) or {}
        # A parameter is taken away by making it empty.
        gone = {key: "" for key in before if key not in after}
        if gone:
            given[name] = {**gone, **after}
    if resource.outputs.get("description") and not inputs.get("description"):
        given["description"] = ""
    arguments = _integration_arguments(client, "update_integration", given)
    return state.finish(
        cloud,
        _read_integration,
        own_id,
        inputs,
        lambda: client.update_integration(IntegrationId=own_id, **arguments),
    ).outputs


def _delete_integration(cloud: Cloud, resource: Resource) -> None:
    remove(_client(cloud).delete_integration, ApiId=resource.outputs["apiId"], IntegrationId=resource.id)


# -- Authorizers ---------------------------------------------------------------------------------------

_DEFAULT_RESULT_TTL = 300  # seconds, what the provider sets for a REQUEST authorizer with identity sources


def _create_authorizer(cloud: Cloud, inputs: Properties) -> Resource:
    client = _client(cloud)
    arguments = shapes.arguments(client, "create_authorizer", inputs)
    arguments.setdefault("IdentitySource", [])
    http = client.get_api(ApiId=inputs["apiId"])["ProtocolType"] == "HTTP"
    if http and inputs["authorizerType"] == "REQUEST" and arguments["IdentitySource"]:
        arguments.setdefault("AuthorizerResultTtlInSeconds", _DEFAULT_RESULT_TTL)
    answer = client.create_authorizer(**arguments)
    return state.finish(cloud, _read_authorizer, answer["AuthorizerId"], inputs)


def _read_authorizer(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
    api_id, own_id = (inputs["apiId"], resource_id) if inputs else parts_of(resource_id, "authorizer-id")
    answer = found(_client(cloud).get_authorizer, ApiId=api_id, AuthorizerId=own_id)
    if answer is None:
        return None
    values: Properties = {"authorizerResultTtlInSeconds": 0, **shapes.properties(AUTHORIZER, answer), "apiId": api_id}
    outputs = state.describe(cloud, AUTHORIZER, inputs, without_empty(values))
    return state.resource(AUTHORIZER, own_id, inputs, outputs)


def _update_authorizer(cloud: Cloud, resource: Resource, inputs: Properties) -> Properties:
    client, own_id = _client(cloud), resource.id
    arguments = shapes.arguments(client, "update_authorizer", inputs)
    return state.finish(
        cloud,
        _read_authorizer,
        own_id,
        inputs,
        lambda: client.update_authorizer(AuthorizerId=own_id, **arguments),
    ).outputs


def _delete_authorizer(cloud: Cloud, resource: Resource) -> None:
    remove(_client(cloud).delete_authorizer, ApiId=resource.outputs["apiId"], AuthorizerId=resource.id)


HANDLERS = {
    ROUTE: Handler(_create_route, _read_route, _update_route, _delete_route),
    INTEGRATION: Handler(_create_integration, _read_integration, _update_integration, _delete_integration),
    AUTHORIZER: Handler(_create_authorizer, _read_authorizer, _update_authorizer, _delete_authorizer),
}
