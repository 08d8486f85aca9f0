"""Functions, permissions, HTTP APIs, user pools."""

import json
import urllib.error
import urllib.request

import pytest
from sandbox_cloud import SandboxCloud, create, delete, imported, tagged, update

from pulumi_sandbox.plugin.assets import Archive, Asset
from pulumi_sandbox.plugin.handlers import handler_for

FUNCTION = "aws:lambda/function:Function"
PERMISSION = "aws:lambda/permission:Permission"
API = "aws:apigatewayv2/api:Api"
STAGE = "aws:apigatewayv2/stage:Stage"
ROUTE = "aws:apigatewayv2/route:Route"
INTEGRATION = "aws:apigatewayv2/integration:Integration"
AUTHORIZER = "aws:apigatewayv2/authorizer:Authorizer"
POOL = "aws:cognito/userPool:UserPool"
CLIENT = "aws:cognito/userPoolClient:UserPoolClient"


@pytest.fixture(scope="module")
def role_arn(cloud: SandboxCloud) -> str:
    service = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [service]})
    return cloud.client("iam").create_role(RoleName="fn", AssumeRolePolicyDocument=trust)["Role"]["Arn"]


def archive(text: str) -> Archive:
    return Archive(assets={"index.py": Asset(text=text)}, hash=str(hash(text)))


def function_inputs(role_arn: str, name: str, **more: object) -> dict[str, object]:
    return tagged(
        {
            "name": name,
            "role": role_arn,
            "runtime": "python3.13",
            "handler": "index.handler",
            "code": archive("def handler_for(event, context): return 1"),
            "memorySize": 256,
            "timeout": 27,
            "environment": {"variables": {"TABLE": "turns"}},
            "loggingConfig": {"logFormat": "JSON", "logGroup": f"/aws/lambda/{name}"},
            "tracingConfig": {"mode": "Active"},
            "tags": {"a": "1"},
            **more,
        }
    )


def test_function_lives(cloud: SandboxCloud, role_arn: str) -> None:
    inputs = function_inputs(role_arn, "ask")
    function = create(cloud, FUNCTION, inputs)
    arn = "arn:aws:lambda:eu-central-1:123456789012:function:ask"
    assert function.id == "ask"
    assert function.outputs["arn"] == arn
    assert function.outputs["invokeArn"] == (
        f"arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/{arn}/invocations"
    )
    assert function.outputs["qualifiedArn"] == f"{arn}:$LATEST"
    assert function.outputs["version"] == "$LATEST"
    assert function.outputs["reservedConcurrentExecutions"] == -1
    assert function.outputs["code"] is inputs["code"] or function.outputs["code"] == inputs["code"]
    found = imported(cloud, FUNCTION, "ask", function)
    assert found.inputs["memorySize"] == 256

    before = function.outputs["codeSha256"]
    inputs = function_inputs(
        role_arn,
        "ask",
        code=archive("def handler_for(event, context): return 2"),
        timeout=10,
        reservedConcurrentExecutions=5,
        tags={"b": "2"},
    )
    del inputs["environment"]
    function = update(cloud, FUNCTION, function, inputs)
    assert function.outputs["codeSha256"] != before
    assert "environment" not in function.outputs
    assert function.outputs["tagsAll"] == {"b": "2"}
    inputs = function_inputs(role_arn, "ask", publish=True)
    function = update(cloud, FUNCTION, function, inputs)
    assert function.outputs["version"] == "1"
    assert function.outputs["qualifiedArn"] == f"{arn}:1"
    delete(cloud, FUNCTION, function)


def test_function_drift_shows(cloud: SandboxCloud, role_arn: str) -> None:
    inputs = function_inputs(role_arn, "drift")
    function = create(cloud, FUNCTION, inputs)
    cloud.client("lambda").update_function_configuration(
        FunctionName="drift", Timeout=99, Environment={"Variables": {"TABLE": "other"}}
    )
    found = handler_for(FUNCTION).read(cloud, "drift", inputs)
    assert found is not None
    assert found.outputs["timeout"] == 99
    assert found.outputs["environment"] == {"variables": {"TABLE": "other"}}
    # The next update, with inputs that never changed, puts it right.
    function = update(cloud, FUNCTION, found, inputs)
    assert function.outputs["timeout"] == 27
    delete(cloud, FUNCTION, function)


def test_permission_lives(cloud: SandboxCloud, role_arn: str) -> None:
    function = create(cloud, FUNCTION, function_inputs(role_arn, "called"))
    inputs = {
        "statementId": "gateway",
        "action": "lambda:InvokeFunction",
        "function": "called",
        "principal": "apigateway.amazonaws.com",
        "sourceArn": "arn:aws:execute-api:eu-central-1:123456789012:abc/*/*",
    }
    permission = create(cloud, PERMISSION, inputs)
    assert permission.id == "gateway"
    imported(cloud, PERMISSION, "called/gateway", permission)
    by_arn = create(cloud, PERMISSION, {**inputs, "statementId": "two", "function": function.outputs["arn"]})
    assert by_arn.outputs["function"] == function.outputs["arn"]
    delete(cloud, PERMISSION, by_arn)
    delete(cloud, PERMISSION, permission)
    delete(cloud, FUNCTION, function)
    assert handler_for(PERMISSION).read(cloud, "gateway", inputs) is None


def test_http_api_lives(cloud: SandboxCloud) -> None:
    cors = {"allowOrigins": ["https://a.example"], "allowMethods": ["POST", "GET"], "maxAge": 300}
    inputs = tagged({"name": "chat", "protocolType": "HTTP", "corsConfiguration": cors, "tags": {"a": "1"}})
    api = create(cloud, API, inputs)
    assert api.outputs["arn"] == f"arn:aws:apigateway:eu-central-1::/apis/{api.id}"
    assert api.outputs["executionArn"] == f"arn:aws:execute-api:eu-central-1:123456789012:{api.id}"
    with pytest.raises(urllib.error.HTTPError, match="404"):  # it serves, and has no route yet
        urllib.request.urlopen(api.outputs["apiEndpoint"], timeout=5)  # noqa: S310 - loopback
    imported(cloud, API, api.id, api)

    integration_inputs = {
        "apiId": api.id,
        "integrationType": "AWS_PROXY",
        "integrationUri": "arn:aws:lambda:eu-central-1:123456789012:function:ask",
        "payloadFormatVersion": "2.0",
        "passthroughBehavior": "WHEN_NO_MATCH",
        "timeoutMilliseconds": 29000,
    }
    integration = create(cloud, INTEGRATION, integration_inputs)
    imported(cloud, INTEGRATION, f"{api.id}/{integration.id}", integration)
    integration = update(cloud, INTEGRATION, integration, {**integration_inputs, "timeoutMilliseconds": 30000})

    authorizer_inputs = {
        "apiId": api.id,
        "authorizerType": "JWT",
        "name": "users",
        "identitySources": ["$request.header.Authorization"],
        "jwtConfiguration": {"audiences": ["client"], "issuer": "https://cognito-idp.eu-central-1.amazonaws.com/p"},
    }
    authorizer = create(cloud, AUTHORIZER, authorizer_inputs)
    imported(cloud, AUTHORIZER, f"{api.id}/{authorizer.id}", authorizer)
    authorizer = update(
        cloud,
        AUTHORIZER,
        authorizer,
        {**authorizer_inputs, "jwtConfiguration": {"audiences": ["b", "a"], "issuer": "https://i.example"}},
    )

    route_inputs = {
        "apiId": api.id,
        "routeKey": "POST /v1/chat/completions",
        "target": f"integrations/{integration.id}",
        "authorizationType": "JWT",
        "authorizerId": authorizer.id,
    }
    route = create(cloud, ROUTE, route_inputs)
    imported(cloud, ROUTE, f"{api.id}/{route.id}", route)
    route = update(cloud, ROUTE, route, {**route_inputs, "authorizationScopes": ["chat/ask"]})

    stage_inputs = tagged(
        {
            "apiId": api.id,
            "name": "$default",
            "autoDeploy": True,
            "defaultRouteSettings": {
                "throttlingBurstLimit": 20,
                "throttlingRateLimit": 10.5,
                "dataTraceEnabled": False,
            },
            "accessLogSettings": {
                "destinationArn": "arn:aws:logs:eu-central-1:123456789012:log-group:g",
                "format": "$context.requestId",
            },
            "tags": {"a": "1"},
        }
    )
    stage = create(cloud, STAGE, stage_inputs)
    assert stage.outputs["invokeUrl"] == f"{api.outputs['apiEndpoint']}/"
    assert stage.outputs["executionArn"] == f"{api.outputs['executionArn']}/$default"
    imported(cloud, STAGE, f"{api.id}/$default", stage)
    stage = update(
        cloud,
        STAGE,
        stage,
        {**stage_inputs, "stageVariables": {"v": "1"}, "defaultRouteSettings": {"throttlingBurstLimit": 5}},
    )

    api = update(cloud, API, api, tagged({"name": "chat2", "protocolType": "HTTP", "tags": {"b": "2"}}))
    assert "corsConfiguration" not in api.outputs
    delete(cloud, STAGE, stage)
    delete(cloud, ROUTE, route)
    delete(cloud, AUTHORIZER, authorizer)
    delete(cloud, INTEGRATION, integration)
    delete(cloud, API, api)
    assert handler_for(ROUTE).read(cloud, route.id, route.inputs) is None


def test_user_pool_and_client_live(cloud: SandboxCloud) -> None:
    inputs = tagged(
        {
            "name": "people",
            "deletionProtection": "ACTIVE",
            "mfaConfiguration": "OFF",
            "usernameAttributes": ["email"],
            "autoVerifiedAttributes": ["email"],
            "adminCreateUserConfig": {"allowAdminCreateUserOnly": True},
            "passwordPolicy": {
                "minimumLength": 14,
                "requireLowercase": True,
                "requireUppercase": True,
                "requireNumbers": True,
                "requireSymbols": False,
            },
            "schemas": [
                {
                    "name": "tenant",
                    "attributeDataType": "String",
                    "mutable": True,
                    "stringAttributeConstraints": {"minLength": "1", "maxLength": "64"},
                }
            ],
            "tags": {"a": "1"},
        }
    )
    pool = create(cloud, POOL, inputs)
    assert pool.id.startswith("eu-central-1_")
    assert pool.outputs["endpoint"] == f"cognito-idp.eu-central-1.amazonaws.com/{pool.id}"
    assert pool.outputs["arn"] == f"arn:aws:cognito-idp:eu-central-1:123456789012:userpool/{pool.id}"
    imported(cloud, POOL, pool.id, pool)

    client_inputs = {
        "name": "web",
        "userPoolId": pool.id,
        "generateSecret": False,
        "explicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        "accessTokenValidity": 1,
        "tokenValidityUnits": {"accessToken": "hours", "idToken": "hours", "refreshToken": "days"},
        "preventUserExistenceErrors": "ENABLED",
    }
    client = create(cloud, CLIENT, client_inputs)
    imported(cloud, CLIENT, f"{pool.id}/{client.id}", client)
    client = update(cloud, CLIENT, client, {**client_inputs, "callbackUrls": ["https://a.example/cb"]})
    delete(cloud, CLIENT, client)

    with pytest.raises(ValueError, match="deletionProtection"):
        handler_for(POOL).delete(cloud, pool)
    with pytest.raises(ValueError, match="tenant"):
        update(cloud, POOL, pool, {**inputs, "schemas": []})
    more = {"name": "plan", "attributeDataType": "String", "mutable": True}
    inputs = {
        **inputs,
        "deletionProtection": "INACTIVE",
        "schemas": [*inputs["schemas"], more],
        "tags": {},
        "tagsAll": {},
    }
    inputs["softwareTokenMfaConfiguration"] = {"enabled": True}
    inputs["mfaConfiguration"] = "OPTIONAL"
    pool = update(cloud, POOL, pool, inputs)
    assert pool.outputs["tagsAll"] == {}
    delete(cloud, POOL, pool)
