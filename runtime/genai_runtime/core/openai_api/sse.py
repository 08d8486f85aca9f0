"""Server-sent events, as OpenAI's clients read them."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

DONE: Final = "data: [DONE]\n\n"
_PIECE: Final = re.compile(r"(?:\S+\s*|\s+){1,8}")


def event(data: Mapping[str, Any], name: str | None = None) -> str:
    """Return one event with one line of data.

    The JSON is ASCII, because some clients break lines at U+2028 and its like too.
    """
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(data, separators=(',', ':'))}\n\n"


def pieces(text: str) -> Sequence[str]:
    """Return the text in pieces of a few words, which together are the text again."""
    return _PIECE.findall(text)
