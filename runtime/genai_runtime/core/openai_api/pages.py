"""Pages of lists, as OpenAI's API gives them: `limit` objects after the one with the id `after`."""

from collections.abc import Mapping, Sequence
from typing import Any

from genai_runtime.core.errors import refusal


def page_limit(query: Mapping[str, str], default: int, most: int) -> int:
    """Return how many objects a query asks for.

    Raises:
        RefusalError: it is no number from 1 to `most`.
    """
    text = query.get("limit", str(default))
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text[:9]) <= most:
        raise refusal("invalid_value", f"limit is {text[:40]!r}; it must be a number from 1 to {most}.", "limit")
    return int(text)


def page(objects: Sequence[Mapping[str, Any]], limit: int) -> dict[str, Any]:
    """Return the first page of objects."""
    shown = list(objects[:limit])
    return {
        "object": "list",
        "data": shown,
        "first_id": shown[0]["id"] if shown else None,
        "last_id": shown[-1]["id"] if shown else None,
        "has_more": len(objects) > limit,
    }
