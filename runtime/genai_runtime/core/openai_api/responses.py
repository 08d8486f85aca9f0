"""POST /v1/responses: https://platform.openai.com/docs/api-reference/responses/create."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from genai_runtime.core.config import Config
from genai_runtime.core.openai_api.body import Fields
from genai_runtime.core.openai_api.conversation import RESPONSES, Conversation, read_messages
from genai_runtime.core.openai_api.extras import extras
from genai_runtime.core.openai_api.sampling import (
    IGNORED,
    read_max_tokens,
    read_model,
    read_temperature,
    read_text_format,
    read_top_p,
)
from genai_runtime.core.openai_api.state import NAMES, STATELESS, State, read_state
from genai_runtime.core.openai_api.tool_definitions import (
    read_parallel_calls,
    read_tool_choice,
    read_tools,
    render_tool,
    render_tool_choice,
)
from genai_runtime.core.request import Finish, Outcome, PromptRequest, Sampling
from genai_runtime.core.tools import ToolCall

_READ: Final = IGNORED | {
    # What `include` names is never part of an answer here, so there is nothing to add.
    "include",
    "input",
    "instructions",
    "max_output_tokens",
    "max_tool_calls",
    "model",
    "parallel_tool_calls",
    "stream",
    "stream_options",
    "temperature",
    "text",
    "tool_choice",
    "tools",
    "top_p",
    "truncation",
}
_UNSUPPORTED: Final = {
    "access_programs": ((), "leave it out"),
    "background": ((False,), "leave it out and wait for the answer"),
    "background_options": ((), "leave it out"),
    "context_management": ((), "leave it out"),
    "conversation": ((), "send the conversation as input items"),
    "image": ((), "send and ask for text"),
    "moderation": ((), "the deployment has its own guardrail"),
    "previous_response_id": ((), "send the conversation as input items"),
    "prompt": ((), "the deployment has its own prompt"),
    "reasoning": (({},), "leave it out"),
    "top_logprobs": ((0,), "leave it out"),
}
_INCOMPLETE: Final = {Finish.LENGTH: "max_output_tokens", Finish.FILTERED: "content_filter"}


@dataclass(frozen=True)
class ResponsesRequest:
    """A request of this API; `own_instructions` and `metadata` are given back in the response."""

    prompt: PromptRequest
    stream: bool
    own_instructions: str | None
    metadata: Mapping[str, str]
    background: bool = False
    state: State = STATELESS


@dataclass(frozen=True)
class Ids:
    """The ids of one response; `created` is in seconds since the epoch."""

    response: str
    message: str
    request: str
    created: int


def parse(
    values: Mapping[str, Any], config: Config, *, background: bool = False, before: Sequence[Any] | None = None
) -> ResponsesRequest:
    """Return the request that a body holds; `background` allows it to ask for an answer in the background. `before` are
    the items that it goes on from, None where they are not known yet.

    Raises:
        RefusalError: the body has mistakes, or asks for what is not supported; every one is named.
    """
    body = Fields(values)
    model = read_model(body, config)
    body.only({*_READ, *(["background"] if background else []), *(NAMES if config.conversations else [])}, _UNSUPPORTED)
    own_instructions = body.text("instructions")
    asks_later = background and body.flag("background")
    state = read_state(body, config, background=asks_later)
    conversation = _read_input(body, config, before or (), whole=before is not None or not state.goes_on)
    tools = read_tools(body, config, nested=False)
    text = body.object("text")
    text.only({"format"}, {"verbosity": ((), "leave it out")})
    read_text_format(text, "format")
    body.object("stream_options").only({"include_obfuscation"}, {})
    truncation = body.text("truncation")
    if truncation not in {None, "auto", "disabled"}:
        body.note("truncation", "must be 'auto' or 'disabled'")
    request = ResponsesRequest(
        prompt=PromptRequest(
            model=model,
            messages=conversation.messages,
            instructions=own_instructions or "",
            sampling=Sampling(
                max_tokens=read_max_tokens(body, config, "max_output_tokens"),
                temperature=read_temperature(body),
                top_p=read_top_p(body),
            ),
            param="input",
            trim_history=truncation != "disabled",
            tools=tools,
            tool_choice=read_tool_choice(body, tools, config, nested=False),
            turns=conversation.turns,
            parallel_calls=read_parallel_calls(body),
            max_tool_calls=body.integer("max_tool_calls", 0, 1_000),
            standing=conversation.standing,
        ),
        stream=body.flag("stream"),
        own_instructions=own_instructions,
        metadata=read_metadata(body),
        background=asks_later,
        state=state,
    )
    if request.background and config.chain and model == config.chain.name:
        body.note("model", "is a chain, which answers at once only; leave background out", "unsupported_value")
    if request.background and request.stream:
        body.note("stream", "cannot go with background; ask for the response by its id instead", "unsupported_value")
    body.done()
    return request


def render(outcome: Outcome, request: ResponsesRequest, ids: Ids) -> dict[str, Any]:
    """Return the `response` object, with our extra fields."""
    answer = outcome.answer
    reason = _INCOMPLETE.get(answer.finish)
    status = "incomplete" if reason else "completed"
    read, written = (0, 0) if outcome.cached else (answer.input_tokens, answer.output_tokens)
    return {
        **_envelope(outcome.answer.model, request, ids),
        "status": status,
        "completed_at": None if reason else ids.created,
        "incomplete_details": {"reason": reason} if reason else None,
        "store": outcome.stored,
        "output": output_items(outcome, ids, status),
        "usage": {
            "input_tokens": read,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": written,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": read + written,
        },
        **extras(outcome, ids.request),
    }


def render_unfinished(
    request: ResponsesRequest, ids: Ids, status: str, error: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the `response` object of an answer that is not there: `queued`, `in_progress`, `cancelled`, or `failed`
    with its `error` (code and message)."""
    return {
        **_envelope(request.prompt.model, request, ids),
        "status": status,
        "error": error,
        "output": [],
        "usage": None,
        "request_id": ids.request,
    }


def output_items(outcome: Outcome, ids: Ids, status: str) -> list[dict[str, Any]]:
    """Return what the answer consists of: its text, if there is any or nothing else, and the calls it asks for."""
    answer = outcome.answer
    message = [message_item(ids, status, answer.text)] if answer.text or not answer.calls else []
    return [*message, *(call_item(call, "completed") for call in answer.calls)]


def call_item(call: ToolCall, status: str) -> dict[str, Any]:
    """Return the output item of a call that the client is asked for, without its arguments while it is in progress."""
    return {
        "id": f"fc_{call.id}",
        "type": "function_call",
        "status": status,
        "call_id": call.id,
        "name": call.name,
        "arguments": call.arguments if status == "completed" else "",
    }


def message_item(ids: Ids, status: str, text: str | None) -> dict[str, Any]:
    """Return the output item that holds the answer's text, or nothing yet."""
    content = [] if text is None else [text_part(text)]
    return {"id": ids.message, "type": "message", "role": "assistant", "status": status, "content": content}


def text_part(text: str) -> dict[str, Any]:
    """Return the content part that holds the answer's text."""
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def own_items(values: Mapping[str, Any]) -> Sequence[Any]:
    """Return the items that a body which was read brings."""
    given = values["input"]
    return [{"role": "user", "content": given}] if isinstance(given, str) else given


def _read_input(body: Fields, config: Config, before: Sequence[Any], *, whole: bool) -> Conversation:
    given = body.get("input", (str, list), "a string or an array of items")
    if isinstance(given, list):
        limit = config.limits.max_messages
        if len(given) <= limit:
            return read_messages(body, "input", given, RESPONSES, before, whole=whole)
        body.note("input", f"has {len(given)} items; the limit is {limit}")
    elif given is not None:
        text = body.text("input") or ""
        if not text.strip():
            body.note("input", "is an empty question; send some text")
        return read_messages(body, "input", [{"role": "user", "content": text}], RESPONSES, before, whole=whole)
    elif body.values.get("input") is None:
        body.note(
            "input", "is missing; send the question, or the conversation with the question last", "missing_parameter"
        )
    return Conversation()


def read_metadata(body: Fields) -> Mapping[str, str]:
    """Return the pairs of `metadata`, none when it is absent."""
    metadata = body.object("metadata")
    if len(metadata.values) > 16:
        body.note("metadata", f"has {len(metadata.values)} pairs; the limit is 16")
    return {name: metadata.text(name, longest=512) or "" for name in metadata.values}


def _envelope(model: str, request: ResponsesRequest, ids: Ids) -> dict[str, Any]:
    sampling = request.prompt.sampling
    return {
        "id": ids.response,
        "object": "response",
        "created_at": ids.created,
        "completed_at": None,
        "background": request.background,
        "error": None,
        "incomplete_details": None,
        "instructions": request.own_instructions,
        "max_output_tokens": sampling.max_tokens,
        "metadata": dict(request.metadata),
        "model": model,
        "parallel_tool_calls": request.prompt.parallel_calls,
        "conversation": {"id": request.state.conversation} if request.state.conversation else None,
        "previous_response_id": request.state.previous_response_id or None,
        "reasoning": None,
        "store": request.state.store,
        "temperature": sampling.temperature,
        "text": {"format": {"type": "text"}},
        "tool_choice": render_tool_choice(request.prompt.tool_choice),
        "tools": [render_tool(tool) for tool in request.prompt.tools],
        "top_p": sampling.top_p,
        "truncation": "auto" if request.prompt.trim_history else "disabled",
    }
