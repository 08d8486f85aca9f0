"""A model that says what a test lets it say, and tools in memory."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from genai_runtime.core.ports import DeclaredTool, Invocation, ToolReturn
from genai_runtime.core.request import Finish, Generation, Prompt, Sampling
from genai_runtime.core.tools import Tool, ToolCall
from tests.unit.runtime.memory import Deployment, settings

ORDER_SCHEMA = {
    "type": "object",
    "properties": {"order": {"type": "string", "maxLength": 10}},
    "required": ["order"],
    "additionalProperties": False,
}
AGENT = {
    "max_steps": 4,
    "max_tokens": 1_000,
    "max_result_characters": 50,
    "digest": "d1",
    "tools": [{"name": "order_status", "function": "orders"}, {"name": "exchange_rate", "function": "rates"}],
}


def call(name: str = "order_status", number: int = 1, **arguments: Any) -> ToolCall:
    return ToolCall(f"call_{number}", name, json.dumps(arguments))


def asks(*calls: ToolCall, text: str = "") -> Generation:
    return Generation(text, Finish.TOOL_CALLS, 10, 5, calls)


def says(text: str) -> Generation:
    return Generation(text, Finish.STOP, 20, 8)


@dataclass
class ScriptedModel:
    """Generates what is in the script, one a call; the last of it again and again."""

    script: list[Generation | Exception]
    prompts: list[Prompt] = field(default_factory=list[Prompt])
    called: list[str] = field(default_factory=list[str])
    pause: Callable[[], None] = lambda: None

    def generate(
        self, model_id: str, prompt: Prompt, sampling: Sampling, labels: Mapping[str, str], timeout_seconds: float
    ) -> Generation:
        assert sampling
        assert labels
        assert timeout_seconds > 0
        self.called.append(model_id)
        self.prompts.append(prompt)
        self.pause()
        said = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(said, Exception):
            raise said
        return said

    def stream(
        self,
        model_id: str,
        prompt: Prompt,
        sampling: Sampling,
        labels: Mapping[str, str],
        timeout_seconds: float,
        on_text: Callable[[str], None],
    ) -> Generation:
        whole = self.generate(model_id, prompt, sampling, labels, timeout_seconds)
        for number, word in enumerate(whole.text.split(" ") if whole.text else ()):
            on_text(f" {word}" if number else word)
        return whole


@dataclass
class Toolbox:
    """Answers with what `answer` says of a call."""

    answer: Callable[[Invocation], ToolReturn]
    cacheable: bool = False
    calls: list[Invocation] = field(default_factory=list[Invocation])
    times: list[float] = field(default_factory=list[float])

    @property
    def declared(self) -> Sequence[DeclaredTool]:
        rate = Tool("exchange_rate", "Exchange rates", '{"type": "object", "properties": {}}')
        order = Tool("order_status", "Status of an order", json.dumps(ORDER_SCHEMA))
        return [DeclaredTool(order, 5, self.cacheable), DeclaredTool(rate, 5, self.cacheable)]

    def invoke(self, calls: Sequence[Invocation], timeout_seconds: float) -> Sequence[ToolReturn]:
        self.times.append(timeout_seconds)
        self.calls += calls
        return [self.answer(each) for each in calls]


def shipped(_: Invocation) -> ToolReturn:
    return ToolReturn("It was shipped on Monday.", "", 7)


def agent(
    *script: Generation | Exception, answer: Callable[[Invocation], ToolReturn] = shipped, **more: Any
) -> Deployment:
    """A deployment with two tools and a model that follows the script."""
    config = settings(agent={**AGENT, **more})
    return Deployment(config=config, model=ScriptedModel(list(script)), tools=Toolbox(answer))
