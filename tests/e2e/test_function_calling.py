"""Function calling with the openai SDK, unchanged: the client's own tools, by every surface."""

import json
from typing import Any

import openai
import pytest
from deployment import Deployment
from lighthouse import ORDER, SHIPPED
from sockets import answer_of, socket

pytestmark = pytest.mark.xdist_group("e2e")
PARAMETERS = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "when": {"anyOf": [{"type": "string"}, {"type": "null"}]}},
    "required": ["city"],
}
FUNCTION: dict[str, Any] = {
    "name": "pollen_count",
    "description": "Counts the pollen of grass in a city's air.",
    "parameters": PARAMETERS,
    "strict": False,
}
CHAT_TOOLS: Any = [{"type": "function", "function": FUNCTION}]
TOOLS: Any = [{"type": "function", **FUNCTION}]
QUESTION = 'How is the pollen count of grass in "Lisbon"?'
RESULT = "The pollen count of grass in Lisbon is low."


def test_chat_completions_ask_for_a_call_and_take_its_result(stack: Deployment) -> None:
    client, messages = stack.openai(), [{"role": "user", "content": QUESTION}]
    asked: Any = client.chat.completions.create(model="nova-lite", messages=messages, tools=CHAT_TOOLS)  # pyright: ignore[reportArgumentType]
    assert asked.choices[0].finish_reason == "tool_calls"
    [call] = asked.choices[0].message.tool_calls
    assert (call.function.name, json.loads(call.function.arguments)) == ("pollen_count", {"city": "Lisbon"})
    result = {"role": "tool", "tool_call_id": call.id, "content": RESULT}
    turns: Any = [*messages, asked.choices[0].message, result]
    answered: Any = client.chat.completions.create(model="nova-lite", messages=turns, tools=CHAT_TOOLS)
    assert answered.choices[0].finish_reason == "stop"
    assert RESULT in answered.choices[0].message.content
    without: Any = client.chat.completions.create(model="nova-lite", messages=turns)
    assert RESULT in without.choices[0].message.content


def test_streamed_chat_completions_ask_for_a_call(stack: Deployment) -> None:
    messages: Any = [{"role": "user", "content": QUESTION}]
    with stack.openai().chat.completions.stream(model="nova-lite", messages=messages, tools=CHAT_TOOLS) as stream:
        completion = stream.get_final_completion()
    [call] = completion.choices[0].message.tool_calls or []
    assert (call.function.name, json.loads(call.function.arguments)) == ("pollen_count", {"city": "Lisbon"})


def test_responses_ask_for_a_call_and_take_its_output(stack: Deployment) -> None:
    client = stack.openai()
    asked: Any = client.responses.create(model="nova-lite", input=QUESTION, tools=TOOLS)
    [call] = [item for item in asked.output if item.type == "function_call"]
    assert (call.name, json.loads(call.arguments)) == ("pollen_count", {"city": "Lisbon"})
    output = {"type": "function_call_output", "call_id": call.call_id, "output": RESULT}
    items: Any = [{"role": "user", "content": QUESTION}, *asked.output, output]
    answered: Any = client.responses.create(model="nova-lite", input=items, tools=TOOLS)
    assert RESULT in answered.output_text
    assert answered.tools[0].name == "pollen_count"


def test_streamed_responses_ask_for_a_call(stack: Deployment) -> None:
    with stack.openai().responses.stream(model="nova-lite", input=QUESTION, tools=TOOLS) as stream:
        kinds = [event.type for event in stream]
        response: Any = stream.get_final_response()
    assert "response.function_call_arguments.done" in kinds
    [call] = response.output
    assert json.loads(call.arguments) == {"city": "Lisbon"}


@pytest.mark.parametrize("pattern", ["async-request-response", "streaming-response", "buffered-request-response"])
def test_calls_are_asked_for_and_answered_over_the_websocket(stack: Deployment, pattern: str) -> None:
    action = stack.outputs["patterns"][pattern]["action"]
    with socket(stack) as client:
        client.ask(action, QUESTION, tools=TOOLS)
        events = client.until_final()
        [item] = [each for each in events[-1]["response"]["output"] if each["type"] == "function_call"]
        done = [event for event in events if event["type"] == "response.function_call_arguments.done"]
        assert [event["arguments"] for event in done] == [item["arguments"]]
        output = {"type": "function_call_output", "call_id": item["call_id"], "output": RESULT}
        body = {"input": [{"role": "user", "content": QUESTION}, item, output], "tools": TOOLS}
        client.send({"action": action, "request_id": f"{pattern}-output", "response": body})
        events = client.until_final()
    assert RESULT in answer_of(events[-1])


@pytest.mark.parametrize(
    ("choice", "called"),
    [
        ("none", None),
        ("required", "pollen_count"),
        ({"type": "function", "function": {"name": "pollen_count"}}, "pollen_count"),
    ],
)
def test_the_choice_of_tools_is_honoured(stack: Deployment, choice: Any, called: str | None) -> None:
    question = QUESTION if choice == "none" else "Who accompanies visitors?"
    messages: Any = [{"role": "user", "content": question}]
    completion: Any = stack.openai().chat.completions.create(
        model="nova-lite", messages=messages, tools=CHAT_TOOLS, tool_choice=choice
    )
    calls = completion.choices[0].message.tool_calls or []
    assert [call.function.name for call in calls] == ([called] if called else [])


def test_the_clients_tools_and_the_deployments_work_for_one_answer(stack: Deployment) -> None:
    completion: Any = stack.openai().chat.completions.create(
        model="nova-lite", messages=[{"role": "user", "content": ORDER}], tools=CHAT_TOOLS
    )
    assert SHIPPED in completion.choices[0].message.content


def test_a_name_of_the_deployments_is_refused(stack: Deployment) -> None:
    function = {**FUNCTION, "name": "order_status"}
    with pytest.raises(openai.BadRequestError, match="is a tool of this deployment"):
        stack.openai().responses.create(input=QUESTION, tools=[{"type": "function", **function}])  # pyright: ignore[reportArgumentType]
