import json

import pytest

from genai_runtime.core.tokens import estimated_tokens
from tests.unit.runtime.memory import Deployment, error


@pytest.mark.parametrize(
    ("text", "tokens"),
    [("", 0), ("a", 1), ("abcd", 1), ("abcde", 2), ("é", 1), ("日本語", 3), ("abcd日", 2), ("👩🏽‍🚀", 4)],
)
def test_tokens_are_estimated_on_the_safe_side(text: str, tokens: int):
    assert estimated_tokens(text) == tokens


def turns(*texts: str) -> list[dict[str, str]]:
    return [{"role": ("user", "assistant")[i % 2], "content": text} for i, text in enumerate(texts)]


def test_the_oldest_messages_are_left_out_when_there_is_too_much(deployment: Deployment):
    long = "x" * 4 * 499
    response = deployment.chat({"messages": turns(f"one {long}", "two", "three", "four", "five")})
    assert json.loads(response.body)["trimmed_messages"] == 2
    assert [message.text for message in deployment.model.prompts[0].history] == ["three", "four"]


def test_the_history_starts_with_a_user(deployment: Deployment):
    messages = [{"role": "assistant", "content": "How can I help?"}, {"role": "user", "content": "laptop"}]
    response = deployment.chat({"messages": messages})
    assert response.status == 200
    assert deployment.model.prompts[0].history == ()
    assert json.loads(response.body)["trimmed_messages"] == 1


def test_what_fits_exactly_is_kept_whole(deployment: Deployment):
    response = deployment.chat({"messages": turns("x" * 4 * 249, "", "x" * 4 * 251)})
    assert json.loads(response.body)["trimmed_messages"] == 0


def test_a_question_that_is_too_long_is_refused_with_the_limit(deployment: Deployment):
    response = deployment.ask("x" * 4 * 501)
    assert response.status == 400
    found = error(response)
    assert found["code"] == "context_length_exceeded"
    assert found["param"] == "messages"
    assert "501 tokens; the limit is 500" in found["message"]
    assert not deployment.guardrail.judged


def test_instructions_count_too(deployment: Deployment):
    response = deployment.responses({"instructions": "x" * 4 * 300, "input": "x" * 4 * 201})
    assert (error(response)["code"], error(response)["param"]) == ("context_length_exceeded", "input")


def test_truncation_disabled_refuses_where_it_would_trim(deployment: Deployment):
    items = turns("x" * 4 * 300, "two", "x" * 4 * 300)
    assert deployment.responses({"input": items}).status == 200
    response = deployment.responses({"input": items, "truncation": "disabled"})
    assert "The input has about 601 tokens" in error(response)["message"]


def test_a_body_that_is_too_large_is_refused_with_size_and_limit(deployment: Deployment):
    response = deployment.send("POST", "/v1/responses", b" " * 20_001)
    assert response.status == 413
    assert error(response)["code"] == "request_too_large"
    assert "20001 bytes; the limit is 20000 bytes" in error(response)["message"]


def test_too_many_messages_are_refused_with_the_limit(deployment: Deployment):
    for response in (
        deployment.chat({"messages": turns(*"abcdefghi")}),
        deployment.responses({"input": turns(*"abcdefghi")}),
    ):
        assert response.status == 400
        assert "limit is 8" in error(response)["message"]


def test_more_output_than_the_limit_is_refused_with_the_limit(deployment: Deployment):
    response = deployment.chat({"messages": turns("laptop"), "max_tokens": 101})
    assert error(response)["param"] == "max_tokens"
    assert "it must be from 1 to 100" in error(response)["message"]
