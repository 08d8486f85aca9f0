"""Fields of ours in every answer; clients of OpenAI's API ignore them."""

from dataclasses import asdict
from typing import Any

from genai_runtime.core.request import Outcome, StepUse
from genai_runtime.core.tools import Step


def extras(outcome: Outcome, request_id: str) -> dict[str, Any]:
    """Return where the answer comes from, and what happened on the way.

    - `sources`: the passages that the model was given, best first.
    - `cache`: whether the answer was kept from an equal request ("exact") or from one that is alike ("semantic"), the
      cosine of the two questions, and the tokens that this saved.
    - `guardrail`: "none", "masked" or "blocked", on the input or the output, by which policies.
    - `steps`: every call of a model on the way, what it used, and the deployment's tools that were called after it;
      `stopped` is the bound that ended the calls of tools before the model did, if one did.
    - `chain`: what each step of a chain used, where a chain answered.
    - `prompt_version`, and `trimmed_messages`: how many old messages did not fit in the prompt.
    """
    answer = outcome.answer
    saved = {"input_tokens": answer.input_tokens, "output_tokens": answer.output_tokens}
    return {
        "request_id": request_id,
        "sources": [
            {
                "document_id": source.document_id,
                "document": source.document,
                "passage": source.text,
                "score": source.score,
            }
            for source in answer.sources
        ],
        "cache": {
            "hit": outcome.cached,
            "kind": None if not outcome.cached else "exact" if outcome.similarity is None else "semantic",
            "similarity": None if outcome.similarity is None else round(outcome.similarity, 4),
            "saved": saved if outcome.cached else None,
        },
        "guardrail": {
            "action": answer.guardrail,
            "stage": answer.guardrail_stage,
            "policies": list(answer.guardrail_policies),
        },
        "steps": [] if outcome.cached else [_step(step) for step in answer.steps],
        "stopped": answer.stopped or None,
        "prompt_version": answer.prompt,
        "trimmed_messages": answer.trimmed_messages,
        **({"chain": [_use(step) for step in outcome.chain]} if outcome.chain else {}),
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "model": step.model,
        "usage": {"input_tokens": step.input_tokens, "output_tokens": step.output_tokens},
        "tool_calls": [asdict(use) for use in step.tool_calls],
    }


def _use(step: StepUse) -> dict[str, Any]:
    usage = {"input_tokens": step.input_tokens, "output_tokens": step.output_tokens}
    return {"name": step.name, "model": step.model, "cache_hit": step.cached, "usage": usage}
