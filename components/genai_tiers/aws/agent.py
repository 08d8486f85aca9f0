"""What a pattern has of the tools that models may call: their functions, what its own functions are told of them, and
what those may do."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pulumi

from genai_tiers.args import ToolsArgs
from genai_tiers.lineage import Children
from genai_tiers.refs import BackendRefs
from genai_tiers.settings import Settings, part_of
from genai_tiers.tool_code import load_tools

from .iam_roles import Statement, allow
from .tools import AwsTools

OF_CODE = ("code", "handler", "permissions", "environment", "memory_mb", "max_concurrency")
"""Arguments of a tool that are for its function."""


def own_tools(children: Children, args: Mapping[str, Any], backend: BackendRefs) -> list[dict[str, Any]]:
    """The arguments of the tools, each with its function: what is made of code is created."""
    tools: list[dict[str, Any]] = list(args.get("tools") or ())
    if not any(tool.get("code") for tool in tools):
        return tools
    of_tools: ToolsArgs = {**part_of(args, ToolsArgs), "key": backend["key"]}
    if network := backend.get("private_network"):
        of_tools["private_network"] = network
    made = AwsTools(children.named("tools"), of_tools, children.options("tools"))
    return [_with_function(tool, made.functions) for tool in tools]


def with_tools(children: Children, settings: Settings, args: Mapping[str, Any], backend: BackendRefs) -> Settings:
    """The settings in which every tool has its function."""
    functions = [tool.get("function") for tool in own_tools(children, args, backend)]
    pairs = zip(settings.tools, functions, strict=True)
    tools = [replace(tool, code="", function=function) for tool, function in pairs]
    return replace(settings, tools=tuple(tools))


def agent_config(settings: Settings) -> dict[str, Any] | None:
    """What the runtime reads as `agent` in GENAI_CONFIG; null where there are no tools."""
    if not settings.tools:
        return None
    return {
        **vars(settings.agent),
        "digest": load_tools("", settings.tools).digest,
        "tools": [{"name": tool.name, "function": tool.function} for tool in settings.tools],
    }


def agent_files(settings: Settings) -> Mapping[str, str]:
    """What belongs beside the runtime's code."""
    return load_tools("", settings.tools).files if settings.tools else {}


def agent_statements(settings: Settings) -> list[Statement]:
    """What a role needs to call the tools."""
    functions = [tool.function for tool in settings.tools if tool.function is not None]
    return [allow(["lambda:InvokeFunction"], functions)] if functions else []


def _with_function(tool: Mapping[str, Any], functions: pulumi.Output[dict[str, str]]) -> dict[str, Any]:
    name: str = tool["name"]
    kept = {key: value for key, value in tool.items() if key not in OF_CODE}
    return {**kept, "function": functions.apply(lambda arns: arns[name])}
