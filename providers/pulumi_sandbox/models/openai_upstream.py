"""Generation by any OpenAI-compatible server, instead of the embedded model.

Set SANDBOX_MODEL_URL (the base URL that ends in /v1) to use it; SANDBOX_MODEL_NAME (default: the model id
that the client called) and SANDBOX_MODEL_KEY (default: no Authorization header) as the server needs.
"""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2

from .conversation import (
    AnswerStream,
    Conversation,
    Finish,
    Message,
    ModelRefused,
    ModelThrottled,
    ModelUnavailable,
    StopReason,
    Text,
    ToolCall,
    ToolResult,
)
from .extractive import input_tokens
from .tokens import count_tokens

_TIMEOUT = httpx2.Timeout(300.0, connect=10.0)
_TOO_MANY_REQUESTS = 429
_FIRST_SERVER_ERROR = 500
_STOP_REASONS: Mapping[str, StopReason] = {"stop": "end", "length": "length", "tool_calls": "tool_call"}


@dataclass(frozen=True)
class Upstream:
    """Where the OpenAI-compatible server is; `name` "" sends the client's own model id, `key` "" no key."""

    url: str
    name: str = ""
    key: str = ""


def upstream_from_environment() -> Upstream | None:
    """Return the server that the environment names, or None."""
    url = os.environ.get("SANDBOX_MODEL_URL", "").rstrip("/")
    return (
        Upstream(url, os.environ.get("SANDBOX_MODEL_NAME", ""), os.environ.get("SANDBOX_MODEL_KEY", ""))
        if url
        else None
    )


def answer(upstream: Upstream, conversation: Conversation) -> AnswerStream:
    """Yield the server's answer as it comes; raises ModelThrottled, ModelRefused or ModelUnavailable."""
    headers = {"Authorization": f"Bearer {upstream.key}"} if upstream.key else {}
    try:
        with (
            httpx2.Client(timeout=_TIMEOUT, headers=headers) as client,
            client.stream(
                "POST", f"{upstream.url}/chat/completions", json=_request(upstream, conversation)
            ) as response,
        ):
            if not response.is_success:
                response.read()
                raise _error(upstream, response.status_code, response.text)
            yield from _events(_chunks(response.iter_lines()), conversation)
    except httpx2.HTTPError as error:
        raise ModelUnavailable(
            f"the model server at {upstream.url} (SANDBOX_MODEL_URL) does not answer: {error}"
        ) from error


def _error(upstream: Upstream, status: int, body: str) -> Exception:
    told = f"the model server at {upstream.url} (SANDBOX_MODEL_URL) answered {status}: {body[:500]}"
    if status == _TOO_MANY_REQUESTS:
        return ModelThrottled(told)
    return ModelUnavailable(told) if status >= _FIRST_SERVER_ERROR else ModelRefused(told)


def _request(upstream: Upstream, conversation: Conversation) -> dict[str, Any]:
    body: dict[str, Any] = {
        "model": upstream.name or conversation.model,
        "messages": list(_messages(conversation)),
        "max_tokens": conversation.max_tokens,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if conversation.temperature is not None:
        body["temperature"] = conversation.temperature
    if conversation.top_p is not None:
        body["top_p"] = conversation.top_p
    if conversation.stop:
        body["stop"] = list(conversation.stop)
    if conversation.tools:
        body["tools"] = [
            {
                "type": "function",
                "function": {
                    "name": tool.name,
                    "description": tool.description,
                    "parameters": dict(tool.schema),
                },
            }
            for tool in conversation.tools
        ]
        body["tool_choice"] = {"auto": "auto", "any": "required"}.get(
            conversation.tool_choice, {"type": "function", "function": {"name": conversation.tool_choice}}
        )
    return body


def _messages(conversation: Conversation) -> Iterator[dict[str, Any]]:
    if conversation.system:
        yield {"role": "system", "content": "\n\n".join(conversation.system)}
    for message in conversation.messages:
        yield from _message(message)


def _message(message: Message) -> Iterator[dict[str, Any]]:
    for part in message.parts:
        if isinstance(part, ToolResult):
            yield {"role": "tool", "tool_call_id": part.id, "content": "\n".join(part.texts)}
    text = "\n\n".join(part.text for part in message.parts if isinstance(part, Text))
    calls = [
        {
            "id": part.id,
            "type": "function",
            "function": {"name": part.name, "arguments": json.dumps(dict(part.input))},
        }
        for part in message.parts
        if isinstance(part, ToolCall)
    ]
    if calls:
        yield {"role": "assistant", "content": text or None, "tool_calls": calls}
    elif text:
        yield {"role": message.role, "content": text}


def _chunks(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        data = line.removeprefix("data:").strip()
        if line.startswith("data:") and data != "[DONE]":
            chunk = json.loads(data)
            if "error" in chunk:
                raise ModelUnavailable(f"the model server broke off: {chunk['error']}")
            yield chunk


def _events(chunks: Iterator[dict[str, Any]], conversation: Conversation) -> AnswerStream:
    reason: StopReason | None = None
    usage: dict[str, Any] = {}
    calls: dict[int, dict[str, str]] = {}
    written: list[str] = []
    for chunk in chunks:
        usage = chunk.get("usage") or usage
        for choice in chunk.get("choices", ())[:1]:
            delta = choice.get("delta") or {}
            if text := delta.get("content"):
                written.append(text)
                yield Text(text)
            for part in delta.get("tool_calls") or ():
                _collect(calls, part)
            if choice.get("finish_reason"):
                reason = _STOP_REASONS.get(choice["finish_reason"], "end")
    if reason is None:
        raise ModelUnavailable("the model server ended its stream without a finish_reason")
    for call in calls.values():
        yield ToolCall(call["id"], call["name"], _arguments(call))
    yield Finish(
        "tool_call" if calls else reason,
        usage.get("prompt_tokens") or input_tokens(conversation),
        usage.get("completion_tokens") or count_tokens("".join(written)),
    )


def _collect(calls: dict[int, dict[str, str]], part: dict[str, Any]) -> None:
    call = calls.setdefault(part.get("index", len(calls)), {"id": "", "name": "", "arguments": ""})
    function = part.get("function") or {}
    call["id"] = part.get("id") or call["id"]
    call["name"] = function.get("name") or call["name"]
    call["arguments"] += function.get("arguments") or ""


def _arguments(call: Mapping[str, str]) -> dict[str, Any]:
    try:
        return json.loads(call["arguments"] or "{}")
    except ValueError as error:
        raise ModelUnavailable(
            f"the model server called {call['name']} with broken JSON: {call['arguments']!r}"
        ) from error
