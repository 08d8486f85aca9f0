"""Calls of the client's tools across requests that go on from each other, on moto's tables."""

from typing import Any

import pytest

from tests.unit.runtime.conversation_fixtures import Desk, body_of, error_of
from tests.unit.runtime.test_client_tools import RESPONSES_TOOL
from tests.unit.runtime.tool_fixtures import ScriptedModel, asks, call, says

OSLO = call("get_weather", city="Oslo")
STATES = pytest.mark.parametrize("by", ["previous_response_id", "conversation"])


def result(text: str, call_id: str = "call_1") -> dict[str, Any]:
    return {"type": "function_call_output", "call_id": call_id, "output": text}


def state(desk: Desk, by: str) -> dict[str, Any]:
    return {"conversation": desk.conversation()} if by == "conversation" else {}


def after(made: dict[str, Any], more: dict[str, Any], by: str) -> dict[str, Any]:
    return more if by == "conversation" else {by: made["id"]}


@STATES
def test_a_result_is_sent_alone_after_the_answer_that_asked_for_it(desk: Desk, by: str):
    desk.deployment.model = model = ScriptedModel([asks(OSLO, text="I will look."), says("It snows."), says("Yes.")])
    more = state(desk, by)
    asked = desk.made({"input": "Oslo?", "tools": [RESPONSES_TOOL], **more})
    assert [item["type"] for item in asked["output"]] == ["message", "function_call"]
    answered = desk.made({"input": [result("snow")], "tools": [RESPONSES_TOOL], **after(asked, more, by)})
    assert answered["output"][0]["content"][0]["text"] == "It snows."
    calls, results = model.prompts[-1].turns
    assert (calls.text, calls.calls[0].id, results.results[0].text) == ("I will look.", "call_1", "snow")
    desk.made({"input": "Sure?", "tools": [RESPONSES_TOOL], **after(answered, more, by)})
    history = model.prompts[-1].history
    assert [(each.role, each.text, len(each.calls), len(each.results)) for each in history] == [
        ("user", "Oslo?", 0, 0),
        ("assistant", "I will look.", 1, 0),
        ("user", "", 0, 1),
        ("assistant", "It snows.", 0, 0),
    ]


@STATES
def test_a_call_without_its_result_is_refused_and_so_is_a_result_without_its_call(desk: Desk, by: str):
    desk.deployment.model = ScriptedModel([asks(OSLO)])
    more = state(desk, by)
    asked = desk.made({"input": "Oslo?", "tools": [RESPONSES_TOOL], **more})
    for sent in ("And Bergen?", [result("snow", "call_9")]):
        refused = desk.respond({"input": sent, "tools": [RESPONSES_TOOL], **after(asked, more, by)})
        assert refused.status == 400, refused.body
        assert "call_1" in refused.body


def test_mistakes_are_named_by_their_place_in_the_request(desk: Desk):
    first = desk.made("one")
    sent = [{"role": "user", "content": "two"}, {"role": "critic", "content": "three"}]
    refused = desk.respond({"input": sent, "previous_response_id": first["id"]})
    assert error_of(refused) == (400, "invalid_value")
    assert "input[1].role" in refused.body


def test_calls_and_results_are_items_of_their_conversation(desk: Desk):
    desk.deployment.model = ScriptedModel([asks(OSLO), says("It snows.")])
    conversation = desk.conversation()
    desk.made({"input": "Oslo?", "tools": [RESPONSES_TOOL], "conversation": conversation})
    desk.made({"input": [result("secret-1234")], "tools": [RESPONSES_TOOL], "conversation": conversation})
    path = f"/v1/conversations/{conversation}/items"
    items = body_of(desk.send("GET", path, query={"order": "asc"}))["data"]
    assert [item["type"] for item in items] == ["message", "function_call", "function_call_output", "message"]
    assert items[2]["output"] == "{SECRET}"
    called = items[1]["id"]
    assert body_of(desk.send("GET", f"{path}/{called}")) == items[1]
    assert body_of(desk.send("GET", path, query={"order": "asc", "after": called}))["data"] == items[2:]
    for item in items:
        assert desk.send("DELETE", f"{path}/{item['id']}").status == 200
    assert desk.said(conversation) == []


def test_items_that_a_client_adds_may_be_calls_and_results(desk: Desk):
    sent = [
        {"role": "user", "content": "Oslo?"},
        {"type": "function_call", "call_id": "call_1", "name": "get_weather", "arguments": "{}"},
        result("snow"),
    ]
    conversation = desk.conversation(items=sent)
    desk.made({"input": "And now?", "tools": [RESPONSES_TOOL], "conversation": conversation})
    history = desk.deployment.model.prompts[-1].history
    assert [(each.role, len(each.calls), len(each.results)) for each in history] == [
        ("user", 0, 0),
        ("assistant", 1, 0),
        ("user", 0, 1),
    ]
