"""WebSocket APIs: what only they have, what they refuse, and the URLs that their stages answer at."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from sandbox_cloud import SandboxCloud, create, delete, imported, tagged, update
from websockets.sync.client import connect

from pulumi_sandbox.plugin.handlers import handler_for

API = "aws:apigatewayv2/api:Api"
STAGE = "aws:apigatewayv2/stage:Stage"
ROUTE = "aws:apigatewayv2/route:Route"
INTEGRATION = "aws:apigatewayv2/integration:Integration"
AUTHORIZER = "aws:apigatewayv2/authorizer:Authorizer"
DEPLOYMENT = "aws:apigatewayv2/deployment:Deployment"
ROUTE_RESPONSE = "aws:apigatewayv2/routeResponse:RouteResponse"
INTEGRATION_RESPONSE = "aws:apigatewayv2/integrationResponse:IntegrationResponse"
FUNCTION_ARN = "arn:aws:lambda:eu-central-1:123456789012:function:ask"
INVOKE_ARN = f"arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/{FUNCTION_ARN}/invocations"
API_INPUTS = {"protocolType": "WEBSOCKET", "routeSelectionExpression": "$request.body.action"}


def test_websocket_api_lives(cloud: SandboxCloud) -> None:
    api = create(cloud, API, tagged({"name": "ws", **API_INPUTS}))
    assert api.outputs["apiEndpoint"].startswith("ws://127.0.0.1:")
    imported(cloud, API, api.id, api)

    integration_inputs = {"apiId": api.id, "integrationType": "AWS_PROXY", "integrationUri": INVOKE_ARN}
    integration = create(cloud, INTEGRATION, integration_inputs)
    assert integration.outputs["timeoutMilliseconds"] == 29_000
    integration = update(cloud, INTEGRATION, integration, {**integration_inputs, "timeoutMilliseconds": 5000})

    authorizer_inputs = {
        "apiId": api.id,
        "authorizerType": "REQUEST",
        "authorizerUri": INVOKE_ARN,
        "identitySources": ["route.request.querystring.token"],
        "name": "tokens",
    }
    authorizer = create(cloud, AUTHORIZER, authorizer_inputs)
    imported(cloud, AUTHORIZER, f"{api.id}/{authorizer.id}", authorizer)
    sources = ["route.request.header.X-Key", "route.request.querystring.token"]
    authorizer = update(cloud, AUTHORIZER, authorizer, {**authorizer_inputs, "identitySources": sources})

    connect_route = create(
        cloud,
        ROUTE,
        {
            "apiId": api.id,
            "routeKey": "$connect",
            "target": f"integrations/{integration.id}",
            "authorizationType": "CUSTOM",
            "authorizerId": authorizer.id,
        },
    )
    route_inputs = {"apiId": api.id, "routeKey": "ask", "target": f"integrations/{integration.id}"}
    route = create(cloud, ROUTE, {**route_inputs, "routeResponseSelectionExpression": "$default"})
    imported(cloud, ROUTE, f"{api.id}/{route.id}", route)

    route = update(cloud, ROUTE, route, route_inputs)
    assert "routeResponseSelectionExpression" not in route.outputs
    for resource, token in [(connect_route, ROUTE), (route, ROUTE), (authorizer, AUTHORIZER), (api, API)]:
        delete(cloud, token, resource)


def api_with_route(cloud: SandboxCloud) -> tuple[str, str, str]:
    """Return the ids of an API, its integration and its route."""
    client = cloud.client("apigatewayv2")
    api = client.create_api(Name="ws", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action")
    api_id = api["ApiId"]
    integration = client.create_integration(ApiId=api_id, IntegrationType="AWS_PROXY", IntegrationUri=INVOKE_ARN)
    return api_id, integration["IntegrationId"], client.create_route(ApiId=api_id, RouteKey="ask")["RouteId"]


def test_responses_live(cloud: SandboxCloud) -> None:
    api_id, integration_id, route_id = api_with_route(cloud)
    inputs = {
        "apiId": api_id,
        "routeId": route_id,
        "routeResponseKey": "$default",
        "modelSelectionExpression": "action",
        "responseModels": {"action": "m"},
    }
    response = create(cloud, ROUTE_RESPONSE, inputs)
    imported(cloud, ROUTE_RESPONSE, f"{api_id}/{route_id}/{response.id}", response)
    response = update(cloud, ROUTE_RESPONSE, response, {**inputs, "responseModels": {"other": "m"}})
    kept = {name: inputs[name] for name in ("apiId", "routeId", "routeResponseKey")}
    response = update(cloud, ROUTE_RESPONSE, response, kept)
    assert not {"modelSelectionExpression", "responseModels"} & set(response.outputs)
    delete(cloud, ROUTE_RESPONSE, response)

    inputs = {
        "apiId": api_id,
        "integrationId": integration_id,
        "integrationResponseKey": "/200/",
        "responseTemplates": {"application/json": "{}"},
        "templateSelectionExpression": "x",
    }
    response = create(cloud, INTEGRATION_RESPONSE, inputs)
    imported(cloud, INTEGRATION_RESPONSE, f"{api_id}/{integration_id}/{response.id}", response)
    inputs = {name: inputs[name] for name in ("apiId", "integrationId", "integrationResponseKey")}
    response = update(cloud, INTEGRATION_RESPONSE, response, {**inputs, "contentHandlingStrategy": "CONVERT_TO_TEXT"})
    assert not {"responseTemplates", "templateSelectionExpression"} & set(response.outputs)
    delete(cloud, INTEGRATION_RESPONSE, response)
    with pytest.raises(ValueError, match="write api-id/route-id/route-response-id"):
        handler_for(ROUTE_RESPONSE).read(cloud, "a/b", {})


def test_deployment_lives(cloud: SandboxCloud) -> None:
    api_id, _, _ = api_with_route(cloud)
    inputs = {"apiId": api_id, "description": "first", "triggers": {"routes": "1"}}
    deployment = create(cloud, DEPLOYMENT, inputs)
    assert deployment.outputs["autoDeployed"] is False
    found = imported(cloud, DEPLOYMENT, f"{api_id}/{deployment.id}", deployment)
    assert "triggers" not in found.inputs
    deployment = update(cloud, DEPLOYMENT, deployment, {"apiId": api_id, "triggers": {"routes": "1"}})
    assert "description" not in deployment.outputs

    stage = create(cloud, STAGE, tagged({"apiId": api_id, "name": "v1", "deploymentId": deployment.id}))
    with pytest.raises(ClientError, match="Active stages pointing to this deployment"):
        handler_for(DEPLOYMENT).delete(cloud, deployment)
    delete(cloud, STAGE, stage)
    delete(cloud, DEPLOYMENT, deployment)


def test_stage_keeps_its_own_settings_and_says_where_it_answers(cloud: SandboxCloud) -> None:
    api = create(cloud, API, tagged({"name": "ws", **API_INPUTS}))
    inputs = tagged(
        {
            "apiId": api.id,
            "name": "prod",
            "autoDeploy": True,
            "defaultRouteSettings": {"loggingLevel": "INFO", "dataTraceEnabled": True},
        }
    )
    stage = create(cloud, STAGE, inputs)
    url = stage.outputs["invokeUrl"]
    assert url == f"{api.outputs['apiEndpoint']}/prod"
    with connect(url):
        pass
    # What a program makes of it for the management API, replacing the scheme.
    management: Any = SandboxCloud(url.replace("ws://", "http://")).client("apigatewaymanagementapi")
    with pytest.raises(ClientError) as gone:
        management.get_connection(ConnectionId="L0SM9cOFvHcCIhw=")
    assert gone.value.response["Error"]["Code"] == "GoneException"  # pyright: ignore[reportTypedDictNotRequiredAccess]
    delete(cloud, STAGE, stage)
    delete(cloud, API, api)


def test_what_the_cloud_refuses(cloud: SandboxCloud) -> None:
    client = cloud.client("apigatewayv2")
    with pytest.raises(ClientError, match="RouteSelectionExpression is required"):
        client.create_api(Name="ws", ProtocolType="WEBSOCKET")
    api_id, integration_id, route_id = api_with_route(cloud)
    with pytest.raises(ClientError, match="Only REQUEST authorizers"):
        client.create_authorizer(
            ApiId=api_id, AuthorizerType="JWT", Name="x", IdentitySource=["$request.header.Authorization"]
        )
    with pytest.raises(ClientError, match=r"only supported on the \$connect route"):
        client.create_route(ApiId=api_id, RouteKey="other", AuthorizationType="AWS_IAM")
    with pytest.raises(ClientError, match=r"only supported on the \$connect route"):
        client.update_route(ApiId=api_id, RouteId=route_id, AuthorizationType="AWS_IAM")
    with pytest.raises(ClientError, match="between 50 ms and 29000 ms"):
        client.update_integration(ApiId=api_id, IntegrationId=integration_id, TimeoutInMillis=29_001)
    empty = client.create_api(Name="ws", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action")
    with pytest.raises(ClientError, match="At least one route is required"):
        client.create_deployment(ApiId=empty["ApiId"])
