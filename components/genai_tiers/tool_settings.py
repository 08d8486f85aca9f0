"""The settings of the tools that models may call, in the arguments `tools` and `agent`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi

from .validation import Reader, finish_all, unique

MOST_TOOLS = 10
"""Their functions' names have to fit into the 4 KB of a function's environment (AWS Lambda quotas)."""

ACTION = r"[a-z0-9-]+:[A-Za-z0-9]+"


@dataclass(frozen=True)
class Permission:
    """Actions, none with a wildcard, on resources."""

    actions: tuple[str, ...]
    resources: tuple[pulumi.Input[str], ...]


@dataclass(frozen=True)
class Tool:
    """A tool: `function` is an ARN, or None where it is made of `code`."""

    name: str
    description: str
    parameters: str = ""
    parameters_file: str = ""
    code: str = ""
    handler: str = "main.handler"
    function: pulumi.Input[str] | None = None
    permissions: tuple[Permission, ...] = ()
    environment: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, Any])
    timeout_seconds: int = 5
    memory_mb: int = 256
    max_concurrency: int = 10
    cacheable: bool = False


@dataclass(frozen=True)
class Agent:
    """What the calls of tools for one answer are bounded by."""

    max_steps: int = 6
    max_tokens: int = 100_000
    max_result_characters: int = 8_000


def read_agent(reader: Reader) -> Agent:
    """The settings in the argument `agent`."""
    default = Agent()
    agent = Agent(
        max_steps=reader.whole("max_steps", default.max_steps, 2, 20, "steps"),
        max_tokens=reader.whole("max_tokens", default.max_tokens, 1_000, 10_000_000, "tokens"),
        max_result_characters=reader.whole(
            "max_result_characters", default.max_result_characters, 100, 100_000, "characters"
        ),
    )
    reader.finish()
    return agent


def read_tools(reader: Reader) -> tuple[Tool, ...]:
    """The settings in the argument `tools`. Whether there is what they name, `load_tools` says."""
    readers = reader.many("tools")
    tools = tuple(_tool(each) for each in readers)
    finish_all(readers)
    if len(tools) > MOST_TOOLS:
        reader.problems.append(f"tools has {len(tools)} tools: at most {MOST_TOOLS} are allowed")
    unique(reader.problems, "tools", [tool.name for tool in tools], "name")
    return tools


def _tool(reader: Reader) -> Tool:
    default = Tool("", "")
    return Tool(
        name=reader.required_text(
            "name",
            pattern=r"[A-Za-z][A-Za-z0-9_-]{0,31}",
            expected="a name such as order_status: 1 to 32 letters, digits, _ and -, a letter first",
        ),
        description=reader.required_text("description", longest=2_000),
        parameters=reader.text("parameters"),
        parameters_file=reader.text("parameters_file"),
        code=reader.text("code"),
        handler=reader.text(
            "handler",
            default.handler,
            pattern=r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+",
            expected="a module and a function in it, such as main.handler",
        ),
        function=reader.given("function"),
        permissions=tuple(_permissions(reader.many("permissions"))),
        environment=_environment(reader),
        timeout_seconds=reader.whole("timeout_seconds", default.timeout_seconds, 1, 300, "seconds"),
        memory_mb=reader.whole("memory_mb", default.memory_mb, 128, 10_240, "MB"),
        max_concurrency=reader.whole("max_concurrency", default.max_concurrency, 1, 10_000, "calls"),
        cacheable=reader.flag("cacheable", default=False),
    )


def _permissions(readers: list[Reader]) -> list[Permission]:
    permissions = [
        Permission(
            actions=each.required_texts("actions", pattern=ACTION, expected="an action such as dynamodb:GetItem"),
            resources=each.required_inputs("resources"),
        )
        for each in readers
    ]
    finish_all(readers)
    return permissions


def _environment(reader: Reader) -> Mapping[str, pulumi.Input[str]]:
    variables = reader.nested("environment")
    for name in variables.raw:
        variables.known.add(name)
        if not name.isidentifier() or name.startswith(("AWS_", "LAMBDA_", "_")):
            variables.problems.append(
                f"{variables.where(name)} cannot be a variable: use letters, digits and _, and no AWS_ or LAMBDA_ first"
            )
    return dict(variables.raw)
