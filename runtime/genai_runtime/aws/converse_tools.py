"""Tools in Bedrock's Converse: what a model is offered, and the calls that it asks for."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from genai_runtime.core.request import Prompt
from genai_runtime.core.tools import Tool, ToolCall, ToolChoice

_ANSWER: Final = "answer"


def tool_config(prompt: Prompt) -> dict[str, Any]:
    """Return the parameter `toolConfig`, if the prompt needs one: its tools, or the one that holds the answer to a
    schema."""
    if prompt.schema:
        # A tool that the model has to call, whose input is the answer: so every model with tools is held to a schema.
        answer = Tool(_ANSWER, "Gives the answer to the question.", prompt.schema)
        return {"toolConfig": {"tools": [_spec(answer)], "toolChoice": {"tool": {"name": _ANSWER}}}}
    if not prompt.tools:
        return {}
    return {"toolConfig": {"tools": [_spec(tool) for tool in prompt.tools], **_choice(prompt.tool_choice)}}


def calls_in(content: Iterable[Mapping[str, Any]]) -> tuple[ToolCall, ...]:
    """Return the calls in the content of a whole answer."""
    used: Sequence[Mapping[str, Any]] = [block["toolUse"] for block in content if "toolUse" in block]
    return tuple(ToolCall(use["toolUseId"], use["name"], json.dumps(use["input"], ensure_ascii=False)) for use in used)


@dataclass
class StreamedCalls:
    """Collects the calls of a streamed answer; their arguments come in pieces."""

    _started: dict[int, Mapping[str, str]] = field(default_factory=dict[int, Mapping[str, str]])
    _arguments: dict[int, list[str]] = field(default_factory=dict[int, list[str]])

    def start(self, content: Mapping[str, Any]) -> None:
        """Take a `contentBlockStart` event."""
        if use := content["start"].get("toolUse"):
            self._started[content["contentBlockIndex"]] = use

    def add(self, content: Mapping[str, Any]) -> None:
        """Take a `contentBlockDelta` event."""
        if use := content["delta"].get("toolUse"):
            self._arguments.setdefault(content["contentBlockIndex"], []).append(use["input"])

    @property
    def calls(self) -> tuple[ToolCall, ...]:
        """The calls so far, in their order."""
        return tuple(
            ToolCall(use["toolUseId"], use["name"], "".join(self._arguments.get(index, ())) or "{}")
            for index, use in sorted(self._started.items())
        )


def _spec(tool: Tool) -> dict[str, Any]:
    described = {"description": tool.description} if tool.description.strip() else {}
    return {"toolSpec": {"name": tool.name, **described, "inputSchema": {"json": json.loads(tool.parameters)}}}


def _choice(choice: ToolChoice) -> dict[str, Any]:
    if choice.mode != "required":
        return {}
    return {"toolChoice": {"tool": {"name": choice.name}} if choice.name else {"any": {}}}
