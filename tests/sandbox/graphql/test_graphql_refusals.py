"""What an API does not execute: tokens, bodies, documents, limits, addresses that are blocked."""

import time
from typing import Any

import httpx2
import pytest

from tests.sandbox.graphql.conftest import Make
from tests.sandbox.graphql.graphql_cloud import GraphQLApi, trust

HELLO = "{ note(id: 1) { id } }"


def refused(answer: httpx2.Response) -> tuple[int, str, str]:
    (error,) = answer.json()["errors"]
    assert answer.headers["x-amzn-errortype"] == error["errorType"]
    return answer.status_code, error["errorType"], error["message"]


def test_without_a_good_token_nothing_is_executed(notes: GraphQLApi) -> None:
    body, give = {"query": HELLO}, notes.provider.token
    assert refused(notes.post(body, None)) == (
        401,
        "UnauthorizedException",
        "Valid authorization header not provided.",
    )
    expired = give(exp=int(time.time()) - 1)
    assert refused(notes.post(body, expired)) == (401, "UnauthorizedException", "Token has expired.")
    for bad in (
        "nonsense",
        give(aud="another"),
        give(aud="app-of-another"),
        give(iss="https://elsewhere.example.com"),
        give(iat=None),
        give()[:-9],
        f"Bearer {give()}",
    ):
        assert refused(notes.post(body, bad))[:2] == (401, "UnauthorizedException"), bad
    for good in (give(), give(aud=["x", "app"]), give(aud=None, azp="app")):
        assert notes.post(body, good).json()["data"] == {"note": {"id": "n1"}}


@pytest.mark.parametrize("body", ["", "{", "[]", "{}", '{"query": 1}', '{"query": "{ a }", "variables": []}'])
def test_a_body_that_is_no_request(notes: GraphQLApi, body: str) -> None:
    assert refused(notes.post(body))[:2] == (400, "MalformedHttpRequestException")


def test_only_json_is_read(notes: GraphQLApi) -> None:
    plain = notes.post({"query": HELLO}, **{"content-type": "text/plain"})
    assert refused(plain)[:2] == (400, "MalformedHttpRequestException")
    assert refused(httpx2.get(notes.url))[:2] == (400, "UnknownOperationException")
    assert refused(httpx2.post(notes.url.replace("/graphql", "/else")))[0] == 404


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("{ nothing }", "Validation error of type FieldUndefined: "),
        ("{ note(id: 1) { id nothing } }", "Validation error of type FieldUndefined: "),
        ("{ note { id } }", "Validation error of type MissingFieldArgument: "),
        ("{ note(id: 1, other: 2) { id } }", "Validation error of type UnknownArgument: "),
        ("{ note(id: 1) }", "Validation error of type SubselectionRequired: "),
        ("query ($id: ID!) { note(id: $other) { id } }", "Validation error of type UndefinedVariable: "),
        ("{ note(id: 1) { id }", "Invalid Syntax : "),
    ],
)
def test_a_document_that_does_not_fit_the_schema(notes: GraphQLApi, query: str, told: str) -> None:
    answer = notes.ask(query)
    assert answer["data"] is None
    assert any(error["message"].startswith(told) for error in answer["errors"]), answer
    assert all(error["path"] is None and "errorType" not in error for error in answer["errors"])


def test_a_variable_that_is_missing(notes: GraphQLApi) -> None:
    answer = notes.ask("query ($id: ID!) { note(id: $id) { id } }")
    assert answer["data"] is None
    assert "$id" in answer["errors"][0]["message"]


def test_the_operation_is_chosen_by_name(notes: GraphQLApi) -> None:
    both = f"query A {HELLO} query B {{ note(id: 2) {{ text }} }}"
    assert refused(notes.post({"query": both}))[2] == "Missing operation name."
    chosen = notes.post({"query": both, "operationName": "B"}).json()
    assert chosen["data"] == {"note": {"text": "hello"}}


def test_limits_of_an_api(make_api: Make) -> None:
    api = make_api(queryDepthLimit=3, resolverCountLimit=1, introspectionConfig="DISABLED")
    api.resolver("Query.note")
    assert api.ask("{ note(id: 1) { author { name } } }")["data"]["note"]["author"] == {"name": "Ann"}
    for query, told in (
        ("{ note(id: 1) { author { notes { id } } } }", "MaximumDepthExceeded"),
        ("{ note(id: 1) { ...f } } fragment f on Note { author { ... on Author { notes { id } } } }", "MaximumDepth"),
        ("{ a: note(id: 1) { id } b: note(id: 2) { id } }", "MaximumResolversExceeded"),
        ("{ __schema { types { name } } }", "IntrospectionDisabled"),
        ('{ __type(name: "Note") { name } }', "IntrospectionDisabled"),
    ):
        (error,) = api.ask(query)["errors"]
        assert told in error["message"], query
    assert api.ask("{ note(id: 1) { __typename } }")["data"]["note"] == {"__typename": "Note"}


def test_introspection_is_on_unless_switched_off(notes: GraphQLApi) -> None:
    types = notes.ask("{ __schema { types { name } } }")["data"]["__schema"]["types"]
    assert {"Note", "AWSJSON"} <= {kind["name"] for kind in types}


def test_a_browser_may_ask_from_anywhere(notes: GraphQLApi) -> None:
    answer = httpx2.options(notes.url, headers={"origin": "https://app.example.com"})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "*")


def test_every_request_is_logged_as_the_apis_role(make_api: Make) -> None:
    api = make_api()
    allowed = f"arn:aws:logs:us-east-1:123456789012:log-group:/aws/appsync/apis/{api.id}:*"
    role = api.cloud.role(
        [{"Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": allowed}],
        trust("appsync.amazonaws.com"),
    )
    api.client.update_graphql_api(
        apiId=api.id,
        name="notes",
        authenticationType="OPENID_CONNECT",
        openIDConnectConfig={"issuer": api.provider.issuer},
        logConfig={"fieldLogLevel": "ERROR", "cloudWatchLogsRoleArn": role, "excludeVerboseContent": True},
    )
    api.cloud.client("logs").create_log_group(logGroupName=f"/aws/appsync/apis/{api.id}")
    api.resolver("Query.note", "def handler(event, context): raise KeyError('secret question')")
    api.ask(HELLO)
    lines: list[dict[str, Any]] = api.logged()
    assert [line["logType"] for line in lines] == ["RequestSummary", "FieldError"]
    assert lines[0]["statusCode"] == 200
    assert (lines[1]["path"], lines[1]["errorType"]) == (["note"], "Lambda:Unhandled")
    assert "secret" not in str(lines)
