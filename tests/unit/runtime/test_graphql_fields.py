"""Fields of the GraphQL API in memory, executed against the schema of the deployment."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    FieldNode,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    get_named_type,
    graphql_sync,
    validate_schema,
)

from genai_runtime.core.errors import Cause, StepError
from genai_runtime.core.graphql import Field, resolve
from genai_runtime.core.request import Passage
from tests.unit.runtime.memory import TENANT, Deployment, Failing, settings

SCHEMA = build_schema((Path(__file__).parents[3] / "components" / "genai_tiers" / "schema.graphql").read_text())
CLAIMS: Mapping[str, object] = {"sub": "user-1", "custom:tenant_id": TENANT}


def everything(kind: GraphQLObjectType) -> str:
    """Every field of a type, with all that is below it."""
    selected: list[str] = []
    for name, field in kind.fields.items():
        below = get_named_type(field.type)
        selected.append(f"{name} {everything(below)}" if isinstance(below, GraphQLObjectType) else name)
    return "{ " + " ".join(selected) + " }"


def answer_type() -> GraphQLObjectType:
    kind = SCHEMA.type_map["Answer"]
    assert isinstance(kind, GraphQLObjectType)
    return kind


ASK = f"mutation Ask($input: AskInput!) {{ ask(input: $input) {everything(answer_type())} }}"


def execute(
    deployment: Deployment,
    query: str,
    variables: dict[str, Any] | None = None,
    *,
    claims: Mapping[str, object] = CLAIMS,
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Execute as AppSync does: the function answers the fields of Query and Mutation, an error of its is an error."""

    def root(_: Any, info: Any, **arguments: Any) -> Any:
        node: FieldNode = info.field_nodes[0]
        field = Field(node.name.value, arguments, headers or {}, claims)
        result = json.loads(
            json.dumps(resolve(field, deployment.config, deployment.ports, deployment.clock.monotonic() + 27))
        )
        if "error" in result:
            raise RuntimeError(json.dumps(result["error"]))
        return result["data"]

    schema = GraphQLSchema(query=SCHEMA.query_type, mutation=SCHEMA.mutation_type)
    for kind in (schema.query_type, schema.mutation_type):
        assert kind is not None
        for field in kind.fields.values():
            field.resolve = root
    done = graphql_sync(schema, query, variable_values=variables)
    if done.errors:
        assert done.data is None
        return {"error": json.loads(done.errors[0].message)}
    assert done.data is not None
    return done.data


def ask(deployment: Deployment, content: str, **more: Any) -> dict[str, Any]:
    given = {"messages": [{"role": "USER", "content": content}], **more.pop("input", {})}
    result = execute(deployment, ASK, {"input": given}, **more)
    return result.get("ask", result)


def test_the_schema_is_valid() -> None:
    assert validate_schema(SCHEMA) == []


def test_an_answer_has_every_field_of_the_schema() -> None:
    deployment = Deployment()
    answer = ask(deployment, "laptop")
    rest = json.loads(deployment.ask("laptop").body)
    assert answer["text"] == rest["choices"][0]["message"]["content"]
    assert answer["finishReason"] == "STOP"
    assert answer["id"].startswith("resp_")
    assert answer["requestId"].startswith("req_")
    assert answer["guardrail"] == {"action": "NONE", "stage": None, "policies": []}
    assert answer["cache"] == {"hit": False, "kind": None, "similarity": None, "saved": None}
    assert answer["promptVersion"] == rest["prompt_version"]


def test_sources_are_those_of_the_rest_contract() -> None:
    deployment = Deployment()
    deployment.library.passages.append(Passage(TENANT, "doc-1", "a.md", "laptop loss is reported", 0.5))
    (source,) = ask(deployment, "laptop")["sources"]
    assert source == {"documentId": "doc-1", "document": "a.md", "passage": "laptop loss is reported", "score": 0.5}


def test_a_second_answer_comes_from_the_cache() -> None:
    deployment = Deployment()
    first, second = ask(deployment, "laptop"), ask(deployment, "laptop")
    assert second["cache"]["hit"]
    assert second["usage"] == {"inputTokens": 0, "outputTokens": 0, "totalTokens": 0}
    assert second["cache"]["saved"]["inputTokens"] == first["usage"]["inputTokens"]
    assert not ask(deployment, "laptop", headers={"cache-control": "no-cache"})["cache"]["hit"]


def test_an_idempotency_key_gives_the_same_answer_again() -> None:
    deployment = Deployment()
    headers = {"idempotency-key": "k", "cache-control": "no-cache"}
    assert ask(deployment, "laptop", headers=headers)["id"] == ask(deployment, "laptop", headers=headers)["id"]
    assert ask(deployment, "another", headers=headers)["error"]["code"] == "idempotency_key_reused"


def test_how_to_generate_is_handed_on() -> None:
    deployment = Deployment()
    ask(deployment, "laptop", input={"maxCompletionTokens": 7, "temperature": 0.5, "topP": 0.9, "stop": ["END"]})
    sampling = deployment.model.sampling
    assert (sampling.max_tokens, sampling.temperature, sampling.top_p, sampling.stop) == (7, 0.5, 0.9, ("END",))


@pytest.mark.parametrize(
    ("changed", "claims", "error"),
    [
        ({"maxCompletionTokens": 101}, CLAIMS, ("invalid_request_error", "invalid_value", "maxCompletionTokens")),
        ({"topP": 3.0}, CLAIMS, ("invalid_request_error", "invalid_value", "topP")),
        ({"model": "gpt-9"}, CLAIMS, ("invalid_request_error", "model_not_found", "model")),
        ({"messages": []}, CLAIMS, ("invalid_request_error", "invalid_value", "messages")),
        (
            {"messages": [{"role": "USER", "content": "x" * 20_001}]},
            CLAIMS,
            ("invalid_request_error", "request_too_large", None),
        ),
        ({}, {"sub": "u"}, ("permission_error", "tenant_missing", None)),
        ({}, {}, ("authentication_error", "invalid_token", None)),
    ],
)
def test_refusals_have_type_code_and_param(
    changed: dict[str, Any], claims: Mapping[str, object], error: tuple[str, str, str | None]
) -> None:
    refused = ask(Deployment(), "laptop", input=changed, claims=claims)["error"]
    assert (refused["type"], refused["code"], refused["param"]) == error
    assert refused["requestId"].startswith("req_")
    if error[2]:
        assert re.match(rf"{error[2]} |The model", refused["message"])


def test_a_throttled_model_says_when_to_try_again() -> None:
    failing = Failing(StepError(Cause.THROTTLED, "bedrock:InvokeModel", "ThrottlingException"))
    error = ask(Deployment(model=failing), "laptop")["error"]
    assert (error["type"], error["code"], error["retryAfterSeconds"]) == ("rate_limit_error", "rate_limit_exceeded", 2)


def test_the_guardrail_is_in_the_answer() -> None:
    answer = ask(Deployment(), "forbidden")
    assert answer["finishReason"] == "CONTENT_FILTER"
    assert answer["guardrail"] == {"action": "BLOCKED", "stage": "input", "policies": ["topic"]}


def test_the_models_that_may_be_named() -> None:
    listed = execute(Deployment(config=settings()), "{ models { id contextTokens maxInputTokens maxOutputTokens } }")
    assert [model["id"] for model in listed["models"]] == ["small", "large"]
    assert listed["models"][0] == {
        "id": "small",
        "contextTokens": 100_000,
        "maxInputTokens": 500,
        "maxOutputTokens": 100,
    }
