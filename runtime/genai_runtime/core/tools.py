"""Tools that a model may call, what it asks of them and what they gave back, free of any wire format."""

from dataclasses import dataclass
from typing import Final, Literal

TOOL_NAME: Final = r"[A-Za-z0-9_-]{1,64}"
"""What both OpenAI's API and Bedrock's Converse take."""

CALL_ID: Final = r"[A-Za-z0-9_.:-]{1,64}"
"""What Bedrock's Converse takes."""


@dataclass(frozen=True)
class Tool:
    """A tool that a model is offered; `parameters` is the JSON schema of its arguments, as text."""

    name: str
    description: str
    parameters: str


@dataclass(frozen=True)
class ToolChoice:
    """Whether a model may ("auto"), has to ("required") or must not ("none") call tools; with `name`, this one."""

    mode: Literal["auto", "required", "none"] = "auto"
    name: str = ""


AUTO: Final = ToolChoice()


@dataclass(frozen=True)
class ToolCall:
    """A call that a model asks for; `arguments` is JSON as the model wrote it."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True)
class ToolResult:
    """What came of a call, for the model to read."""

    call_id: str
    text: str
    failed: bool = False


@dataclass(frozen=True)
class ToolUse:
    """What a client is told of a call that the deployment made: never its arguments, nor its result.

    `reason` says why a call failed, or why its result was withheld from the model.
    """

    name: str
    status: Literal["succeeded", "failed", "withheld"]
    reason: str
    duration_ms: int


@dataclass(frozen=True)
class Step:
    """One call of a model on the way to an answer, and the tools that were called after it."""

    model: str
    input_tokens: int
    output_tokens: int
    tool_calls: tuple[ToolUse, ...] = ()
