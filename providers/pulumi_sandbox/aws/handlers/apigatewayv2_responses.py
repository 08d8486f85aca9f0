"""Responses of WebSocket APIs: whether and how the answers of routes and integrations go back to the client."""

from collections.abc import Mapping
from typing import Any

from pulumi_sandbox.aws.handlers import shapes, state
from pulumi_sandbox.aws.handlers.apigatewayv2 import without_empty
from pulumi_sandbox.aws.handlers.presence import found, remove
from pulumi_sandbox.plugin.handler import Cloud, Handler, Properties, Resource

ROUTE_RESPONSE = "aws:apigatewayv2/routeResponse:RouteResponse"
INTEGRATION_RESPONSE = "aws:apigatewayv2/integrationResponse:IntegrationResponse"


def _client(cloud: Cloud) -> Any:
    return cloud.client("apigatewayv2")


def _parts_of(import_id: str, form: str) -> tuple[str, str, str]:
    parts = import_id.split("/")
    if len(parts) != 3 or not all(parts):
        raise ValueError(f"import id {import_id!r}: write {form}")
    return parts[0], parts[1], parts[2]


def _with_emptied(resource: Resource, inputs: Properties, empty: Mapping[str, Any]) -> Properties:
    """Return the inputs, with an empty value for each property of ``empty`` that was there and is no more."""
    return {**{name: value for name, value in empty.items() if resource.outputs.get(name)}, **inputs}


# -- Route responses -----------------------------------------------------------------------------------


def _create_route_response(cloud: Cloud, inputs: Properties) -> Resource:
    client = _client(cloud)
    answer = client.create_route_response(**shapes.arguments(client, "create_route_response", inputs))
    return state.finish(cloud, _read_route_response, answer["RouteResponseId"], inputs)


def _read_route_response(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
    if inputs:
        api_id, route_id, own_id = inputs["apiId"], inputs["routeId"], resource_id
    else:
        api_id, route_id, own_id = _parts_of(resource_id, "api-id/route-id/route-response-id")
    answer = found(_client(cloud).get_route_response, ApiId=api_id, RouteId=route_id, RouteResponseId=own_id)
    if answer is None:
        return None
    values: Properties = {**shapes.properties(ROUTE_RESPONSE, answer), "apiId": api_id, "routeId": route_id}
    outputs = state.describe(cloud, ROUTE_RESPONSE, inputs, without_empty(values))
    return state.resource(ROUTE_RESPONSE, own_id, inputs, outputs)


def _update_route_response(cloud: Cloud, resource: Resource, inputs: Properties) -> Properties:
    client, own_id = _client(cloud), resource.id
    given = _with_emptied(resource, inputs, {"modelSelectionExpression": "", "responseModels": {}})
    arguments = shapes.arguments(client, "update_route_response", given)

    def settings() -> None:
        client.update_route_response(RouteResponseId=own_id, **arguments)

    return state.finish(cloud, _read_route_response, own_id, inputs, settings).outputs


def _delete_route_response(cloud: Cloud, resource: Resource) -> None:
    names = {"ApiId": resource.outputs["apiId"], "RouteId": resource.outputs["routeId"]}
    remove(_client(cloud).delete_route_response, RouteResponseId=resource.id, **names)


# -- Integration responses -----------------------------------------------------------------------------


def _create_integration_response(cloud: Cloud, inputs: Properties) -> Resource:
    client = _client(cloud)
    answer = client.create_integration_response(**shapes.arguments(client, "create_integration_response", inputs))
    return state.finish(cloud, _read_integration_response, answer["IntegrationResponseId"], inputs)


def _read_integration_response(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
    if inputs:
        api_id, integration_id, own_id = inputs["apiId"], inputs["integrationId"], resource_id
    else:
        api_id, integration_id, own_id = _parts_of(resource_id, "api-id/integration-id/integration-response-id")
    names = {"ApiId": api_id, "IntegrationId": integration_id, "IntegrationResponseId": own_id}
    answer = found(_client(cloud).get_integration_response, **names)
    if answer is None:
        return None
    values: Properties = {
        **shapes.properties(INTEGRATION_RESPONSE, answer),
        "apiId": api_id,
        "integrationId": integration_id,
    }
    outputs = state.describe(cloud, INTEGRATION_RESPONSE, inputs, without_empty(values))
    return state.resource(INTEGRATION_RESPONSE, own_id, inputs, outputs)


def _update_integration_response(cloud: Cloud, resource: Resource, inputs: Properties) -> Properties:
    client, own_id = _client(cloud), resource.id
    given = _with_emptied(resource, inputs, {"responseTemplates": {}, "templateSelectionExpression": ""})
    arguments = shapes.arguments(client, "update_integration_response", given)

    def settings() -> None:
        client.update_integration_response(IntegrationResponseId=own_id, **arguments)

    return state.finish(cloud, _read_integration_response, own_id, inputs, settings).outputs


def _delete_integration_response(cloud: Cloud, resource: Resource) -> None:
    names = {"ApiId": resource.outputs["apiId"], "IntegrationId": resource.outputs["integrationId"]}
    remove(_client(cloud).delete_integration_response, IntegrationResponseId=resource.id, **names)


HANDLERS = {
    ROUTE_RESPONSE: Handler(
        _create_route_response, _read_route_response, _update_route_response, _delete_route_response
    ),
    INTEGRATION_RESPONSE: Handler(
        _create_integration_response,
        _read_integration_response,
        _update_integration_response,
        _delete_integration_response,
    ),
}
