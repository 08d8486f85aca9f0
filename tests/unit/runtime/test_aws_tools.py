"""Tools on AWS: what Converse is sent and answers, and the functions that are called; the stubber checks every call."""

import io
import json
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.response import StreamingBody

from genai_runtime.aws import tools as aws_tools
from genai_runtime.aws.model import BedrockModel
from genai_runtime.aws.tools import LambdaTools, lambda_tools
from genai_runtime.core.agent.definitions import read_definitions
from genai_runtime.core.errors import Cause, StepError
from genai_runtime.core.ports import Invocation
from genai_runtime.core.request import Finish, Message, Prompt, Sampling
from genai_runtime.core.settings_reader import ConfigError
from genai_runtime.core.tools import Tool, ToolCall, ToolChoice, ToolResult
from tests.unit.runtime.aws_fixtures import stub
from tests.unit.runtime.memory import TENANT, settings
from tests.unit.runtime.tool_fixtures import AGENT, ORDER_SCHEMA

pytestmark = pytest.mark.usefixtures("credentials")

WEATHER = Tool("get_weather", "Weather", '{"type": "object", "properties": {}}')
SPEC = {"name": "get_weather", "description": "Weather", "inputSchema": {"json": {"type": "object", "properties": {}}}}


def asked(**changes: Any) -> Any:
    prompt = replace(Prompt("", (), ("Why?",), tools=(WEATHER,)), **changes)
    return BedrockModel().generate("us.model-v1:0", prompt, Sampling(100), {}, 24.3)


def answer(stop: str, *content: dict[str, Any]) -> dict[str, Any]:
    return {
        "output": {"message": {"role": "assistant", "content": list(content)}},
        "stopReason": stop,
        "usage": {"inputTokens": 11, "outputTokens": 7, "totalTokens": 18},
        "metrics": {"latencyMs": 1},
    }


def sent(**more: Any) -> dict[str, Any]:
    return {
        "modelId": "us.model-v1:0",
        "messages": [{"role": "user", "content": [{"text": "Why?"}]}],
        "inferenceConfig": {"maxTokens": 100},
        "requestMetadata": {},
        "toolConfig": {"tools": [{"toolSpec": SPEC}]},
        **more,
    }


def test_calls_are_read_with_their_arguments_as_json():
    bedrock = stub("bedrock-runtime", 25, 1)
    uses = [{"toolUse": {"toolUseId": f"t{n}", "name": "get_weather", "input": {"city": "Malmö"}}} for n in (1, 2)]
    bedrock.add_response("converse", answer("tool_use", {"text": "Wait."}, *uses), sent())
    found = asked()
    assert (found.text, found.finish) == ("Wait.", Finish.TOOL_CALLS)
    assert [(call.id, call.arguments) for call in found.calls] == [
        ("t1", '{"city": "Malmö"}'),
        ("t2", '{"city": "Malmö"}'),
    ]


def test_a_call_that_was_cut_off_is_none():
    bedrock = stub("bedrock-runtime", 25, 1)
    use = {"toolUse": {"toolUseId": "t1", "name": "get_weather", "input": {}}}
    bedrock.add_response("converse", answer("max_tokens", use))
    found = asked()
    assert (found.finish, found.calls) == (Finish.LENGTH, ())


@pytest.mark.parametrize(
    ("choice", "config"),
    [
        (ToolChoice(), {}),
        (ToolChoice("required"), {"toolChoice": {"any": {}}}),
        (ToolChoice("required", "get_weather"), {"toolChoice": {"tool": {"name": "get_weather"}}}),
    ],
)
def test_a_choice_is_sent_as_converse_has_it(choice: ToolChoice, config: dict[str, Any]):
    bedrock = stub("bedrock-runtime", 25, 1)
    told = sent(toolConfig={"tools": [{"toolSpec": SPEC}], **config})
    bedrock.add_response("converse", answer("end_turn", {"text": "x"}), told)
    asked(tool_choice=choice)


def test_calls_and_results_are_sent_in_turn_and_a_made_up_name_as_one_that_converse_reads():
    bedrock = stub("bedrock-runtime", 25, 1)
    messages = [
        {"role": "user", "content": [{"text": "Why?"}]},
        {
            "role": "assistant",
            "content": [
                {"text": "Wait."},
                {"toolUse": {"toolUseId": "t1", "name": "get_weather", "input": {"city": "Oslo"}}},
                {"toolUse": {"toolUseId": "t2", "name": "_made_up_", "input": {}}},
            ],
        },
        {
            "role": "user",
            "content": [
                {"toolResult": {"toolUseId": "t1", "content": [{"text": "Rain."}]}},
                {"toolResult": {"toolUseId": "t2", "content": [{"text": "No."}], "status": "error"}},
            ],
        },
    ]
    bedrock.add_response("converse", answer("end_turn", {"text": "x"}), sent(messages=messages))
    calls = (ToolCall("t1", "get_weather", '{"city": "Oslo"}'), ToolCall("t2", "$made up!", "{broken"))
    results = (ToolResult("t1", "Rain."), ToolResult("t2", "No.", failed=True))
    asked(turns=(Message("assistant", "Wait.", calls), Message("user", "", results=results)))


def test_results_come_before_the_question_that_follows_them():
    bedrock = stub("bedrock-runtime", 25, 1)
    use = {"toolUse": {"toolUseId": "t1", "name": "get_weather", "input": {}}}
    messages = [
        {"role": "user", "content": [{"text": "Rain?"}]},
        {"role": "assistant", "content": [use]},
        {
            "role": "user",
            "content": [{"toolResult": {"toolUseId": "t1", "content": [{"text": "Yes."}]}}, {"text": "Why?"}],
        },
    ]
    bedrock.add_response("converse", answer("end_turn", {"text": "x"}), sent(messages=messages))
    history = (
        Message("user", "Rain?"),
        Message("assistant", "", (ToolCall("t1", "get_weather", "{}"),)),
        Message("user", "", results=(ToolResult("t1", "Yes."),)),
    )
    asked(history=history)


class FakeLambda:
    """Answers `invoke` with what a function of the name says."""

    def __init__(self, **functions: Any) -> None:
        self.functions = functions
        self.events: list[dict[str, Any]] = []

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 - Lambda's names
        self.events.append(json.loads(Payload))
        returned = self.functions[FunctionName]
        if callable(returned):
            returned = returned()
        if isinstance(returned, Exception):
            raise returned
        body = json.dumps(returned).encode()
        failed = {"FunctionError": "Unhandled"} if isinstance(returned, dict) and "errorMessage" in returned else {}
        return {"StatusCode": 200, "Payload": StreamingBody(io.BytesIO(body), len(body)), **failed}


def definitions(**change: Any) -> str:
    one = {
        "name": "order_status",
        "description": "x",
        "parameters": ORDER_SCHEMA,
        "timeout_seconds": 1,
        "cacheable": False,
    }
    return json.dumps([{**one, **change}, {**one, "name": "exchange_rate"}])


def invoked(monkeypatch: pytest.MonkeyPatch, fake: FakeLambda, *names: str, seconds: float = 2.0) -> list[Any]:
    monkeypatch.setattr(aws_tools, "client", lambda *_: fake)
    tools = LambdaTools(read_definitions(definitions()), {"order_status": "orders", "exchange_rate": "rates"})
    calls = [Invocation(name, TENANT, "user-1", "req_1", "0af7", {"order": "A-1"}) for name in names]
    return list(tools.invoke(calls, seconds))


@pytest.mark.parametrize(
    ("returned", "text", "failure"),
    [
        ("Shipped.", "Shipped.", ""),
        ({"status": "shipped"}, '{"status": "shipped"}', ""),
        ([1, "ö"], '[1, "ö"]', ""),
        (None, "", ""),
        ({"error": "No such order."}, "No such order.", "error"),
        ({"error": "x", "more": 1}, '{"error": "x", "more": 1}', ""),
        ({"errorMessage": "password=hunter2", "errorType": "KeyError"}, "", "crashed"),
        ({"errorMessage": "2026-11-24T00:00:00Z 1 Task timed out after 1.00 seconds"}, "", "timeout"),
        (ReadTimeoutError(endpoint_url="http://x"), "", "timeout"),
    ],
)
def test_what_a_function_says_is_understood(monkeypatch: pytest.MonkeyPatch, returned: Any, text: str, failure: str):
    [found] = invoked(monkeypatch, FakeLambda(orders=returned), "order_status")
    assert (found.text, found.failure) == (text, failure)


def test_a_function_is_told_who_asks_apart_from_what_the_model_says(monkeypatch: pytest.MonkeyPatch):
    fake = FakeLambda(orders="x")
    invoked(monkeypatch, fake, "order_status")
    assert fake.events == [
        {
            "tool": "order_status",
            "tenant": TENANT,
            "user": "user-1",
            "request_id": "req_1",
            "trace_id": "0af7",
            "arguments": {"order": "A-1"},
        }
    ]


def test_calls_run_next_to_each_other_and_come_back_in_order(monkeypatch: pytest.MonkeyPatch):
    both = threading.Barrier(2, timeout=5)

    def slow() -> str:
        both.wait()
        return "first"

    def quick() -> str:
        both.wait()
        return "second"

    found = invoked(monkeypatch, FakeLambda(orders=slow, rates=quick), "order_status", "exchange_rate")
    assert [each.text for each in found] == ["first", "second"]


def test_nobody_waits_longer_than_the_time_that_is_left(monkeypatch: pytest.MonkeyPatch):
    release = threading.Event()
    start = time.monotonic()
    found = invoked(
        monkeypatch,
        FakeLambda(orders=lambda: release.wait(10), rates="1.1"),
        "order_status",
        "exchange_rate",
        seconds=0.3,
    )
    assert [(each.text, each.failure) for each in found] == [("", "timeout"), ("1.1", "")]
    assert time.monotonic() - start < 5
    release.set()


@pytest.mark.parametrize(
    ("code", "status", "failure"),
    [("TooManyRequestsException", 429, "busy"), ("ServiceException", 500, "unavailable")],
)
def test_lambdas_own_troubles_are_failures_of_the_call(code: str, status: int, failure: str):
    functions = stub("lambda", 2, 1)
    functions.add_client_error("invoke", code, "x", status)
    tools = LambdaTools(read_definitions(definitions()), {"order_status": "orders"})
    [found] = tools.invoke([Invocation("order_status", TENANT, "u", "r", "t", {})], 2)
    assert found.failure == failure


def test_a_missing_permission_is_no_failure_of_the_call():
    functions = stub("lambda", 2, 1)
    functions.add_client_error("invoke", "AccessDeniedException", "x", 403)
    tools = LambdaTools(read_definitions(definitions()), {"order_status": "orders"})
    with pytest.raises(StepError) as caught:
        tools.invoke([Invocation("order_status", TENANT, "u", "r", "t", {})], 2)
    assert (caught.value.cause, caught.value.action) == (Cause.DENIED, "lambda:InvokeFunction")


def test_definitions_are_read_from_beside_the_code(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(aws_tools, "_ROOT", tmp_path)
    agent = settings(agent=AGENT).agent
    assert agent is not None
    (tmp_path / "genai_tools.json").write_text(definitions())
    tools = lambda_tools(agent)
    assert [each.tool.name for each in tools.declared] == ["order_status", "exchange_rate"]
    assert tools.functions == {"order_status": "orders", "exchange_rate": "rates"}
    (tmp_path / "genai_tools.json").write_text(definitions(name="other"))
    with pytest.raises(ConfigError, match="does not define order_status"):
        lambda_tools(agent)
    (tmp_path / "genai_tools.json").write_text(definitions(parameters={"type": "array"}))
    with pytest.raises(ConfigError, match="the parameters of order_status must have the type 'object'"):
        lambda_tools(agent)
