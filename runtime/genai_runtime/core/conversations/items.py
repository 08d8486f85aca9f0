"""What was said as items of OpenAI's Responses API, which is how it is kept and shown, and read again later."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from genai_runtime.core.conversations.store import Item
from genai_runtime.core.openai_api.body import Fields
from genai_runtime.core.openai_api.conversation import RESPONSES, STANDING, Conversation, read_messages
from genai_runtime.core.openai_api.responses import text_part
from genai_runtime.core.request import Message, PromptRequest
from genai_runtime.ids import numbered_id


def own_part(before: Sequence[Item], own: Sequence[Any]) -> tuple[tuple[str, ...], int]:
    """Return what is a request's own of a conversation: the roles of its instructions, and how many items besides."""
    earlier, all_of_it = _read(before), _read([*before, *own])
    return all_of_it.roles[len(earlier.roles) :], _count(all_of_it) - _count(earlier)


def items_of(prompt: PromptRequest, roles: Sequence[str], count: int, request_id: str) -> tuple[Item, ...]:
    """Return the last `count` items of what was said, after the last instructions, of which there are as many as
    `roles`. What did not fit into the prompt is not among them."""
    texts = prompt.standing[len(prompt.standing) - len(roles) :]
    standing = [_message(role, text) for role, text in zip(roles, texts, strict=True)]
    said = list(_said((*prompt.messages, *prompt.turns)))
    items = [*standing, *said[max(0, len(said) - count) :]]
    return tuple(
        {"id": numbered_id("msg", request_id, number), **item, "status": "completed"}
        for number, item in enumerate(items)
    )


def from_a_question(items: Sequence[Item]) -> tuple[Item, ...]:
    """Return the items from the first question on, and the instructions before it."""
    first = next((number for number, item in enumerate(items) if item.get("role") == "user"), len(items))
    return (*(item for item in items[:first] if item.get("role") in STANDING), *items[first:])


def characters(item: Item) -> int:
    """Return about how large an item is."""
    return len(json.dumps(item, ensure_ascii=False))


def _read(items: Sequence[Any]) -> Conversation:
    return read_messages(Fields({}), "input", items, RESPONSES, whole=False)


def _count(conversation: Conversation) -> int:
    return sum(1 for _ in _said((*conversation.messages, *conversation.turns)))


def _said(messages: Sequence[Message]) -> Iterator[dict[str, Any]]:
    for message in messages:
        if message.text.strip() or not (message.calls or message.results):
            yield _message(message.role, message.text)
        for call in message.calls:
            yield {"type": "function_call", "call_id": call.id, "name": call.name, "arguments": call.arguments}
        for result in message.results:
            yield {"type": "function_call_output", "call_id": result.call_id, "output": result.text}


def _message(role: str, text: str) -> dict[str, Any]:
    part = text_part(text) if role == "assistant" else {"type": "input_text", "text": text}
    return {"type": "message", "role": role, "content": [part]}
