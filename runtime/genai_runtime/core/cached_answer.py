"""An answer as the text that a cache keeps."""

import json
from dataclasses import asdict
from typing import Any

from genai_runtime.core.request import Answer, Finish, Passage
from genai_runtime.core.tools import Step, ToolCall, ToolUse


def dump_answer(answer: Answer) -> str:
    """Return the answer as JSON."""
    return json.dumps({**asdict(answer), "finish": answer.finish.value}, ensure_ascii=False)


def load_answer(text: str) -> Answer | None:
    """Return the answer that `dump_answer` wrote, or None for anything else, such as another release's."""
    try:
        raw = json.loads(text)
        raw["finish"] = Finish(raw["finish"])
        raw["sources"] = tuple(Passage(**source) for source in raw["sources"])
        raw["guardrail_policies"] = tuple(raw["guardrail_policies"])
        raw["calls"] = tuple(ToolCall(**call) for call in raw.get("calls", ()))
        raw["steps"] = tuple(_load_step(step) for step in raw.get("steps", ()))
        return Answer(**raw)
    except (ValueError, TypeError, KeyError):
        return None


def _load_step(raw: dict[str, Any]) -> Step:
    raw["tool_calls"] = tuple(ToolUse(**call) for call in raw["tool_calls"])
    return Step(**raw)
