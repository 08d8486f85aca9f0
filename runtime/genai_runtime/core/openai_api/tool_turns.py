"""Reads the calls of tools in a conversation and their results, and checks that they fit together."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace

from genai_runtime.core.openai_api.body import Fields
from genai_runtime.core.request import Message
from genai_runtime.core.tools import CALL_ID, TOOL_NAME, ToolCall, ToolResult

EMPTY = "(empty)"
"""What a model reads of a tool that gave back nothing; models take no blank texts."""


def read_call(fields: Fields, *, id_name: str, function: Fields) -> ToolCall:
    """Return a call, whose id is in the field `id_name` and whose name and arguments are in `function`."""
    name, arguments = function.text("name"), function.text("arguments")
    if name is None or not re.fullmatch(TOOL_NAME, name):
        function.note("name", "is missing or no name of a function; send the call back as it came")
    if not _is_object(arguments or ""):
        function.note("arguments", "is missing or no JSON object; send the call back as it came")
    return ToolCall(_read_id(fields, id_name), name or "", arguments or "{}")


def read_result(fields: Fields, id_name: str, text: str) -> ToolResult:
    """Return what a tool gave back to the call whose id is in the field `id_name`."""
    return ToolResult(_read_id(fields, id_name), text if text.strip() else EMPTY)


def add_calls(messages: list[Message], calls: tuple[ToolCall, ...]) -> None:
    """Add calls to what the assistant said last, or as a turn of its own."""
    if messages and messages[-1].role == "assistant":
        messages[-1] = replace(messages[-1], calls=(*messages[-1].calls, *calls))
    else:
        messages.append(Message("assistant", "", calls))


def add_result(messages: list[Message], result: ToolResult) -> None:
    """Add a result to those of the same turn."""
    if messages and messages[-1].results:
        messages[-1] = replace(messages[-1], results=(*messages[-1].results, result))
    else:
        messages.append(Message("user", "", results=(result,)))


def check_turns(body: Fields, name: str, messages: Sequence[Message]) -> None:
    """Note calls without a result, and results without a call."""
    for before, message in zip([None, *messages], [*messages, None], strict=True):
        asked = [call.id for call in before.calls] if before else []
        given = [result.call_id for result in message.results] if message else []
        for identity in given:
            if identity not in asked:
                body.note(name, f"has a result of the call {identity!r}, which the message before it does not ask for")
            elif given.count(identity) > 1:
                body.note(name, f"has more than one result of the call {identity!r}")
        for identity in asked:
            if identity not in given:
                body.note(name, f"has no result of the call {identity!r}; send one right after the calls")


def _read_id(fields: Fields, name: str) -> str:
    identity = fields.text(name)
    if identity is None or not re.fullmatch(CALL_ID, identity):
        fields.note(name, "is missing or no id of a call; send it back as it came: 1 to 64 letters, digits, _ . : -")
    return identity or ""


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False
