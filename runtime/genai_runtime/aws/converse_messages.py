"""A prompt as the messages of Bedrock's Converse."""

import base64
import json
import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, Final

from genai_runtime.core.request import Media, Message, Prompt

_NAME: Final = re.compile(r"[^A-Za-z0-9_-]")
_LONGEST_NAME: Final = 64


def converse_messages(prompt: Prompt) -> list[dict[str, Any]]:
    """Return the messages: Converse takes neither blank texts nor two messages of one role in a row."""
    question = [Message("user", block) for block in prompt.blocks]
    turns: Iterable[Message] = [*prompt.history, *question, *prompt.turns]
    spoken = ((turn.role, content) for turn in turns if (content := list(_content(turn))))
    messages: list[dict[str, Any]] = [
        {"role": role, "content": [block for _, content in group for block in content]}
        for role, group in groupby(spoken, key=lambda each: each[0])
    ]
    if prompt.media:
        messages[-1]["content"] = [*map(_medium, prompt.media), *messages[-1]["content"]]
    return messages


def _content(turn: Message) -> Iterator[dict[str, Any]]:
    """Yield the blocks of a turn. Results come first and calls last: nothing may stand between them."""
    for result in turn.results:
        status = {"status": "error"} if result.failed else {}
        yield {"toolResult": {"toolUseId": result.call_id, "content": [{"text": result.text}], **status}}
    if turn.text.strip():
        yield {"text": turn.text}
    for call in turn.calls:
        yield {"toolUse": {"toolUseId": call.id, "name": _name(call.name), "input": _input(call.arguments)}}


def _name(name: str) -> str:
    """A model may have made the name up, which Converse would refuse to read again."""
    return _NAME.sub("_", name)[:_LONGEST_NAME] or "_"


def _input(arguments: str) -> Any:
    try:
        value = json.loads(arguments)
    except ValueError:
        value = None
    return value if isinstance(value, dict) else {}


def _medium(media: Media) -> dict[str, Any]:
    return {media.kind: {"format": media.format, "source": {"bytes": base64.b64decode(media.data)}}}
