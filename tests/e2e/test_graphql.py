"""The GraphQL API of pattern 1, asked by a plain HTTP client."""

import json
import uuid
from typing import Any

import httpx2
import pytest
from deployment import ACME, GLOBEX, Deployment

pytestmark = pytest.mark.xdist_group("e2e")
NOVA_LITE = "amazon.nova-lite-v1:0"
NOVA_MICRO = "amazon.nova-micro-v1:0"
LAPTOP = "How soon must a lost laptop be reported?"
SUNDIAL = "What is the budget of project Sundial?"
ASK = """
mutation Ask($input: AskInput!) {
  ask(input: $input) {
    id text finishReason model promptVersion trimmedMessages requestId
    sources { documentId document passage score }
    usage { inputTokens outputTokens totalTokens }
    cache { hit kind saved { inputTokens outputTokens } }
    guardrail { action stage policies }
  }
}
"""


def post(stack: Deployment, body: Any, tenant: str | None = ACME, **headers: str) -> httpx2.Response:
    sent = {"authorization": stack.token(tenant)} if tenant else {}
    return httpx2.post(stack.outputs["graphql_url"], json=body, headers={**sent, **headers}, timeout=40)


def execute(stack: Deployment, query: str, variables: Any = None, tenant: str = ACME, **headers: str) -> dict[str, Any]:
    answer = post(stack, {"query": query, "variables": variables}, tenant, **headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def question(content: str, **more: Any) -> dict[str, Any]:
    return {"input": {"messages": [{"role": "USER", "content": content}], **more}}


def ask(stack: Deployment, content: str, tenant: str = ACME, **headers: str) -> dict[str, Any]:
    result = execute(stack, ASK, question(content), tenant, **headers)
    assert "errors" not in result, result
    return result["data"]["ask"]


def refused(stack: Deployment, variables: Any, tenant: str = ACME, **headers: str) -> dict[str, Any]:
    """The one error of a question that is not answered."""
    result = execute(stack, ASK, variables, tenant, **headers)
    assert result["data"] is None
    [error] = result["errors"]
    assert error["path"] == ["ask"]
    assert error["errorInfo"]["code"] == error["errorType"]
    return error


def fresh(text: str) -> str:
    """A question that nobody asked before."""
    return f"{text} ({uuid.uuid4().hex})"


def test_an_answer_has_what_the_rest_contract_has(stack: Deployment) -> None:
    answer, rest = ask(stack, LAPTOP), stack.ask(LAPTOP)
    assert "within one hour" in answer["text"]
    assert (answer["finishReason"], answer["model"]) == ("STOP", "nova-lite")
    assert answer["promptVersion"] == rest["prompt_version"]
    assert [source["passage"] for source in answer["sources"]] == [source["passage"] for source in rest["sources"]]
    assert answer["requestId"].startswith("req_")
    assert answer["guardrail"] == {"action": "NONE", "stage": None, "policies": []}


def test_the_models_that_may_be_named(stack: Deployment) -> None:
    listed = execute(stack, "{ models { id contextTokens maxInputTokens maxOutputTokens } }")["data"]["models"]
    assert [model["id"] for model in listed] == ["nova-lite", "nova-micro"]
    assert listed[0]["maxInputTokens"] == 8_000
    named = execute(stack, ASK, question(LAPTOP, model="nova-micro", maxCompletionTokens=64))
    assert named["data"]["ask"]["model"] == "nova-micro"


def test_the_two_apis_share_a_tenants_cache(stack: Deployment) -> None:
    asked = fresh("What is the daily allowance for meals?")
    assert stack.ask(asked)["cache"]["hit"] is False
    again = ask(stack, asked)
    assert again["cache"]["hit"] is True
    assert again["usage"]["totalTokens"] == 0
    assert again["cache"]["saved"]["inputTokens"] > 0


def test_without_a_good_token_nothing_is_answered(stack: Deployment) -> None:
    head, payload, signature = stack.token().split(".")
    for token in (None, "no-token", f"{head}.{payload}.{signature[::-1]}", f"{head}.{payload}."):
        headers = {"authorization": token} if token else {}
        answer = post(stack, {"query": "{ models { id } }"}, None, **headers)
        assert answer.status_code == 401
        assert answer.json()["errors"][0]["errorType"] == "UnauthorizedException"


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("{ nothing }", "FieldUndefined"),
        ("mutation { ask(input: {messages: []}) { tenant } }", "FieldUndefined"),
        ('mutation { ask(input: {messages: [], tenant: "x"}) { text } }', "WrongType"),
        ("mutation { ask { text } }", "MissingFieldArgument"),
        ("{ __schema { types { name } } }", "IntrospectionDisabled"),
        ("mutation { a: ask(input: {messages: []}) { id } b: ask(input: {messages: []}) { id } }", "MaximumResolvers"),
    ],
)
def test_what_the_schema_and_its_limits_do_not_allow_reaches_no_function(
    stack: Deployment, query: str, told: str
) -> None:
    result = execute(stack, query)
    assert result["data"] is None
    assert told in json.dumps(result["errors"])


@pytest.mark.parametrize(
    ("changed", "code", "param"),
    [
        ({"model": "gpt-9"}, "model_not_found", "model"),
        ({"maxCompletionTokens": 100_000}, "invalid_value", "maxCompletionTokens"),
        ({"messages": []}, "invalid_value", "messages"),
    ],
)
def test_what_the_pipeline_refuses_has_a_type_and_a_code(
    stack: Deployment, changed: dict[str, Any], code: str, param: str
) -> None:
    error = refused(stack, question(LAPTOP, **changed))
    assert error["errorType"] == code
    assert (error["errorInfo"]["type"], error["errorInfo"]["param"]) == ("invalid_request_error", param)
    assert error["errorInfo"]["requestId"].startswith("req_")


def test_a_payload_over_the_limit_is_refused(stack: Deployment) -> None:
    error = refused(stack, question("x" * 300_000))
    assert error["errorType"] == "request_too_large"
    assert "262144" in error["message"]
    assert refused(stack, question("word " * 20_000))["errorInfo"]["type"] == "invalid_request_error"


def test_a_throttled_model_hands_over_and_when_all_are_says_when_to_try_again(stack: Deployment) -> None:
    with stack.model_fault(target=NOVA_LITE, kind="throttle", times=20):
        assert ask(stack, fresh(LAPTOP))["model"] == "nova-micro"
    key = {"idempotency-key": uuid.uuid4().hex}
    asked = question(fresh(LAPTOP))
    throttled = {"kind": "throttle", "times": 20}
    with stack.model_fault(target=NOVA_LITE, **throttled), stack.model_fault(target=NOVA_MICRO, **throttled):
        error = refused(stack, asked, **key)
    assert (error["errorType"], error["errorInfo"]["type"]) == ("rate_limit_exceeded", "rate_limit_error")
    assert error["errorInfo"]["retryAfterSeconds"] > 0
    # What failed gave its key up.
    assert "within one hour" in execute(stack, ASK, asked, **key)["data"]["ask"]["text"]


def test_an_idempotency_key_is_answered_once(stack: Deployment) -> None:
    key = {"idempotency-key": uuid.uuid4().hex, "cache-control": "no-store"}
    asked = fresh("Who accompanies visitors?")
    assert ask(stack, asked, **key)["id"] == ask(stack, asked, **key)["id"]
    assert refused(stack, question(fresh("What about updates?")), **key)["errorType"] == "idempotency_key_reused"


def test_what_the_guardrail_denies_is_answered_with_its_message(stack: Deployment) -> None:
    answer = ask(stack, "Should I buy shares of Globex?")
    assert answer["text"].startswith("I can't help with that subject.")
    assert (answer["finishReason"], answer["guardrail"]["action"]) == ("CONTENT_FILTER", "BLOCKED")
    assert answer["sources"] == []


def test_another_tenants_documents_and_answers_are_out_of_reach(stack: Deployment) -> None:
    asked = fresh(SUNDIAL)
    own = ask(stack, asked, GLOBEX)
    assert "12 million euros" in own["text"]
    for headers in ({}, {"x-tenant-id": GLOBEX}, {"idempotency-key": "globex"}):
        other = ask(stack, asked, ACME, **headers)
        assert "12 million" not in other["text"]
        assert "roadmap.md" not in [source["document"] for source in other["sources"]]
        assert other["id"] != own["id"]
    assert ask(stack, asked, GLOBEX)["cache"]["hit"] is True


def test_the_log_tells_of_requests_and_not_of_questions(stack: Deployment) -> None:
    refused(stack, question("a secret question", model="gpt-9"))
    identifier = stack.aws("appsync").list_graphql_apis()["graphqlApis"][0]["apiId"]
    logs, group = stack.aws("logs"), f"/aws/appsync/apis/{identifier}"
    [described] = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    assert described["retentionInDays"] == 90
    assert described["kmsKeyId"]
    found = json.dumps(logs.filter_log_events(logGroupName=group)["events"])
    assert "RequestSummary" in found
    assert "model_not_found" in found
    assert "secret" not in found
