"""Function calling: the client's own tools, asked for in an answer and answered in the next request."""

import json
from typing import Any

import pytest

from genai_runtime.core.request import Finish, Generation, Verdict
from tests.unit.runtime.memory import Deployment, WordGuardrail, error
from tests.unit.runtime.tool_fixtures import ScriptedModel, agent, asks, call, says

WEATHER = {
    "name": "get_weather",
    "description": "Weather of a city",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
CHAT_TOOL = {"type": "function", "function": WEATHER}
RESPONSES_TOOL = {"type": "function", **WEATHER}
USER = {"role": "user", "content": "How is the weather in Oslo?"}
OSLO = call("get_weather", city="Oslo")
BERGEN = call("get_weather", 2, city="Bergen")


def scripted(*script: Generation) -> Deployment:
    return Deployment(model=ScriptedModel(list(script)))


def chat_call(number: int = 1, arguments: str = '{"city": "Oslo"}') -> dict[str, Any]:
    function = {"name": "get_weather", "arguments": arguments}
    return {"id": f"call_{number}", "type": "function", "function": function}


def chat_turns(*contents: str) -> list[dict[str, Any]]:
    calls = [chat_call(number) for number, _ in enumerate(contents, 1)]
    results = [
        {"role": "tool", "tool_call_id": f"call_{number}", "content": text} for number, text in enumerate(contents, 1)
    ]
    return [USER, {"role": "assistant", "content": None, "tool_calls": calls}, *results]


def test_a_chat_completion_asks_for_calls():
    deployment = scripted(asks(OSLO, BERGEN))
    body = json.loads(deployment.chat({"messages": [USER], "tools": [CHAT_TOOL]}).body)
    choice = body["choices"][0]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["content"] is None
    assert choice["message"]["tool_calls"] == [chat_call(), chat_call(2, '{"city": "Bergen"}')]
    [offered] = deployment.model.prompts[0].tools
    assert (offered.name, json.loads(offered.parameters)) == ("get_weather", WEATHER["parameters"])
    assert not deployment.cache.kept


def test_a_response_asks_for_calls_in_items_of_their_own():
    deployment = scripted(asks(OSLO, text="I will look."))
    body = json.loads(deployment.responses({"input": "Oslo?", "tools": [RESPONSES_TOOL]}).body)
    message, item = body["output"]
    assert message["content"][0]["text"] == "I will look."
    assert item == {
        "id": "fc_call_1",
        "type": "function_call",
        "status": "completed",
        "call_id": "call_1",
        "name": "get_weather",
        "arguments": '{"city": "Oslo"}',
    }
    assert (body["status"], body["tool_choice"]) == ("completed", "auto")
    assert body["tools"][0]["parameters"] == WEATHER["parameters"]


def test_results_of_chat_messages_are_read_after_the_question():
    deployment = scripted(says("Rain."))
    body = json.loads(deployment.chat({"messages": chat_turns("rain", ""), "tools": [CHAT_TOOL]}).body)
    assert body["choices"][0]["message"]["content"] == "Rain."
    prompt = deployment.model.prompts[0]
    assert prompt.blocks[-1] == USER["content"]
    assert [len(turn.calls) for turn in prompt.turns] == [2, 0]
    assert [result.text for result in prompt.turns[1].results] == ["rain", "(empty)"]
    assert deployment.library.asked == [USER["content"]]
    assert not deployment.cache.kept


def test_results_of_response_items_are_read_after_the_question():
    items = [
        {"role": "user", "content": "How is the weather?"},
        {"type": "function_call", "call_id": "call_1", "name": "get_weather", "arguments": "{}", "id": "fc_1"},
        {"type": "function_call", "call_id": "call_2", "name": "get_weather", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "call_1", "output": "rain"},
        {"type": "function_call_output", "call_id": "call_2", "output": [{"type": "input_text", "text": "snow"}]},
        {"type": "function_call", "call_id": "call_3", "name": "get_weather", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "call_3", "output": "sun"},
    ]
    deployment = scripted(says("Mixed."))
    assert deployment.responses({"input": items, "tools": [RESPONSES_TOOL]}).status == 200
    turns = deployment.model.prompts[0].turns
    assert [(len(turn.calls), [result.text for result in turn.results]) for turn in turns] == [
        (2, []), (0, ["rain", "snow"]), (1, []), (0, ["sun"]),
    ]  # fmt: skip


def test_a_later_question_has_the_calls_before_it_in_its_history():
    messages = [*chat_turns("rain"), {"role": "assistant", "content": "Rain."}, {"role": "user", "content": "And now?"}]
    deployment = scripted(says("Sun."))
    deployment.chat({"messages": messages, "tools": [CHAT_TOOL]})
    prompt = deployment.model.prompts[0]
    assert [bool(each.calls or each.results) for each in prompt.history] == [False, True, True, False]
    assert (prompt.blocks[-1], prompt.turns) == ("And now?", ())


@pytest.mark.parametrize("choice", [{}, {"tools": [CHAT_TOOL], "tool_choice": "none"}])
def test_without_tools_the_results_are_told_in_the_prompt(choice: dict[str, Any]):
    deployment = scripted(says("Rain."))
    assert deployment.chat({"messages": chat_turns("rain"), **choice}).status == 200
    prompt = deployment.model.prompts[0]
    assert (prompt.tools, prompt.turns) == ((), ())
    assert prompt.blocks[-2] == '<tool_result tool="get_weather">\nrain\n</tool_result>'


def test_streams_bring_the_calls():
    chat = scripted(asks(OSLO)).chat({"messages": [USER], "tools": [CHAT_TOOL], "stream": True}).body
    chunks = [json.loads(line[6:]) for line in chat.splitlines() if line.startswith("data: {")]
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks]
    assert {"tool_calls": [{"index": 0, **chat_call()}]} in deltas
    assert chunks[-1]["choices"][0]["finish_reason"] == "tool_calls"
    body = {"input": "Oslo?", "tools": [RESPONSES_TOOL], "stream": True}
    events = scripted(asks(OSLO)).responses(body).body
    kinds = [line[7:] for line in events.splitlines() if line.startswith("event: ")]
    assert kinds == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
        "response.output_item.done",
        "response.completed",
    ]


def test_without_parallel_calls_there_is_one():
    deployment = scripted(asks(OSLO, BERGEN))
    body = {"messages": [USER], "tools": [CHAT_TOOL], "parallel_tool_calls": False}
    message = json.loads(deployment.chat(body).body)["choices"][0]["message"]
    assert [each["id"] for each in message["tool_calls"]] == ["call_1"]


@pytest.mark.parametrize(
    ("choice", "mode"),
    [
        ("auto", ("auto", "")),
        ("required", ("required", "")),
        ({"type": "function", "function": {"name": "get_weather"}}, ("required", "get_weather")),
    ],
)
def test_a_choice_is_handed_on(choice: Any, mode: tuple[str, str]):
    deployment = scripted(asks(OSLO))
    deployment.chat({"messages": [USER], "tools": [CHAT_TOOL], "tool_choice": choice})
    given = deployment.model.prompts[0].tool_choice
    assert (given.mode, given.name) == mode


def test_the_clients_tools_and_the_deployments_work_together():
    deployment = agent(asks(call(order="A-1")), asks(OSLO, call(order="A-2", number=3)), says("x"))
    body = json.loads(deployment.chat({"messages": [USER], "tools": [CHAT_TOOL]}).body)
    assert [each["id"] for each in body["choices"][0]["message"]["tool_calls"]] == ["call_1"]
    assert [made.arguments for made in deployment.tools.calls] == [{"order": "A-1"}]
    assert [tool.name for tool in deployment.model.prompts[0].tools] == ["get_weather", "order_status", "exchange_rate"]


def test_at_the_last_step_the_clients_tools_stay():
    deployment = agent(asks(call(order="A-1")), asks(OSLO), max_steps=2)
    body = json.loads(deployment.chat({"messages": [USER], "tools": [CHAT_TOOL]}).body)
    assert body["choices"][0]["finish_reason"] == "tool_calls"
    assert body["stopped"] == "max_steps"
    last = deployment.model.prompts[-1]
    assert ([tool.name for tool in last.tools], last.turns) == (["get_weather"], ())
    assert any("shipped on Monday" in block for block in last.blocks)


@pytest.mark.parametrize(
    ("where", "change"),
    [
        ("description", {"tools": [{"type": "function", "function": {**WEATHER, "description": "a forbidden thing"}}]}),
        ("arguments", {"messages": [USER, {"role": "assistant", "tool_calls": [chat_call(1, '{"a": "forbidden"}')]},
                                    {"role": "tool", "tool_call_id": "call_1", "content": "x"}]}),
        ("result", {"messages": chat_turns("a forbidden thing")}),
    ],
)  # fmt: skip
def test_the_guardrail_judges_what_the_client_says_of_tools(where: str, change: dict[str, Any]):
    deployment = scripted(says("x"))
    body = json.loads(deployment.chat({"messages": [USER], "tools": [CHAT_TOOL], **change}).body)
    assert body["guardrail"]["action"] == "blocked", where
    assert not deployment.model.called


def test_masked_results_and_arguments_are_all_that_the_model_reads():
    messages = chat_turns("the code is secret-1234")
    messages[1]["tool_calls"] = [chat_call(1, '{"code": "secret-1234"}')]
    deployment = scripted(says("x"))
    deployment.chat({"messages": messages, "tools": [CHAT_TOOL]})
    assert "secret-1234" not in repr(deployment.model.prompts)
    assert deployment.model.prompts[0].turns[0].calls[0].arguments == '{"code": "{SECRET}"}'


class Breaking(WordGuardrail):
    """Masks so that JSON breaks."""

    def check_input(self, texts: Any, images: Any = ()) -> Verdict:
        assert images == ()
        return Verdict("masked", tuple(text.replace('"', "") for text in texts), ("sensitive_information",))

    def check_output(self, answer: str, question: str, passages: Any) -> Verdict:
        assert question
        assert passages == ()
        return Verdict("masked", (answer.replace('"', ""),), ("sensitive_information",))


def test_what_masking_breaks_is_refused_or_not_shown():
    deployment = scripted(says("x"))
    deployment.guardrail = Breaking()
    response = deployment.chat({"messages": [USER], "tools": [CHAT_TOOL]})
    assert (response.status, error(response)["param"]) == (400, "tools")
    deployment = scripted(asks(OSLO))
    deployment.guardrail = Breaking()
    deployment.guardrail.check_input = WordGuardrail().check_input
    body = json.loads(deployment.chat({"messages": [USER], "tools": [CHAT_TOOL]}).body)
    assert body["choices"][0]["finish_reason"] == "content_filter"
    assert "Oslo" not in json.dumps(body)


@pytest.mark.parametrize(
    ("city", "finish", "action"),
    [
        ("forbidden", "content_filter", "blocked"),
        ("secret-1234", "tool_calls", "masked"),
        ("Oslo", "tool_calls", "none"),
    ],
)
def test_the_guardrail_judges_the_arguments_that_the_client_gets(city: str, finish: str, action: str):
    deployment = scripted(asks(call("get_weather", city=city)))
    response = deployment.chat({"messages": [USER], "tools": [CHAT_TOOL]})
    body = json.loads(response.body)
    assert (body["choices"][0]["finish_reason"], body["guardrail"]["action"]) == (finish, action)
    assert (city in response.body) == (city == "Oslo")


def test_a_call_that_was_cut_off_is_not_asked_for():
    deployment = scripted(Generation("", Finish.LENGTH, 10, 5, (OSLO,)))
    body = json.loads(deployment.chat({"messages": [USER], "tools": [CHAT_TOOL]}).body)
    assert body["choices"][0]["finish_reason"] == "length"
    assert "tool_calls" not in body["choices"][0]["message"]


def function(**change: Any) -> dict[str, Any]:
    return {"tools": [{"type": "function", "function": {**WEATHER, **change}}]}


def says_calls(*calls: dict[str, Any]) -> dict[str, Any]:
    return {"role": "assistant", "tool_calls": list(calls)}


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"tools": {}}, "tools"),
        ({"tools": [CHAT_TOOL] * 65}, "tools"),
        ({"tools": [CHAT_TOOL, CHAT_TOOL]}, "tools[1].function.name"),
        ({"tools": [{"type": "web_search"}]}, "tools[0].type"),
        ({"tools": [{"type": "function"}]}, "tools[0].function.name"),
        (function(name="get weather"), "tools[0].function.name"),
        (function(name="order_status"), "tools[0].function.name"),
        (function(name="x" * 65), "tools[0].function.name"),
        (function(parameters="{}"), "tools[0].function.parameters"),
        (function(parameters={"type": "array"}), "tools[0].function.parameters"),
        (function(parameters={"type": "object", "title": "x" * 16_000}), "tools[0].function.parameters"),
        (function(strict="yes"), "tools[0].function.strict"),
        (function(extra=1), "tools[0].function.extra"),
        ({"tool_choice": "any"}, "tool_choice"),
        ({"tool_choice": {"type": "allowed_tools"}}, "tool_choice.type"),
        ({"tool_choice": {"type": "function", "function": {"name": "other"}}}, "tool_choice.function.name"),
        ({"parallel_tool_calls": "no"}, "parallel_tool_calls"),
        ({"messages": [USER, {"role": "assistant", "tool_calls": [chat_call()]}]}, "messages"),
        ({"messages": [USER, {"role": "tool", "tool_call_id": "call_1", "content": "x"}]}, "messages"),
        ({"messages": [*chat_turns("x"), {"role": "tool", "tool_call_id": "call_1", "content": "x"}]}, "messages"),
        ({"messages": chat_turns("x")[1:]}, "messages"),
        ({"messages": [USER, says_calls(chat_call(1, "[]"))]}, "messages[1].tool_calls[0].function.arguments"),
        ({"messages": [USER, says_calls({**chat_call(), "id": "a b"})]}, "messages[1].tool_calls[0].id"),
    ],
)  # fmt: skip
def test_a_mistake_is_named(change: dict[str, Any], param: str):
    response = agent(says("x")).chat({"messages": [USER], **change})
    assert (response.status, error(response)["param"]) == (400, param)


def test_tools_and_their_results_count_as_input():
    long = [{"type": "function", "function": {**WEATHER, "description": "x" * 2_000}}]
    response = scripted(says("x")).chat({"messages": [USER], "tools": long})
    assert (response.status, error(response)["code"]) == (400, "context_length_exceeded")
    response = scripted(says("x")).chat({"messages": chat_turns("x" * 2_000), "tools": [CHAT_TOOL]})
    assert (response.status, error(response)["code"]) == (400, "context_length_exceeded")
