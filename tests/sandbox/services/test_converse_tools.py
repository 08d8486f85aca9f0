"""Converse with several tools: several calls in one turn, calls that follow results, and what Bedrock refuses."""

from typing import Any

import pytest
from own_cloud import OwnCloud
from prompts import NOVA, text_of


@pytest.fixture
def runtime(own_cloud: OwnCloud) -> Any:
    return own_cloud.client("bedrock-runtime")


def turn(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "content": [{"text": text}]}


def spec(name: str, description: str, **properties: Any) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, "required": sorted(properties)}
    return {"toolSpec": {"name": name, "description": description, "inputSchema": {"json": schema}}}


ORDERS = spec("order_status", "Tells the delivery status of an order", order={"type": "string"})
WEATHER = spec("get_weather", "Weather forecast of a city", city={"type": "string"})
BOTH = {"tools": [ORDERS, WEATHER]}
QUESTION = turn("user", 'What is the delivery status of order "A-1" and what is the weather forecast for "Lisbon"?')


def uses(answer: Any) -> list[dict[str, Any]]:
    return [block["toolUse"] for block in answer["output"]["message"]["content"] if "toolUse" in block]


def result(use: Any, text: str, **more: Any) -> dict[str, Any]:
    return {"toolResult": {"toolUseId": use["toolUseId"], "content": [{"text": text}], **more}}


def answered(runtime: Any, called: Any, *results: dict[str, Any]) -> Any:
    turns = [QUESTION, called["output"]["message"], {"role": "user", "content": list(results)}]
    return runtime.converse(modelId=NOVA, messages=turns, toolConfig=BOTH)


def test_each_clause_of_a_question_calls_its_tool_in_the_same_turn(runtime: Any):
    called = runtime.converse(modelId=NOVA, messages=[QUESTION], toolConfig=BOTH)
    assert called["stopReason"] == "tool_use"
    found = uses(called)
    assert [(use["name"], use["input"]) for use in found] == [
        ("order_status", {"order": "A-1"}),
        ("get_weather", {"city": "Lisbon"}),
    ]
    assert found[0]["toolUseId"] != found[1]["toolUseId"]
    told = [result(found[0], "The delivery status of order A-1 is shipped."), result(found[1], "Lisbon is sunny.")]
    last = answered(runtime, called, *told)
    assert (last["stopReason"], "shipped" in text_of(last)) == ("end_turn", True)


def test_the_same_tool_is_called_twice_with_what_each_clause_names(runtime: Any):
    twice = turn("user", 'Delivery status of order "A-1"? Delivery status of order "A-2"?')
    called = runtime.converse(modelId=NOVA, messages=[twice], toolConfig=BOTH)
    assert [use["input"]["order"] for use in uses(called)] == ["A-1", "A-2"]


def test_several_calls_are_streamed_in_blocks_of_their_own(runtime: Any):
    events = list(runtime.converse_stream(modelId=NOVA, messages=[QUESTION], toolConfig=BOTH)["stream"])
    starts = [event["contentBlockStart"] for event in events if "contentBlockStart" in event]
    assert [start["contentBlockIndex"] for start in starts] == [0, 1]
    assert [start["start"]["toolUse"]["name"] for start in starts] == ["order_status", "get_weather"]
    stops = [event["contentBlockStop"]["contentBlockIndex"] for event in events if "contentBlockStop" in event]
    assert stops == [0, 1]


def test_a_tool_that_a_result_names_is_called_next_unless_the_result_is_an_error(runtime: Any):
    called = runtime.converse(modelId=NOVA, messages=[QUESTION], toolConfig=BOTH)
    first, second = uses(called)
    ordinary = result(second, "Sunny.")
    again = answered(runtime, called, result(first, 'Not here: call order_status with "B-7".'), ordinary)
    assert [(use["name"], use["input"]) for use in uses(again)] == [("order_status", {"order": "B-7"})]
    failed = answered(runtime, called, result(first, "order_status failed", status="error"), ordinary)
    assert failed["stopReason"] == "end_turn"


def test_every_call_needs_its_result_and_every_result_its_call(runtime: Any):
    called = runtime.converse(modelId=NOVA, messages=[QUESTION], toolConfig=BOTH)
    first, second = uses(called)
    refused = runtime.exceptions.ValidationException
    with pytest.raises(refused, match=rf"Expected toolResult blocks at messages\.2\.content .* {second['toolUseId']}"):
        answered(runtime, called, result(first, "Shipped."))
    with pytest.raises(refused, match=r"Expected toolResult blocks at messages\.2\.content"):
        runtime.converse(modelId=NOVA, messages=[QUESTION, called["output"]["message"]], toolConfig=BOTH)
    other = {"toolUseId": "tooluse_other"}
    with pytest.raises(refused, match="exceeds the number of toolUse blocks of previous turn"):
        answered(runtime, called, result(first, "x"), result(second, "x"), result(other, "x"))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"content": [], "status": "error"}, "cannot be empty when status value is error"),
        ({"content": [{"text": " "}]}, "is blank"),
    ],
)
def test_a_result_says_something(runtime: Any, change: dict[str, Any], told: str):
    called = runtime.converse(modelId=NOVA, messages=[QUESTION], toolConfig=BOTH)
    first, second = uses(called)
    wrong = {"toolResult": {"toolUseId": first["toolUseId"], **change}}
    with pytest.raises(runtime.exceptions.ValidationException, match=told):
        answered(runtime, called, wrong, result(second, "x"))


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"tools": [ORDERS, ORDERS]}, r"order_status is already defined at toolConfig\.tools\.0"),
        ({"tools": [ORDERS], "toolChoice": {"tool": {"name": "other"}}}, r"other .* is none of toolConfig\.tools"),
    ],
)
def test_tools_have_names_of_their_own(runtime: Any, config: dict[str, Any], told: str):
    with pytest.raises(runtime.exceptions.ValidationException, match=told):
        runtime.converse(modelId=NOVA, messages=[QUESTION], toolConfig=config)
