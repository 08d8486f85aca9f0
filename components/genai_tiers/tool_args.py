"""The arguments of the tools that models may call."""

from typing import Required, TypedDict

import pulumi

from .refs import NetworkRefs
from .section_args import AlarmsArgs


class PermissionArgs(TypedDict):
    """What a tool may do besides writing its log."""

    actions: list[str]
    """Each named in full, such as `dynamodb:GetItem`: what a model can be talked into ends here."""
    resources: list[pulumi.Input[str]]
    """What they are allowed on, by ARN on AWS."""


class ToolArgs(TypedDict, total=False):
    """A tool that models may call for an answer: code of your own, or a function that you already have."""

    name: Required[str]
    """What models call it, for example `order_status`."""
    description: Required[str]
    """What it does and when to call it, for the model to read."""
    parameters: str
    """The JSON schema of its arguments, as text. A call whose arguments do not fit is not made. Left out, as the next,
    there are none."""
    parameters_file: str
    """The same in a file, relative to the program."""
    code: str
    """A folder, relative to the program, with the function's Python code."""
    handler: str
    """Where the code begins: a module and a function in it."""
    function: pulumi.Input[str]
    """In place of `code`, the ARN of a function."""
    permissions: list[PermissionArgs]
    """What the code's role may do; nothing by default."""
    environment: dict[str, pulumi.Input[str]]
    """Variables that the code finds in its environment. Secrets do not belong there."""
    timeout_seconds: int
    memory_mb: int
    max_concurrency: int
    """How many calls of it run at the same time."""
    cacheable: bool
    """Whether an answer may be kept that it helped with: its result is then the same for all users of a tenant, for as
    long as answers are kept. Off by default."""


class AgentArgs(TypedDict, total=False):
    """What the calls of tools for one answer are bounded by, besides the answer's time."""

    max_steps: int
    """How often a model is called for one answer, the last time without tools."""
    max_tokens: int
    """After how many tokens, read and written, a model gets no more tools."""
    max_result_characters: int
    """What a model reads of one result; the rest is cut off."""


class ToolsArgs(TypedDict, total=False):
    """The functions of tools."""

    tools: Required[list[ToolArgs]]
    key: Required[pulumi.Input[str]]
    """The encryption key of their environments and logs."""
    private_network: NetworkRefs
    """Where they run; left out, in no network of yours."""
    alarm_topic: pulumi.Input[str]
    """Where the alarms go: the ARN of a topic."""
    alarms: AlarmsArgs
    log_retention_days: int
