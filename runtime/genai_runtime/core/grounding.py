"""What an answer has to be borne out by: the passages that it was made from, and what tools gave back."""

from collections.abc import Iterable

from genai_runtime.core.request import PromptRequest
from genai_runtime.core.run import Run


def grounding_sources(request: PromptRequest, texts: Iterable[str]) -> list[str]:
    """Return those of the texts that the answer is judged against."""
    return list(texts) if _rests_on_sources(request) else []


def is_shown_whole(run: Run, request: PromptRequest) -> bool:
    """Whether nothing of the answer may be shown before all of it: a part says too little to be judged by, and each
    part would be judged, and billed, with all sources anew."""
    guardrail = run.config.guardrail
    return guardrail is not None and guardrail.grounding and _rests_on_sources(request)


def _rests_on_sources(request: PromptRequest) -> bool:
    """What is told of an image or a recording, and what is put in the form of a schema, comes from the request itself:
    no passage bears it out."""
    return not (request.media or request.schema)
