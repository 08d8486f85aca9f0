"""What came of a part: its answer or its error, as it is kept and as the client sees it."""

import json
from dataclasses import dataclass
from typing import Any

from genai_runtime.core.cached_answer import dump_answer, load_answer
from genai_runtime.core.jobs import Status
from genai_runtime.core.request import Answer, Outcome


@dataclass(frozen=True)
class PartResult:
    """How far a part is; `outcome` once it is completed, `error` (code and message) once it failed. `ended_at` is in
    seconds since the epoch."""

    status: Status
    outcome: Outcome | None = None
    error: dict[str, str] | None = None
    ended_at: float = 0.0


def dump_outcome(outcome: Outcome, now: float) -> str:
    """Return an answer as the text that is kept."""
    kept = {"answer": dump_answer(outcome.answer), "cached": outcome.cached, "similarity": outcome.similarity}
    return json.dumps({**kept, "ended_at": now})


def dump_error(code: str, message: str, now: float) -> str:
    """Return an error as the text that is kept."""
    return json.dumps({"error": {"code": code, "message": message}, "ended_at": now})


def load_result(status: Status, text: str) -> PartResult:
    """Return the result that is kept of a part; there is none before it has ended."""
    raw = json.loads(text) if text else {}
    answer: Answer | None = load_answer(raw["answer"]) if "answer" in raw else None
    outcome = Outcome(answer, raw["cached"], raw.get("similarity")) if answer else None
    return PartResult(status, outcome, raw.get("error"), raw.get("ended_at", 0.0))


def render_part(part_id: str, modality: str, result: PartResult | None) -> dict[str, Any]:
    """Return what a client sees of a part."""
    shown: dict[str, Any] = {
        "id": part_id,
        "modality": modality,
        "status": result.status.value if result else Status.QUEUED.value,
        "error": result.error if result else None,
        "output_text": None,
    }
    if result is None or result.outcome is None:
        return shown
    answer, cached = result.outcome.answer, result.outcome.cached
    read, written = (0, 0) if cached else (answer.input_tokens, answer.output_tokens)
    return {
        **shown,
        "output_text": answer.text,
        "model": answer.model,
        "finish": answer.finish.value,
        "cache": {"hit": cached},
        "guardrail": {"action": answer.guardrail, "policies": list(answer.guardrail_policies)},
        "usage": {"input_tokens": read, "output_tokens": written},
    }
