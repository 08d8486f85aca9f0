"""Fields of ours in every answer; clients of OpenAI's API ignore them."""

from typing import Any

from genai_runtime.core.request import Outcome


def extras(outcome: Outcome, request_id: str) -> dict[str, Any]:
    """Return where the answer comes from, and what happened on the way.

    - `sources`: the passages that the model was given, best first.
    - `cache`: whether the answer was kept from an equal request, and the tokens that this saved.
    - `guardrail`: "none", "masked" or "blocked", on the input or the output, by which policies.
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
            "kind": "exact" if outcome.cached else None,
            "saved": saved if outcome.cached else None,
        },
        "guardrail": {
            "action": answer.guardrail,
            "stage": answer.guardrail_stage,
            "policies": list(answer.guardrail_policies),
        },
        "prompt_version": answer.prompt,
        "trimmed_messages": answer.trimmed_messages,
    }
