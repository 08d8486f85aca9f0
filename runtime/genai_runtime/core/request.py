"""A validated request, free of the wire format that it came in, and the answer to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Literal

from genai_runtime.core.tools import AUTO, Step, Tool, ToolCall, ToolChoice, ToolResult


@dataclass(frozen=True)
class Caller:
    """Who asks: the tenant and the user of verified claims, never of the body."""

    tenant: str
    user: str


@dataclass(frozen=True)
class Trace:
    """What follows one request through every service: its own id, and the W3C trace id that it belongs to."""

    request_id: str
    trace_id: str


@dataclass(frozen=True)
class Message:
    """One turn of a conversation: what was said, the calls of tools that the assistant asked for, or their results."""

    role: Literal["user", "assistant"]
    text: str
    calls: tuple[ToolCall, ...] = ()
    results: tuple[ToolResult, ...] = ()


@dataclass(frozen=True)
class Sampling:
    """How the model shall generate; None leaves a choice to the model."""

    max_tokens: int
    temperature: float | None = None
    top_p: float | None = None
    stop: tuple[str, ...] = ()


@dataclass(frozen=True)
class Media:
    """An image or a recording that belongs to a question; `data` is its content in base 64."""

    kind: Literal["image", "audio"]
    format: str
    data: str


@dataclass(frozen=True)
class Passage:
    """A piece of a document, found for a question, and the tenant whose document it is."""

    tenant: str
    document_id: str
    document: str
    text: str
    score: float


@dataclass(frozen=True)
class PromptRequest:
    """What a client asks: the last of `messages` is the question, those before it are the history.

    `model` is a name of the allow-list. `trim_history` allows the oldest messages to be left out when there are more
    tokens than the limit. `param` is what the client calls the messages, for refusals. `media` goes with the question.
    `standing` are instructions that stand in the conversation itself, and go on with it; `instructions` are of this
    request alone. An answer has to fit `schema`, a JSON schema as text, if there is one. `quoted` are the passages to
    answer from, in place of those that would be retrieved. `earlier` are the answers of a chain's earlier steps by the
    steps' names, for a prompt that quotes them; None where the request is no step of a chain.

    `tools` are the client's own, which it calls itself: an answer may ask for it. `turns` are what came of that since
    the question, calls and results in turn. Without `parallel_calls` an answer asks for one call at most, and of the
    deployment's own tools at most `max_tool_calls` are called for it.
    """

    model: str
    messages: tuple[Message, ...]
    instructions: str
    sampling: Sampling
    param: str
    trim_history: bool = True
    media: tuple[Media, ...] = ()
    schema: str = ""
    quoted: tuple[Passage, ...] | None = None
    tools: tuple[Tool, ...] = ()
    tool_choice: ToolChoice = AUTO
    turns: tuple[Message, ...] = ()
    parallel_calls: bool = True
    max_tool_calls: int | None = None
    earlier: tuple[tuple[str, str], ...] | None = None
    standing: tuple[str, ...] = ()

    @property
    def all_instructions(self) -> str:
        """What the model is told to do by the client."""
        return "\n\n".join(text for text in (self.instructions, *self.standing) if text.strip())


class Finish(Enum):
    """Why the answer ends where it ends."""

    STOP = "stop"
    LENGTH = "length"
    FILTERED = "filtered"
    TOOL_CALLS = "tool_calls"
    """It asks for calls of tools."""


@dataclass(frozen=True)
class Generation:
    """What a model generated, the calls of tools that it asks for, and the tokens that it counted."""

    text: str
    finish: Finish
    input_tokens: int
    output_tokens: int
    calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """What a guardrail says of texts.

    `texts` are the texts with sensitive parts masked when the action is "masked", the message for the client alone when
    it is "blocked", else the texts as they were. `policies` names the policies that acted.
    """

    action: Literal["none", "masked", "blocked"]
    texts: tuple[str, ...]
    policies: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """An answer that may be shown: checked by the guardrail, with the passages that it was made from.

    `calls` are those of the client's own tools. `steps` are the model's calls on the way, `stopped` is the bound that
    ended the calls of tools before the model did, if one did.
    """

    text: str
    finish: Finish
    model: str
    sources: tuple[Passage, ...]
    guardrail: Literal["none", "masked", "blocked"]
    guardrail_stage: Literal["input", "output"] | None
    guardrail_policies: tuple[str, ...]
    input_tokens: int
    output_tokens: int
    prompt: str
    trimmed_messages: int = 0
    calls: tuple[ToolCall, ...] = ()
    steps: tuple[Step, ...] = ()
    stopped: str = ""


@dataclass(frozen=True)
class StepUse:
    """What one step of a chain used."""

    name: str
    model: str
    cached: bool
    input_tokens: int
    output_tokens: int


@dataclass(frozen=True)
class Outcome:
    """What the pipeline returns: the answer, and whether it came from the cache; `similarity` is the cosine of the
    question and the one that was answered, where that was another one. `chain` has the steps of a chain, if one
    answered.

    `asked` is the request as the model was given it: masked, and without what did not fit. `stored` says whether the
    answer can be fetched by its id.
    """

    answer: Answer
    cached: bool
    similarity: float | None = None
    chain: tuple[StepUse, ...] = ()
    asked: PromptRequest | None = None
    stored: bool = False


@dataclass(frozen=True)
class Prompt:
    """A rendered prompt: system text, history, and the blocks of the last user message, question last; `media` come
    before them. `schema` is what the answer has to fit, a JSON schema as text, if it has to. `turns` follow: calls of
    `tools` and their results, as far as the model has got with the question."""

    system: str
    history: Sequence[Message]
    blocks: Sequence[str]
    media: Sequence[Media] = ()
    schema: str = ""
    turns: Sequence[Message] = ()
    tools: Sequence[Tool] = ()
    tool_choice: ToolChoice = AUTO
