"""The function of the GraphQL API as it is deployed: AppSync's events."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.unit.runtime.aws_fixtures import Context, deployed
from tests.unit.runtime.memory import TENANT

MODULE = "genai_runtime.aws.graphql"
Handler = Callable[..., dict[str, Any]]


@pytest.fixture
def handler(
    credentials: None,  # noqa: ARG001  # a fixture, for its effect
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Handler]:
    with deployed(MODULE, monkeypatch, answers=1) as made:
        yield made


def event(field: str, arguments: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The context of a field, as in AppSync's "Resolver context object reference"."""
    claims = {"sub": "user-1", "custom:tenant_id": TENANT, "exp": 1795392000, "email_verified": True}
    return {
        "arguments": arguments,
        "identity": {"claims": claims, "issuer": "https://login.example.com", "sub": "user-1"},
        "source": None,
        "request": {"headers": {"X-Forwarded-For": "192.0.2.1", "idempotency-key": None}, "domainName": None},
        "prev": None,
        "info": {"fieldName": field, "parentTypeName": "Mutation", "variables": {}, "selectionSetList": ["text"]},
        "stash": {},
        **changes,
    }


ASK = {"input": {"messages": [{"role": "USER", "content": "日本語 laptop"}]}}


def test_an_event_is_answered(handler: Handler) -> None:
    result = handler(event("ask", ASK), Context())
    assert result["data"]["text"] == "Because."
    json.dumps(result)


def test_the_models_are_listed(handler: Handler) -> None:
    assert [each["id"] for each in handler(event("models", {}), Context())["data"]] == ["small", "large"]


def test_a_repeated_key_gets_the_same_answer(handler: Handler) -> None:
    request = {"headers": {"Idempotency-Key": "k"}}
    first, second = (handler(event("ask", ASK, request=request), Context()) for _ in range(2))
    assert first["data"]["id"] == second["data"]["id"]


@pytest.mark.parametrize("identity", [None, {}, {"claims": {}}])
def test_an_event_without_claims_is_refused(handler: Handler, identity: dict[str, Any] | None) -> None:
    assert handler(event("ask", ASK, identity=identity), Context())["error"]["code"] == "invalid_token"


def test_an_invocation_with_no_time_left_calls_no_model(handler: Handler) -> None:
    assert handler(event("ask", ASK), Context(seconds=1))["error"]["code"] == "service_unavailable"
