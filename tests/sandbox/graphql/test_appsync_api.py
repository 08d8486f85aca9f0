"""AppSync's own API: what it refuses, and what the sandbox does not have."""

from typing import Any

import httpx2
import pytest
from botocore.exceptions import ClientError

from tests.sandbox.graphql.conftest import Make
from tests.sandbox.graphql.graphql_cloud import RUNTIME, GraphQLApi
from tests.sandbox.services.own_cloud import OwnCloud

OIDC = {"issuer": "https://login.example.com", "clientId": "app"}


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"authenticationType": "API_KEY"}, "API_KEY it does not"),
        ({"authenticationType": "OPENID_CONNECT"}, "openIDConnectConfig is needed"),
        ({"authenticationType": "OPENID_CONNECT", "openIDConnectConfig": OIDC, "apiType": "MERGED"}, "merged"),
    ],
)
def test_apis_that_the_sandbox_does_not_have(graphql_cloud: OwnCloud, settings: dict[str, Any], told: str) -> None:
    with pytest.raises(ClientError, match=told) as refused:
        graphql_cloud.client("appsync").create_graphql_api(name="x", **settings)
    assert refused.value.response["Error"]["Code"] == "BadRequestException"


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ("type Query {", "Syntax Error"),
        ("type Query { a: Missing }", "Missing"),
        ("type Other { a: Int }", "Query"),
        ("scalar Money type Query { a: Money }", "no scalars"),
        ('type Query { a: Int @aws_auth(cognito_groups: ["admins"]) }', "aws_auth"),
    ],
)
def test_a_schema_that_is_none(make_api: Make, schema: str, told: str) -> None:
    api = make_api()
    api.client.start_schema_creation(apiId=api.id, definition=schema.encode())
    status = api.client.get_schema_creation_status(apiId=api.id)
    assert status["status"] == "FAILED"
    assert told in status["details"]


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("export function request(ctx) {", "SyntaxError"),
        ("export function request(ctx) { return {}; }", "no function response"),
        (
            "import { select } from '@aws-appsync/utils/rds';\nexport function request() {}",
            "util of @aws-appsync/utils",
        ),
    ],
)
def test_code_that_is_no_resolver(notes: GraphQLApi, code: str, told: str) -> None:
    source = notes.client.get_resolver(apiId=notes.id, typeName="Query", fieldName="note")["resolver"]["dataSourceName"]
    with pytest.raises(ClientError, match="The code contains one or more errors") as refused:
        notes.client.update_resolver(
            apiId=notes.id, typeName="Query", fieldName="note", dataSourceName=source, code=code, runtime=RUNTIME
        )
    assert told in str(refused.value)


def test_resolvers_are_of_fields_and_data_sources_that_there_are(notes: GraphQLApi) -> None:
    for kind, field, source in (("Query", "nothing", "x"), ("Nothing", "note", "x"), ("Query", "notes", "x")):
        with pytest.raises(ClientError) as refused:
            notes.client.create_resolver(apiId=notes.id, typeName=kind, fieldName=field, dataSourceName=source)
        assert refused.value.response["Error"]["Code"] == "NotFoundException"


def test_a_data_source_that_is_used_stays(notes: GraphQLApi) -> None:
    resolver = notes.client.get_resolver(apiId=notes.id, typeName="Query", fieldName="note")["resolver"]
    with pytest.raises(ClientError, match="used by a resolver"):
        notes.client.delete_data_source(apiId=notes.id, name=resolver["dataSourceName"])


def test_what_a_handler_asks_of_util_and_the_sandbox_lacks_is_named(make_api: Make) -> None:
    code = """
import { util } from '@aws-appsync/utils';
export function request(ctx) { return util.autoId(); }
export function response(ctx) { return ctx.result; }
"""
    api = make_api()
    api.resolver("Query.note", code=code, runtime=RUNTIME)
    (error,) = api.ask("{ note(id: 1) { id } }")["errors"]
    assert (error["errorType"], error["message"]) == ("Code", "Runtime Error")
    assert "no util.autoId" in error["errorInfo"]["cause"]


def test_a_deleted_api_is_gone(make_api: Make) -> None:
    api = make_api()
    api.client.delete_graphql_api(apiId=api.id)
    with pytest.raises(ClientError) as refused:
        api.client.get_graphql_api(apiId=api.id)
    assert refused.value.response["Error"]["Code"] == "NotFoundException"
    with pytest.raises(httpx2.ConnectError):
        api.post({"query": "{ __typename }"})
