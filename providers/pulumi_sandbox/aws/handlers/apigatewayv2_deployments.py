"""Deployments of HTTP and WebSocket APIs: what a stage without automatic deployment serves."""

from typing import Any

from pulumi_sandbox.aws.handlers import shapes, state
from pulumi_sandbox.aws.handlers.apigatewayv2 import parts_of, without_empty
from pulumi_sandbox.aws.handlers.presence import found, remove
from pulumi_sandbox.plugin.handler import Cloud, Handler, Properties, Resource

DEPLOYMENT = "aws:apigatewayv2/deployment:Deployment"


def _client(cloud: Cloud) -> Any:
    return cloud.client("apigatewayv2")


def _create(cloud: Cloud, inputs: Properties) -> Resource:
    client = _client(cloud)
    answer = client.create_deployment(**shapes.arguments(client, "create_deployment", inputs))
    return state.finish(cloud, _read, answer["DeploymentId"], inputs)


def _read(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
    api_id, own_id = (inputs["apiId"], resource_id) if inputs else parts_of(resource_id, "deployment-id")
    answer = found(_client(cloud).get_deployment, ApiId=api_id, DeploymentId=own_id)
    if answer is None:
        return None
    values: Properties = {"autoDeployed": False, **shapes.properties(DEPLOYMENT, answer), "apiId": api_id}
    # Only the program knows what triggers the next deployment.
    outputs = state.describe(cloud, DEPLOYMENT, inputs, without_empty(values), unreadable=("triggers",))
    return state.resource(DEPLOYMENT, own_id, inputs, outputs)


def _update(cloud: Cloud, resource: Resource, inputs: Properties) -> Properties:
    client, own_id = _client(cloud), resource.id
    description = inputs.get("description") or ""

    def describe() -> None:
        client.update_deployment(ApiId=inputs["apiId"], DeploymentId=own_id, Description=description)

    return state.finish(cloud, _read, own_id, inputs, describe).outputs


def _delete(cloud: Cloud, resource: Resource) -> None:
    remove(_client(cloud).delete_deployment, ApiId=resource.outputs["apiId"], DeploymentId=resource.id)


HANDLERS = {DEPLOYMENT: Handler(_create, _read, _update, _delete)}
