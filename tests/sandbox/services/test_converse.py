"""Converse and ConverseStream: answers, limits, refusals, tools, faults."""

import itertools
import time
import urllib.error
from typing import Any

import pytest
from botocore.exceptions import ClientError, EventStreamError
from own_cloud import OwnCloud
from prompts import NOVA, asking, streamed, text_of


@pytest.fixture
def runtime(own_cloud: OwnCloud) -> Any:
    return own_cloud.client("bedrock-runtime")


def test_answers_from_the_passages_and_says_so(runtime: Any):
    answer = runtime.converse(**asking("When are refunds paid?"))
    assert text_of(answer) == "According to the passages given: Refunds are paid within 30 days."
    assert answer["stopReason"] == "end_turn"
    usage = answer["usage"]
    assert usage["inputTokens"] > 20
    assert usage["totalTokens"] == usage["inputTokens"] + usage["outputTokens"]
    assert answer["metrics"]["latencyMs"] >= 0


def test_the_same_request_gets_the_same_answer(runtime: Any):
    first, second = (runtime.converse(**asking("What does express shipping cost?")) for _ in range(2))
    assert (first["output"], first["usage"]) == (second["output"], second["usage"])


def test_says_that_it_does_not_know(runtime: Any):
    assert "do not know" in text_of(runtime.converse(**asking("Who wrote Hamlet?")))


def test_the_stream_says_what_the_answer_says(runtime: Any):
    request = asking("When are refunds paid?")
    events = list(runtime.converse_stream(**request)["stream"])
    kinds = [next(iter(event)) for event in events]
    assert kinds[0] == "messageStart"
    assert kinds[-3:] == ["contentBlockStop", "messageStop", "metadata"]
    assert kinds.count("contentBlockDelta") > 3
    whole = runtime.converse(**request)
    assert streamed(events) == text_of(whole)
    assert events[-2]["messageStop"]["stopReason"] == "end_turn"
    assert events[-1]["metadata"]["usage"] == whole["usage"]


@pytest.mark.parametrize(
    ("config", "reason", "text"),
    [
        ({"maxTokens": 3}, "max_tokens", "According to"),
        ({"stopSequences": ["given"]}, "stop_sequence", "According to the passages "),
    ],
)
def test_limits_of_the_answer(runtime: Any, config: dict[str, Any], reason: str, text: str):
    answer = runtime.converse(**asking("When are refunds paid?", inferenceConfig=config))
    assert answer["stopReason"] == reason
    assert text_of(answer).strip() == text.strip()
    assert answer["usage"]["outputTokens"] <= config.get("maxTokens", 100)


@pytest.mark.parametrize(
    ("model", "told"),
    [
        ("no.such-model", "The provided model identifier is invalid."),
        (
            "anthropic.claude-sonnet-4-5-20250929-v1:0",
            "with on-demand throughput isn\u2019t supported. Retry your request",
        ),
        ("eu.amazon.nova-lite-v1:0", "The provided model identifier is invalid."),
        ("amazon.titan-embed-text-v2:0", "This action doesn't support the model that you provided."),
        ("arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v9:0", "model identifier is invalid"),
    ],
)
def test_models_that_cannot_be_called(runtime: Any, model: str, told: str):
    with pytest.raises(runtime.exceptions.ValidationException, match=told):
        runtime.converse(**asking("x", model=model))


@pytest.mark.parametrize("model", ["amazon.nova-lite-v1:0", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", NOVA])
def test_models_that_can_be_called(runtime: Any, model: str):
    assert "30 days" in text_of(runtime.converse(**asking("When are refunds paid?", model=model)))


def turn(role: str, *texts: str) -> dict[str, Any]:
    return {"role": role, "content": [{"text": text} for text in texts]}


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        ({"messages": []}, "must start with a user message"),
        ({"messages": [turn("assistant", "hi")]}, "must start with a user message"),
        ({"messages": [turn("user", "a"), turn("user", "b")]}, "must alternate between user and assistant"),
        ({"messages": [turn("user", "  ")]}, "messages.0.content.0 is blank"),
        ({"messages": [turn("user")]}, "messages.0 is empty"),
        ({"inferenceConfig": {"maxTokens": 10001}}, "exceeds the model limit of 10000"),
        ({"inferenceConfig": {"temperature": 1.5}}, "Member must have value less than or equal to 1"),
        ({"messages": [turn("user", "word " * 300001)]}, "Input is too long for requested model"),
    ],
)
def test_wrong_requests(runtime: Any, request_: dict[str, Any], told: str):
    with pytest.raises(runtime.exceptions.ValidationException, match=told):
        runtime.converse(**{**asking("x"), **request_})


def test_the_context_limit_is_the_models_own(runtime: Any):
    long = [turn("user", "word " * 130000)]
    with pytest.raises(runtime.exceptions.ValidationException, match="too long"):
        runtime.converse(modelId="amazon.nova-micro-v1:0", messages=long)
    assert runtime.converse(modelId="amazon.nova-lite-v1:0", messages=long)["usage"]["inputTokens"] == 130000


WEATHER = {
    "tools": [
        {
            "toolSpec": {
                "name": "get_weather",
                "description": "Weather forecast of a city",
                "inputSchema": {
                    "json": {
                        "type": "object",
                        "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
                        "required": ["city"],
                    }
                },
            }
        }
    ]
}


def test_a_tool_is_called_and_its_result_used(runtime: Any):
    question = turn("user", 'What is the weather forecast for "Lisbon" in 3 days?')
    called = runtime.converse(modelId=NOVA, messages=[question], toolConfig=WEATHER)
    assert called["stopReason"] == "tool_use"
    [use] = [block["toolUse"] for block in called["output"]["message"]["content"]]
    assert (use["name"], use["input"]) == ("get_weather", {"city": "Lisbon", "days": 3})
    result = {"toolUseId": use["toolUseId"], "content": [{"text": "The weather forecast for Lisbon is sunny."}]}
    turns = [question, called["output"]["message"], {"role": "user", "content": [{"toolResult": result}]}]
    answered = runtime.converse(modelId=NOVA, messages=turns, toolConfig=WEATHER)
    assert (answered["stopReason"], "sunny" in text_of(answered)) == ("end_turn", True)


def test_a_streamed_tool_call(runtime: Any):
    question = turn("user", 'What is the weather forecast for "Lisbon"?')
    events = list(runtime.converse_stream(modelId=NOVA, messages=[question], toolConfig=WEATHER)["stream"])
    assert events[1]["contentBlockStart"]["start"]["toolUse"]["name"] == "get_weather"
    assert events[2]["contentBlockDelta"]["delta"]["toolUse"]["input"] == '{"city": "Lisbon"}'
    assert events[-2]["messageStop"]["stopReason"] == "tool_use"


def test_tool_results_need_a_tool_config(runtime: Any):
    result = {"toolResult": {"toolUseId": "t", "content": [{"text": "x"}]}}
    with pytest.raises(runtime.exceptions.ValidationException, match="toolConfig field must be defined"):
        runtime.converse(modelId=NOVA, messages=[{"role": "user", "content": [result]}])


def test_documents_are_read(runtime: Any):
    content = [
        {"document": {"format": "md", "name": "rules", "source": {"bytes": b"# Rules\nThe gate closes at nine."}}},
        {"text": "When does the gate close?"},
    ]
    answer = runtime.converse(modelId=NOVA, messages=[{"role": "user", "content": content}])
    assert text_of(answer) == "According to the passages given: The gate closes at nine."


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("throttle", "ThrottlingException"),
        ("unavailable", "ServiceUnavailableException"),
        ("error", "InternalServerException"),
        ("fail_mid_stream", "ModelErrorException"),
    ],
)
def test_faults_happen_as_often_as_set(own_cloud: OwnCloud, runtime: Any, kind: str, code: str):
    own_cloud.fault(target=NOVA, kind=kind, times=2)
    for _ in range(2):
        with pytest.raises(ClientError) as refused:
            runtime.converse(**asking("x"))
        assert refused.value.response["Error"]["Code"] == code
    assert runtime.converse(**asking("x"))


def test_a_fault_of_one_model_leaves_the_others(own_cloud: OwnCloud, runtime: Any):
    own_cloud.fault(target="amazon.nova-micro-v1:0", kind="throttle")
    assert runtime.converse(**asking("x"))
    with pytest.raises(runtime.exceptions.ThrottlingException):
        runtime.converse(**asking("x", model="us.amazon.nova-micro-v1:0"))


def test_a_stream_that_breaks_off(own_cloud: OwnCloud, runtime: Any):
    own_cloud.fault(target=NOVA, kind="fail_mid_stream", after_parts=2)
    stream, seen = runtime.converse_stream(**asking("When are refunds paid?"))["stream"], list[dict[str, Any]]()
    with pytest.raises(EventStreamError, match="modelStreamErrorException"):
        seen.extend(stream)
    own_cloud.fault(target=NOVA, kind="fail_mid_stream", after_parts=2)
    events: list[dict[str, Any]] = []
    with pytest.raises(EventStreamError):
        for each in runtime.converse_stream(**asking("When are refunds paid?"))["stream"]:
            events.append(each)
    assert streamed(events) == "According to"


def test_a_slow_stream_comes_part_by_part(own_cloud: OwnCloud, runtime: Any):
    own_cloud.fault(target=NOVA, kind="slow_stream", delay_seconds=0.1)
    moments = [time.monotonic() for _ in runtime.converse_stream(**asking("When are refunds paid?"))["stream"]]
    assert moments[-1] - moments[0] > 0.3
    assert max(b - a for a, b in itertools.pairwise(moments)) < (moments[-1] - moments[0]) / 2
    own_cloud.fault(target=NOVA, kind="slow_stream", delay_seconds=0.1)
    assert runtime.converse(**asking("When are refunds paid?"))["stopReason"] == "end_turn"


def test_count_tokens_is_what_converse_counts(runtime: Any):
    request = asking("When are refunds paid?")
    counted = runtime.count_tokens(modelId=request["modelId"], input={"converse": {"messages": request["messages"]}})
    assert counted["inputTokens"] == runtime.converse(**request)["usage"]["inputTokens"]


def test_a_model_can_be_made_to_say_what_no_source_says(own_cloud: OwnCloud, runtime: Any):
    said = "Refunds are paid in cheese, within a year."
    own_cloud.fault(target=NOVA, kind="say", text=said, times=2)
    assert text_of(runtime.converse(**asking("When are refunds paid?"))) == said
    assert streamed(list(runtime.converse_stream(**asking("When are refunds paid?"))["stream"])) == said
    assert "30 days" in text_of(runtime.converse(**asking("When are refunds paid?")))


@pytest.mark.parametrize("fault", [{"kind": "say"}, {"kind": "say", "text": 3}, {"kind": "throttle", "text": "a"}])
def test_what_a_model_says_belongs_to_its_kind_of_fault(own_cloud: OwnCloud, fault: dict[str, Any]):
    with pytest.raises(urllib.error.HTTPError):
        own_cloud.fault(target=NOVA, **fault)
