"""GraphQL APIs, their data sources and resolvers, and the firewall that is associated with one."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from sandbox_cloud import SandboxCloud, create, delete, imported, tagged, update

from pulumi_sandbox.plugin.handler import PartialFailureError, Resource
from pulumi_sandbox.plugin.handlers import handler_for

API = "aws:appsync/graphQLApi:GraphQLApi"
DATA_SOURCE = "aws:appsync/dataSource:DataSource"
RESOLVER = "aws:appsync/resolver:Resolver"
WEB_ACL = "aws:wafv2/webAcl:WebAcl"
ASSOCIATION = "aws:wafv2/webAclAssociation:WebAclAssociation"
CODE = """import { util } from '@aws-appsync/utils';
export function request(ctx) { return { operation: 'Invoke', payload: ctx.arguments }; }
export function response(ctx) { return ctx.result; }
"""


def api_inputs(role: str, **changes: Any) -> dict[str, Any]:
    return {
        "name": "notes",
        "authenticationType": "OPENID_CONNECT",
        "openidConnectConfig": {"issuer": "https://login.example.com", "clientId": "^app$"},
        "schema": "type Query { hello: String }",
        "logConfig": {"cloudwatchLogsRoleArn": role, "fieldLogLevel": "ERROR", "excludeVerboseContent": True},
        "introspectionConfig": "DISABLED",
        "queryDepthLimit": 3,
        "resolverCountLimit": 1,
        "xrayEnabled": True,
        "tags": {"a": "1"},
        **changes,
    }


@pytest.fixture(scope="module")
def role(cloud: SandboxCloud) -> str:
    service = {"Effect": "Allow", "Principal": {"Service": "appsync.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [service]})
    return cloud.client("iam").create_role(RoleName="appsync", AssumeRolePolicyDocument=trust)["Role"]["Arn"]


@pytest.fixture(scope="module")
def api(cloud: SandboxCloud, role: str) -> Resource:
    return create(cloud, API, tagged(api_inputs(role)))


def test_an_api_lives(cloud: SandboxCloud, role: str) -> None:
    api = create(cloud, API, tagged(api_inputs(role), team="x"))
    assert api.outputs["arn"] == f"arn:aws:appsync:eu-central-1:{cloud.account_id}:apis/{api.id}"
    assert api.outputs["uris"]["GRAPHQL"].endswith("/graphql")
    assert api.outputs["tagsAll"] == {"a": "1", "team": "x"}
    assert (api.outputs["visibility"], api.outputs["apiType"]) == ("GLOBAL", "GRAPHQL")
    imported(cloud, API, api.id, api)

    changed = api_inputs(role, name="other", schema="type Query { hello: Int }", queryDepthLimit=4, tags={"b": "2"})
    changed["logConfig"] = {"cloudwatchLogsRoleArn": role, "fieldLogLevel": "ALL", "excludeVerboseContent": False}
    url = api.outputs["uris"]
    api = update(cloud, API, api, {**changed, "tagsAll": {"b": "2"}})
    assert api.outputs["uris"] == url
    assert api.outputs["logConfig"]["fieldLogLevel"] == "ALL"
    delete(cloud, API, api)


def test_a_user_pool_is_of_the_apis_region_unless_it_says_so(cloud: SandboxCloud) -> None:
    inputs = {
        "name": "pool",
        "authenticationType": "AMAZON_COGNITO_USER_POOLS",
        "userPoolConfig": {"userPoolId": "eu-central-1_abc", "defaultAction": "ALLOW"},
    }
    api = create(cloud, API, tagged(inputs))
    assert api.outputs["userPoolConfig"]["awsRegion"] == "eu-central-1"
    delete(cloud, API, api)


def test_a_schema_that_is_none_fails_and_says_why(cloud: SandboxCloud, role: str) -> None:
    with pytest.raises(PartialFailureError, match="Missing") as failed:
        handler_for(API).create(cloud, tagged(api_inputs(role, schema="type Query { a: Missing }")))
    delete(cloud, API, failed.value.resource)


def test_a_data_source_and_a_resolver_live(cloud: SandboxCloud, role: str, api: Resource) -> None:
    function = f"arn:aws:lambda:eu-central-1:{cloud.account_id}:function:hello"
    inputs: dict[str, Any] = {
        "apiId": api.id,
        "name": "hello",
        "type": "AWS_LAMBDA",
        "serviceRoleArn": role,
        "lambdaConfig": {"functionArn": function},
    }
    source = create(cloud, DATA_SOURCE, inputs)
    assert source.id == f"{api.id}-hello"
    assert source.outputs["arn"] == f"{api.outputs['arn']}/datasources/hello"
    imported(cloud, DATA_SOURCE, source.id, source)
    source = update(cloud, DATA_SOURCE, source, {**inputs, "description": "says hello"})

    wanted: dict[str, Any] = {
        "apiId": api.id,
        "type": "Query",
        "field": "hello",
        "dataSource": "hello",
        "kind": "UNIT",
        "code": CODE,
        "runtime": {"name": "APPSYNC_JS", "runtimeVersion": "1.0.0"},
    }
    resolver = create(cloud, RESOLVER, wanted)
    assert resolver.id == f"{api.id}-Query-hello"
    assert resolver.outputs["arn"] == f"{api.outputs['arn']}/types/Query/resolvers/hello"
    imported(cloud, RESOLVER, resolver.id, resolver)
    resolver = update(cloud, RESOLVER, resolver, {**wanted, "code": CODE.replace("ctx.arguments", "{}")})
    with pytest.raises(ClientError, match="used by a resolver"):
        handler_for(DATA_SOURCE).delete(cloud, source)
    delete(cloud, RESOLVER, resolver)
    delete(cloud, DATA_SOURCE, source)


def test_drift_shows(cloud: SandboxCloud, api: Resource) -> None:
    cloud.client("appsync").update_graphql_api(
        apiId=api.id,
        name="notes",
        authenticationType="OPENID_CONNECT",
        openIDConnectConfig={"issuer": "https://elsewhere.example.com"},
    )
    found = handler_for(API).read(cloud, api.id, api.inputs)
    assert found is not None
    assert found.outputs["openidConnectConfig"]["issuer"] == "https://elsewhere.example.com"
    assert found.outputs["introspectionConfig"] == "ENABLED"
