"""What the OpenAI-compatible surface takes, and how it says what it does not take."""

import json
from typing import Any

import pytest

from tests.unit.runtime.memory import Deployment, content, error

USER = {"role": "user", "content": "laptop"}
CHAT = {"messages": [USER]}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "empty_body"),
        (b" \n", "empty_body"),
        (b"{", "invalid_json"),
        (b"[]", "invalid_json"),
        (b"null", "invalid_json"),
        (b'"text"', "invalid_json"),
        (b"\xff\xfe", "invalid_json"),
        (b'{"input": NaN}', "invalid_json"),
        (b'{"input": "a"} x', "invalid_json"),
        (b"[" * 10_000, "invalid_json"),
        (b'{"temperature": ' + b"9" * 5_000 + b"}", "invalid_json"),
        (b"\xef\xbb\xbf{}", "invalid_json"),
    ],
)
@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/responses"])
def test_a_malformed_body_is_refused_in_the_error_shape(deployment: Deployment, path: str, body: bytes, code: str):
    response = deployment.send("POST", path, body)
    assert response.status == 400
    assert response.headers["content-type"] == "application/json"
    whole = json.loads(response.body)
    assert set(whole) == {"error", "request_id"}
    assert whole["request_id"] == response.headers["x-request-id"]
    assert whole["error"] | {"message": ""} == {
        "message": "",
        "type": "invalid_request_error",
        "param": None,
        "code": code,
    }


@pytest.mark.parametrize(
    ("change", "param", "code"),
    [
        ({"messages": None}, "messages", "missing_parameter"),
        ({"messages": "hello"}, "messages", "invalid_type"),
        ({"messages": {}}, "messages", "invalid_type"),
        ({"messages": []}, "messages", "invalid_value"),
        ({"messages": [None]}, "messages[0]", "invalid_type"),
        ({"messages": [[]]}, "messages[0]", "invalid_type"),
        ({"messages": [{}]}, "messages[0].role", "missing_parameter"),
        ({"messages": [{"content": "x"}]}, "messages[0].role", "invalid_value"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages[0].tool_call_id", "invalid_value"),
        ({"messages": [{"role": "function", "content": "x"}]}, "messages[0].role", "invalid_value"),
        ({"messages": [{"role": ["user"], "content": "x"}]}, "messages[0].role", "invalid_value"),
        ({"messages": [USER, {"role": "assistant", "content": "x"}]}, "messages", "invalid_value"),
        ({"messages": [{"role": "user", "content": " \n "}]}, "messages", "invalid_value"),
        ({"messages": [{"role": "user", "content": []}]}, "messages", "invalid_value"),
        ({"messages": [{"role": "user", "content": None}]}, "messages[0].content", "invalid_type"),
        ({"messages": [{"role": "user", "content": 7}]}, "messages[0].content", "invalid_type"),
        ({"messages": [{"role": "user", "content": [None]}]}, "messages[0].content[0]", "invalid_type"),
        (
            {"messages": [{"role": "user", "content": [{"text": "x"}]}]},
            "messages[0].content[0].type",
            "unsupported_value",
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "text", "text": None}]}]},
            "messages[0].content[0].text",
            "invalid_type",
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:"}}]}]},
            "messages[0].content[0].type",
            "unsupported_value",
        ),
        ({"messages": [{"role": "user", "content": "\ud800"}]}, "messages[0].content", "invalid_value"),
        ({"messages": [{"role": "user", "content": "x", "extra": 1}]}, "messages[0].extra", "unknown_parameter"),
        (
            {"messages": [{"role": "assistant", "content": "x", "tool_calls": [{}]}, USER]},
            "messages[0].tool_calls[0].function.name",
            "invalid_value",
        ),
        ({"model": 7}, "model", "invalid_type"),
        ({"stream": "yes"}, "stream", "invalid_type"),
        ({"stream": 1}, "stream", "invalid_type"),
        ({"stream_options": []}, "stream_options", "invalid_type"),
        ({"stream_options": {"include_usage": 1}}, "stream_options.include_usage", "invalid_type"),
        ({"temperature": "hot"}, "temperature", "invalid_type"),
        ({"temperature": True}, "temperature", "invalid_type"),
        ({"temperature": 1.1}, "temperature", "invalid_value"),
        ({"temperature": -0.1}, "temperature", "invalid_value"),
        ({"top_p": 2}, "top_p", "invalid_value"),
        ({"max_tokens": 0}, "max_tokens", "invalid_value"),
        ({"max_tokens": 1.5}, "max_tokens", "invalid_type"),
        ({"max_completion_tokens": -1}, "max_completion_tokens", "invalid_value"),
        ({"stop": 7}, "stop", "invalid_type"),
        ({"stop": [7]}, "stop", "invalid_type"),
        ({"stop": [""]}, "stop", "invalid_type"),
        ({"stop": list("abcde")}, "stop", "invalid_value"),
        ({"n": 2}, "n", "unsupported_parameter"),
        ({"n": True}, "n", "unsupported_parameter"),
        ({"tools": [{}]}, "tools[0].type", "unsupported_value"),
        ({"tool_choice": "required"}, "tool_choice", "invalid_value"),
        ({"functions": [{}]}, "functions", "unsupported_parameter"),
        ({"logprobs": True}, "logprobs", "unsupported_parameter"),
        ({"logit_bias": {"1": 2}}, "logit_bias", "unsupported_parameter"),
        ({"audio": {}}, "audio", "unsupported_parameter"),
        ({"modalities": ["text", "audio"]}, "modalities", "unsupported_parameter"),
        ({"frequency_penalty": 0.5}, "frequency_penalty", "unsupported_parameter"),
        ({"response_format": {"type": "json_object"}}, "response_format.type", "unsupported_value"),
        ({"response_format": "text"}, "response_format", "invalid_type"),
        ({"made_up": 1}, "made_up", "unknown_parameter"),
    ],
)
def test_a_wrong_chat_parameter_is_named(deployment: Deployment, change: dict[str, Any], param: str, code: str):
    response = deployment.chat({**CHAT, **change})
    assert response.status == 400
    found = error(response)
    assert (found["param"], found["code"], found["type"]) == (param, code, "invalid_request_error")
    assert found["message"].startswith(f"{param} ")
    assert not deployment.model.called


@pytest.mark.parametrize(
    ("change", "param", "code"),
    [
        ({"input": None}, "input", "missing_parameter"),
        ({"input": 7}, "input", "invalid_type"),
        ({"input": " "}, "input", "invalid_value"),
        ({"input": []}, "input", "invalid_value"),
        ({"input": "\udfff"}, "input", "invalid_value"),
        ({"input": [{"type": "function_call_output", "output": "x"}]}, "input[0].call_id", "invalid_value"),
        ({"input": [{"type": "computer_call"}]}, "input[0].type", "unsupported_value"),
        ({"input": [{"type": "item_reference", "id": "msg_1"}]}, "input[0].type", "unsupported_value"),
        (
            {"input": [{"role": "user", "content": [{"type": "input_image", "image_url": "x"}]}]},
            "input[0].content[0].type",
            "unsupported_value",
        ),
        ({"instructions": 7}, "instructions", "invalid_type"),
        ({"background": True}, "background", "unsupported_parameter"),
        ({"previous_response_id": "resp_1"}, "previous_response_id", "unsupported_parameter"),
        ({"conversation": "conv_1"}, "conversation", "unsupported_parameter"),
        ({"prompt": {"id": "p"}}, "prompt", "unsupported_parameter"),
        ({"reasoning": {"effort": "high"}}, "reasoning", "unsupported_parameter"),
        ({"text": {"format": {"type": "json_schema"}}}, "text.format.type", "unsupported_value"),
        ({"text": {"verbosity": "low"}}, "text.verbosity", "unsupported_parameter"),
        ({"text": "x"}, "text", "invalid_type"),
        ({"truncation": "some"}, "truncation", "invalid_value"),
        ({"max_output_tokens": 101}, "max_output_tokens", "invalid_value"),
        ({"metadata": {"a": 1}}, "metadata.a", "invalid_type"),
        ({"metadata": {"a": "x" * 513}}, "metadata.a", "invalid_value"),
        ({"metadata": {str(i): "" for i in range(17)}}, "metadata", "invalid_value"),
        ({"messages": []}, "messages", "unknown_parameter"),
    ],
)
def test_a_wrong_responses_parameter_is_named(deployment: Deployment, change: dict[str, Any], param: str, code: str):
    response = deployment.responses({"input": "laptop", **change})
    assert response.status == 400
    found = error(response)
    assert (found["param"], found["code"]) == (param, code)
    assert not deployment.model.called


def test_every_mistake_is_reported_at_once(deployment: Deployment):
    response = deployment.chat({**CHAT, "n": 3, "temperature": "x", "stop": 1})
    found = error(response)
    assert [detail["param"] for detail in found["details"]] == ["n", "temperature", "stop"]
    assert all(detail["message"] in found["message"] for detail in found["details"])


@pytest.mark.parametrize(
    "change",
    [
        {"n": 1, "logprobs": False, "tools": [], "tool_choice": "none", "logit_bias": {}, "modalities": ["text"]},
        {"frequency_penalty": 0, "presence_penalty": 0.0, "response_format": {"type": "text"}},
        {"tools": None, "audio": None, "stop": None, "temperature": None, "stream": None, "stream_options": None},
        {"user": "u", "metadata": {"a": "b"}, "store": True, "seed": 7, "service_tier": "auto"},
        {"prompt_cache_key": "k", "safety_identifier": "s", "parallel_tool_calls": True},
        {"temperature": 0, "top_p": 1, "max_tokens": 100, "stop": ["a", "b"]},
    ],
)
def test_what_asks_for_nothing_special_is_accepted(deployment: Deployment, change: dict[str, Any]):
    assert deployment.chat({**CHAT, **change}).status == 200


def test_sampling_reaches_the_model(deployment: Deployment):
    deployment.chat({**CHAT, "temperature": 0, "top_p": 0.5, "max_completion_tokens": 5, "max_tokens": 9, "stop": "x"})
    sampling = deployment.model.sampling
    assert (sampling.temperature, sampling.top_p, sampling.max_tokens, sampling.stop) == (0, 0.5, 5, ("x",))


def test_an_answer_can_be_sent_back_as_history(deployment: Deployment):
    message = json.loads(deployment.chat(CHAT).body)["choices"][0]["message"]
    echoed = {**message, "tool_calls": None, "function_call": None, "audio": None}
    assert deployment.chat({"messages": [USER, echoed, USER]}).status == 200
    item = json.loads(deployment.responses({"input": "laptop"}).body)["output"][0]
    assert deployment.responses({"input": [USER, item, USER]}).status == 200
    assert [message.role for message in deployment.model.prompts[-1].history] == ["user", "assistant"]


def test_instructions_come_from_system_and_developer_messages_and_from_their_own_parameter(deployment: Deployment):
    items = [
        {"role": "developer", "content": [{"type": "input_text", "text": "Two."}]},
        {"type": "message", "role": "system", "content": "Three."},
        {"role": "user", "content": [{"type": "input_text", "text": "a"}, {"type": "input_text", "text": "b"}]},
    ]
    deployment.responses({"instructions": "One.", "input": items})
    prompt = deployment.model.prompts[0]
    assert prompt.system.endswith("One.\n\nTwo.\n\nThree.")
    assert prompt.blocks[-1] == "a\nb"


@pytest.mark.parametrize(
    "text", ["日本語 👩🏽‍🚀 e\u0301", "\u2028\u2029\x85\x00", "a\r\nb\t", "{{question}}</passage>", '"\\']
)
def test_any_text_goes_through_unchanged(deployment: Deployment, text: str):
    assert content(deployment.ask(f"laptop {text}")) == f"You asked: laptop {text}"


@pytest.mark.parametrize("value", ["unknown", "", "us.small-v1:0", "Small"])
def test_a_model_that_is_not_on_the_allow_list_is_not_found(deployment: Deployment, value: str):
    response = deployment.chat({**CHAT, "model": value})
    assert response.status == 404
    assert (error(response)["code"], error(response)["param"]) == ("model_not_found", "model")
    assert "use one of small, large" in error(response)["message"]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/", 404, "unknown_url"),
        ("GET", "/v1", 404, "unknown_url"),
        ("POST", "/v1/completions", 404, "unknown_url"),
        ("POST", "/v2/responses", 404, "unknown_url"),
        ("GET", "/v1/responses", 405, "method_not_allowed"),
        ("POST", "/v1/models", 405, "method_not_allowed"),
        ("DELETE", "/v1/models/small", 405, "method_not_allowed"),
        ("GET", "/v1/models/nope", 404, "model_not_found"),
    ],
)
def test_other_paths_and_methods_are_refused(deployment: Deployment, method: str, path: str, status: int, code: str):
    response = deployment.send(method, path)
    assert (response.status, error(response)["code"]) == (status, code)


@pytest.mark.parametrize("path", ["/v1/models/small", "/v1/models/%73mall", "/v1/models/small/"])
def test_one_model_is_found_by_its_name(deployment: Deployment, path: str):
    assert json.loads(deployment.send("GET", path).body)["id"] == "small"


@pytest.mark.parametrize("path", ["/v1/models", "/v1/models/small", "/v1/responses"])
@pytest.mark.parametrize(
    ("claims", "status", "code"),
    [
        ({}, 401, "invalid_token"),
        ({"custom:tenant_id": "t"}, 401, "invalid_token"),
        ({"sub": "u"}, 403, "tenant_missing"),
        ({"sub": "u", "custom:tenant_id": ""}, 403, "tenant_missing"),
        ({"sub": "u", "custom:tenant_id": ["t"]}, 403, "tenant_missing"),
        ({"sub": "u", "custom:tenant_id": "a#b"}, 403, "tenant_missing"),
        ({"sub": "u", "custom:tenant_id": "a\n"}, 403, "tenant_missing"),
        ({"sub": "u", "custom:tenant_id": "x" * 129}, 403, "tenant_missing"),
        ({"sub": "u", "custom:tenant_id": "shared"}, 403, "tenant_missing"),
    ],
)
def test_a_caller_without_a_proper_tenant_gets_nothing(
    deployment: Deployment, path: str, claims: dict[str, object], status: int, code: str
):
    method = "POST" if path == "/v1/responses" else "GET"
    response = deployment.send(method, path, b'{"input": "laptop"}', claims=claims)
    assert (response.status, error(response)["code"]) == (status, code)
    assert not deployment.model.called


def test_the_body_cannot_name_the_tenant(deployment: Deployment):
    response = deployment.chat({**CHAT, "tenant": "other", "custom:tenant_id": "other"})
    assert response.status == 400
    deployment.chat({**CHAT, "metadata": {"custom:tenant_id": "other"}, "user": "other"})
    assert deployment.log.records[-1]["tenant"] != "other"
