"""A prompt whose model may call no tools, and still reads what they gave back: as quoted text before the question."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from genai_runtime.core.request import Message, Prompt

_TAG: Final = re.compile(r"<(?=\s*/?\s*tool_result\b)", re.IGNORECASE)


def told_turns(prompt: Prompt, turns: Sequence[Message]) -> Prompt:
    """Return the prompt with the results among these turns told before the question."""
    *blocks, question = prompt.blocks
    return replace(prompt, blocks=(*blocks, *_told(turns), question))


def without_tools(prompt: Prompt) -> Prompt:
    """Return the prompt without tools: what was called is told, in the history as well."""
    history = tuple(_plain(each) if each.calls or each.results else each for each in prompt.history)
    return replace(told_turns(prompt, prompt.turns), history=history, turns=(), tools=())


def _plain(message: Message) -> Message:
    return Message(message.role, "\n".join((*_told([message]), message.text)).strip())


def _told(turns: Sequence[Message]) -> list[str]:
    names = {call.id: call.name for turn in turns for call in turn.calls}
    return [
        f'<tool_result tool="{names.get(result.call_id, "")}">\n{_TAG.sub("&lt;", result.text)}\n</tool_result>'
        for turn in turns
        for result in turn.results
    ]
