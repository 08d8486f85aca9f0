"""Conversations and pages of items as OpenAI's API shows them:
https://platform.openai.com/docs/api-reference/conversations."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from genai_runtime.core.conversations.items import characters
from genai_runtime.core.conversations.store import Conversation, Item
from genai_runtime.core.errors import refusal
from genai_runtime.core.openai_api.pages import page, page_limit

DEFAULT_LIMIT: Final = 20
MOST: Final = 100
PAGE_CHARACTERS: Final = 1_000_000
"""A page ends after this much text: a function's response has at most 6 MB, and a character up to 6 bytes as JSON."""


def render_conversation(conversation: Conversation) -> dict[str, Any]:
    """Return the `conversation` object."""
    return {
        "id": conversation.id,
        "object": "conversation",
        "created_at": conversation.created_at,
        "metadata": dict(conversation.metadata),
    }


def wants_newest_first(query: Mapping[str, str]) -> bool:
    """Return the order that a query asks for, the newest first by default.

    Raises:
        RefusalError: it is neither `asc` nor `desc`.
    """
    order = query.get("order", "desc")
    if order not in {"asc", "desc"}:
        raise refusal("invalid_value", f"order is {order[:40]!r}; it must be 'asc' or 'desc'.", "order")
    return order == "desc"


def item_page(items: Iterable[Item], query: Mapping[str, str]) -> dict[str, Any]:
    """Return the page that a query asks for, of items in its order after the one with the id `after`.

    Raises:
        RefusalError: `limit` is no number from 1 to `MOST`.
    """
    limit, after = page_limit(query, DEFAULT_LIMIT, MOST), query.get("after", "")
    taken: list[Item] = []
    total, passed = 0, not after
    for item in items:
        if not passed:
            passed = item["id"] == after
            continue
        total += characters(item)
        if taken and (len(taken) == limit or total > PAGE_CHARACTERS):
            return page([*taken, item], len(taken))
        taken.append(item)
    return page(taken, limit)
