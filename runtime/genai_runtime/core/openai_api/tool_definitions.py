"""Reads the tools that a client offers to the model and calls itself: https://platform.openai.com/docs/guides/function-calling."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from genai_runtime.core.config import Config
from genai_runtime.core.json_schema import LONGEST_SCHEMA
from genai_runtime.core.openai_api.body import Fields, json_kind
from genai_runtime.core.tools import AUTO, TOOL_NAME, Tool, ToolChoice

MOST_TOOLS: Final = 64
LONGEST_DESCRIPTION: Final = 4_096
NO_PARAMETERS: Final = {"type": "object", "properties": {}}

_DEFINITION: Final = {"name", "description", "parameters", "strict"}


def read_tools(body: Fields, config: Config, *, nested: bool) -> tuple[Tool, ...]:
    """Return the tools in `tools`; with `nested`, each has its definition in an object `function`."""
    given = body.objects("tools") or ()
    if len(given) > MOST_TOOLS:
        body.note("tools", f"has {len(given)} tools; the limit is {MOST_TOOLS}")
        return ()
    tools: list[Tool] = []
    for index, item in enumerate(given):
        outer = body.item("tools", index, item)
        if (kind := outer.values.get("type")) != "function":
            outer.note(
                "type", f"is {str(kind)[:40]!r}; only tools of type 'function' are supported", "unsupported_value"
            )
            continue
        fields = outer.object("function") if nested else outer
        if nested:
            outer.only({"type", "function"}, {})
        fields.only(_DEFINITION if nested else _DEFINITION | {"type"}, {})
        tool = _read_tool(fields)
        if tool.name in {other.name for other in tools}:
            fields.note("name", f"is {tool.name!r}, which another tool has; give every tool its own name")
        if tool.name in config.tool_names:
            fields.note("name", f"is {tool.name!r}, which is a tool of this deployment; choose another name")
        tools.append(tool)
    return tuple(tools)


def read_tool_choice(body: Fields, tools: tuple[Tool, ...], config: Config, *, nested: bool) -> ToolChoice:
    """Return what `tool_choice` says; with `nested`, it names a tool in an object `function`."""
    names = [*(tool.name for tool in tools), *config.tool_names]
    value = body.get("tool_choice", (str, dict), "'auto', 'required', 'none' or an object that names a function")
    if isinstance(value, dict):
        fields = body.object("tool_choice")
        if (kind := fields.values.get("type")) != "function":
            fields.note("type", f"is {str(kind)[:40]!r}; only 'function' is supported", "unsupported_value")
            return AUTO
        holder = fields.object("function") if nested else fields
        name = holder.text("name") or ""
        if name not in names:
            holder.note("name", f"is {name[:64]!r}, which is none of the tools")
        return ToolChoice("required", name)
    if value not in {None, "auto", "required", "none"}:
        body.note("tool_choice", f"is {value[:40]!r}; it must be 'auto', 'required', 'none' or name a function")
    if value == "required" and not names:
        body.note("tool_choice", "is 'required', and there are no tools; send some, or leave it out")
    return ToolChoice(value) if value in {"required", "none"} else AUTO


def read_parallel_calls(body: Fields) -> bool:
    """Return whether an answer may ask for more than one call."""
    return body.get("parallel_tool_calls", (bool,), "true or false") is not False


def render_tool(tool: Tool) -> dict[str, Any]:
    """Return the definition as Responses shows it."""
    return {
        "type": "function",
        "name": tool.name,
        "description": tool.description or None,
        "parameters": json.loads(tool.parameters),
        "strict": None,
    }


def render_tool_choice(choice: ToolChoice) -> str | dict[str, str]:
    """Return the choice as Responses shows it."""
    return {"type": "function", "name": choice.name} if choice.name else choice.mode


def _read_tool(fields: Fields) -> Tool:
    name = fields.text("name")
    if name is None:
        fields.note("name", "is missing; give the function a name", "missing_parameter")
    elif not re.fullmatch(TOOL_NAME, name):
        fields.note("name", f"is {name[:64]!r}; use 1 to 64 letters, digits, _ and -")
    fields.get("strict", (bool,), "true or false")
    return Tool(
        name=name or "",
        description=fields.text("description", longest=LONGEST_DESCRIPTION) or "",
        parameters=json.dumps(_read_parameters(fields), ensure_ascii=False),
    )


def _read_parameters(fields: Fields) -> Mapping[str, Any]:
    schema = fields.get("parameters", (dict,), "a JSON schema")
    if not schema:
        return NO_PARAMETERS
    if schema.get("type") != "object":
        kind = schema.get("type")
        fields.note(
            "parameters", f"has the type {json_kind(kind) if kind is None else str(kind)[:40]!r}; it must be 'object'"
        )
    if len(json.dumps(schema)) > LONGEST_SCHEMA:
        fields.note("parameters", f"has more than {LONGEST_SCHEMA} characters; shorten it")
    return schema
