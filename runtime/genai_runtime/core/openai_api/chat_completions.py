"""POST /v1/chat/completions: https://platform.openai.com/docs/api-reference/chat/create."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from genai_runtime.core.config import Config
from genai_runtime.core.openai_api.body import Fields
from genai_runtime.core.openai_api.conversation import CHAT, read_messages
from genai_runtime.core.openai_api.extras import extras
from genai_runtime.core.openai_api.sampling import (
    FUNCTIONS,
    IGNORED,
    read_max_tokens,
    read_model,
    read_stop,
    read_temperature,
    read_text_format,
    read_top_p,
)
from genai_runtime.core.openai_api.sse import DONE, event, pieces
from genai_runtime.core.openai_api.tool_definitions import read_parallel_calls, read_tool_choice, read_tools
from genai_runtime.core.request import Finish, Outcome, PromptRequest, Sampling
from genai_runtime.core.tools import ToolCall

_READ: Final = IGNORED | {
    "max_completion_tokens",
    "max_tokens",
    "messages",
    "model",
    "parallel_tool_calls",
    "response_format",
    "stop",
    "stream",
    "stream_options",
    "temperature",
    "tool_choice",
    "tools",
    "top_p",
}
_UNSUPPORTED: Final = {
    "audio": ((), "send and ask for text"),
    "frequency_penalty": ((0, 0.0), "leave it out"),
    "function_call": (("none", "auto"), FUNCTIONS),
    "functions": (([],), FUNCTIONS),
    "logit_bias": (({},), "leave it out"),
    "logprobs": ((False,), "leave it out"),
    "modalities": ((["text"],), "ask for ['text']"),
    "moderation": ((), "the deployment has its own guardrail"),
    "n": ((1,), "ask for one choice a request"),
    "prediction": ((), "leave it out"),
    "presence_penalty": ((0, 0.0), "leave it out"),
    "reasoning_effort": ((), "leave it out"),
    "top_logprobs": ((0,), "leave it out"),
    "verbosity": ((), "leave it out"),
    "web_search_options": ((), "leave it out"),
}
_FINISH: Final = {
    Finish.STOP: "stop",
    Finish.LENGTH: "length",
    Finish.FILTERED: "content_filter",
    Finish.TOOL_CALLS: "tool_calls",
}


@dataclass(frozen=True)
class ChatRequest:
    """A request of this API; `include_usage` asks for a last chunk with the usage in a stream."""

    prompt: PromptRequest
    stream: bool
    include_usage: bool


def parse(values: Mapping[str, Any], config: Config) -> ChatRequest:
    """Return the request that a body holds.

    Raises:
        RefusalError: the body has mistakes, or asks for what is not supported; every one is named.
    """
    body = Fields(values)
    model = read_model(body, config)
    body.only(_READ, _UNSUPPORTED)
    items = body.objects("messages")
    if items is None and body.values.get("messages") is None:
        body.note("messages", "is missing; send the conversation, the question last", "missing_parameter")
    limit = config.limits.max_messages
    if items is not None and len(items) > limit:
        body.note("messages", f"has {len(items)} messages; the limit is {limit}")
        items = None
    conversation = read_messages(body, "messages", items or (), CHAT)
    tools = read_tools(body, config, nested=True)
    read_text_format(body, "response_format")
    stream_options = body.object("stream_options")
    stream_options.only({"include_usage", "include_obfuscation"}, {})
    request = ChatRequest(
        prompt=PromptRequest(
            model=model,
            messages=conversation.messages,
            instructions=conversation.instructions,
            sampling=Sampling(
                max_tokens=read_max_tokens(body, config, "max_completion_tokens", "max_tokens"),
                temperature=read_temperature(body),
                top_p=read_top_p(body),
                stop=read_stop(body),
            ),
            param="messages",
            tools=tools,
            tool_choice=read_tool_choice(body, tools, config, nested=True),
            turns=conversation.turns,
            parallel_calls=read_parallel_calls(body),
        ),
        stream=body.flag("stream"),
        include_usage=stream_options.flag("include_usage"),
    )
    body.done()
    return request


def render(outcome: Outcome, completion_id: str, request_id: str, created: int) -> dict[str, Any]:
    """Return the `chat.completion` object, with our extra fields; `created` is in seconds since the epoch."""
    answer = outcome.answer
    message: dict[str, Any] = {"role": "assistant", "content": answer.text, "refusal": None, "annotations": []}
    if answer.calls:
        message |= {"content": answer.text or None, "tool_calls": [_call(call) for call in answer.calls]}
    return {
        "id": completion_id,
        "object": "chat.completion",
        "created": created,
        "model": answer.model,
        "choices": [
            {"index": 0, "message": message, "logprobs": None, "finish_reason": _FINISH[answer.finish]},
        ],
        "usage": _usage(outcome),
        **extras(outcome, request_id),
    }


def render_stream(
    outcome: Outcome, completion_id: str, request_id: str, created: int, *, include_usage: bool
) -> Iterator[str]:
    """Yield the same answer as server-sent events of `chat.completion.chunk` objects, then `[DONE]`."""
    answer = outcome.answer
    common: dict[str, Any] = {
        "id": completion_id,
        "object": "chat.completion.chunk",
        "created": created,
        "model": answer.model,
    }
    no_usage = {"usage": None} if include_usage else {}

    def chunk(delta: Mapping[str, Any], finish: str | None, more: Mapping[str, Any]) -> str:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return event({**common, "choices": [choice], **no_usage, **more})

    yield chunk({"role": "assistant", "content": "", "refusal": None}, None, {})
    for piece in pieces(answer.text):
        yield chunk({"content": piece}, None, {})
    for index, call in enumerate(answer.calls):
        yield chunk({"tool_calls": [{"index": index, **_call(call)}]}, None, {})
    yield chunk({}, _FINISH[answer.finish], extras(outcome, request_id))
    if include_usage:
        yield event({**common, "choices": [], "usage": _usage(outcome)})
    yield DONE


def _call(call: ToolCall) -> dict[str, Any]:
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}


def _usage(outcome: Outcome) -> dict[str, Any]:
    answer = outcome.answer
    read, written = (0, 0) if outcome.cached else (answer.input_tokens, answer.output_tokens)
    return {
        "prompt_tokens": read,
        "completion_tokens": written,
        "total_tokens": read + written,
        "prompt_tokens_details": {"cached_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0},
    }
