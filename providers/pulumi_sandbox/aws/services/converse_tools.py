"""What Bedrock checks of the tools in a Converse request: their names, and that every call has its result.

The messages are those that reports to SDKs quote (strands-agents/harness-sdk#1435, agno-agi/agno#6698,
aws-samples/sample-multi-agent-orchestration-chat-on-agentcore#15).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pulumi_sandbox.models.conversation import Tool

from .rest_json import InvalidRequestError


def tools_of(body: Mapping[str, Any]) -> Iterator[Tool]:
    """Yield the tools of a request."""
    for tool in body.get("toolConfig", {}).get("tools", ()):
        if "toolSpec" in tool:
            spec = tool["toolSpec"]
            yield Tool(spec["name"], spec.get("description", ""), spec["inputSchema"].get("json", {}))


def tool_choice_of(body: Mapping[str, Any]) -> str:
    """Return "auto", "any" or the name of the tool to call."""
    choice = body.get("toolConfig", {}).get("toolChoice", {})
    return choice["tool"]["name"] if "tool" in choice else "any" if "any" in choice else "auto"


def check_tools(body: Mapping[str, Any]) -> None:
    """Return if the tools of a request are right; raises a ValidationException otherwise."""
    names = [tool.name for tool in tools_of(body)]
    for index, name in enumerate(names):
        if name in names[:index]:
            raise InvalidRequestError(f"The tool {name} is already defined at toolConfig.tools.{names.index(name)}.")
    choice = body.get("toolConfig", {}).get("toolChoice", {})
    if "tool" in choice and choice["tool"]["name"] not in names:
        raise InvalidRequestError(
            f"The tool {choice['tool']['name']} that toolConfig.toolChoice names is none of toolConfig.tools."
        )
    messages = [message for message in body["messages"] if message["role"] != "system"]
    asked: list[str] = []
    for number, message in enumerate(messages):
        results = [block["toolResult"] for block in message["content"] if "toolResult" in block]
        _check_results(results, asked, number)
        asked = [block["toolUse"]["toolUseId"] for block in message["content"] if "toolUse" in block]
    if asked:
        raise InvalidRequestError(_expected(len(messages), asked))


def _check_results(results: Sequence[Mapping[str, Any]], asked: Sequence[str], number: int) -> None:
    if len(results) > len(asked):
        raise InvalidRequestError(
            f"The number of toolResult blocks at messages.{number}.content exceeds the number of toolUse blocks of "
            "previous turn."
        )
    given = [result["toolUseId"] for result in results]
    if missing := [identity for identity in asked if identity not in given]:
        raise InvalidRequestError(_expected(number, missing))
    for index, result in enumerate(results):
        if result.get("status") == "error" and not result["content"]:
            raise InvalidRequestError(
                f"The content field at messages.{number}.content.{index}.toolResult cannot be empty when status value "
                "is error."
            )
        if any(not part.get("text", "x").strip() for part in result["content"]):
            raise InvalidRequestError(
                f"The text field in the ToolResultContentBlock object at messages.{number}.content.{index} is blank. "
                "Add text to the text field, and try again."
            )


def _expected(number: int, identities: Sequence[str]) -> str:
    return f"Expected toolResult blocks at messages.{number}.content for the following Ids: {', '.join(identities)}"
