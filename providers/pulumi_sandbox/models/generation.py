"""Text generation: by the server of SANDBOX_MODEL_URL if that is set, else by the embedded model."""

from dataclasses import dataclass

from . import extractive, openai_upstream
from .conversation import AnswerStream, Conversation, Finish, ModelUnavailable, Text, ToolCall


@dataclass(frozen=True)
class Answer:
    """A whole answer: its text ("" if none), the tool calls it asks for, and how it ended."""

    text: str
    calls: tuple[ToolCall, ...]
    finish: Finish


def stream(conversation: Conversation) -> AnswerStream:
    """Yield the answer in parts, a `Finish` last; raises ModelThrottled, ModelRefused or ModelUnavailable."""
    upstream = openai_upstream.upstream_from_environment()
    return openai_upstream.answer(upstream, conversation) if upstream else extractive.answer(conversation)


def whole(parts: AnswerStream) -> Answer:
    """Return the answer that the parts make together."""
    texts: list[str] = []
    calls: list[ToolCall] = []
    for part in parts:
        if isinstance(part, Text):
            texts.append(part.text)
        elif isinstance(part, ToolCall):
            calls.append(part)
        else:
            return Answer("".join(texts), tuple(calls), part)
    raise ModelUnavailable("the model ended its answer without saying why")
