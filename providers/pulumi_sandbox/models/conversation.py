"""What a model is asked and what it answers, free of any cloud's wire format."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

StopReason = Literal["end", "length", "stop_sequence", "tool_call"]


@dataclass(frozen=True)
class Text:
    """A block of text."""

    text: str


@dataclass(frozen=True)
class ToolCall:
    """A call that the model asks its client to make."""

    id: str
    name: str
    input: Mapping[str, Any]


@dataclass(frozen=True)
class ToolResult:
    """What the client's tool gave back for one call."""

    id: str
    texts: tuple[str, ...]
    failed: bool = False


@dataclass(frozen=True)
class Message:
    """One turn of the conversation."""

    role: Literal["user", "assistant"]
    parts: tuple[Text | ToolCall | ToolResult, ...]


@dataclass(frozen=True)
class Tool:
    """A tool that the client offers; `schema` is the JSON schema of its input object."""

    name: str
    description: str
    schema: Mapping[str, Any]


@dataclass(frozen=True)
class Conversation:
    """Everything that one model call is given.

    `tool_choice` is "auto", "any" or the name of the tool to call. `model` is the name that the client
    called it by; the embedded model answers to every name.
    """

    messages: tuple[Message, ...]
    system: tuple[str, ...] = ()
    tools: tuple[Tool, ...] = ()
    tool_choice: str = "auto"
    max_tokens: int = 4096
    stop: tuple[str, ...] = ()
    temperature: float | None = None
    top_p: float | None = None
    model: str = ""


@dataclass(frozen=True)
class Finish:
    """The last event of every answer: why it ended and what it used, in tokens."""

    reason: StopReason
    input_tokens: int
    output_tokens: int
    stop_sequence: str | None = None


AnswerStream = Iterator[Text | ToolCall | Finish]


class ModelThrottled(Exception):  # noqa: N818 - an outcome of a model call, named as the clouds name it
    """The model takes no more calls at present."""


class ModelUnavailable(Exception):  # noqa: N818 - as above
    """The model cannot be reached or broke off."""


class ModelRefused(Exception):  # noqa: N818 - as above
    """The model finds the request itself wrong."""
