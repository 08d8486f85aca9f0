"""The semantic cache: the answer to another question that asks for the same thing in other words.

It stands behind the exact cache, which holds the answers; here is only how questions find them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from genai_runtime.core.cache_key import context_key
from genai_runtime.core.cached_answer import load_answer
from genai_runtime.core.distinctive_words import distinctive_words
from genai_runtime.core.request import Answer, PromptRequest
from genai_runtime.core.run import Run
from genai_runtime.core.tolerance import tolerant

LONGEST_QUESTION_CHARACTERS: Final = 1_000
"""In a long text the detail that matters weighs little: two letters about different cases are nearly alike."""


@dataclass(frozen=True)
class Meaning:
    """What a question is found by: what it must have in common with another one, and its vector."""

    context: str
    vector: Sequence[float]


@dataclass(frozen=True)
class Found:
    """The answer to a question that is alike, and how alike the two are."""

    answer: Answer
    similarity: float


def meaning_of(run: Run, request: PromptRequest) -> Meaning | None:
    """Return what the request's question is found by; None without a semantic cache, for a question that says nothing
    or too much for it, after the client's tools have been used, and while the embedding model is down."""
    similar, question = run.ports.similar, request.messages[-1].text
    words = distinctive_words(question)
    if similar is None or request.turns or not words[0] or len(question) > LONGEST_QUESTION_CHARACTERS:
        return None
    vector = tolerant(run, "cache_embedding", lambda: similar.embed(question))
    if vector is None:
        return None
    return Meaning(context_key(request, words, run.caller.tenant, run.config), vector)


def find_similar(run: Run, meaning: Meaning) -> Found | None:
    """Return the cached answer to the tenant's question that is nearest, if that is near enough."""
    similar, cache, settings = run.ports.similar, run.ports.cache, run.config.semantic_cache
    tenant, now = run.caller.tenant, run.ports.clock.now()
    if similar is None or cache is None or settings is None:
        return None

    def look_up() -> Found | None:
        nearest = similar.nearest(tenant, meaning.context, meaning.vector, now)
        if nearest is None or nearest.similarity * 100 < settings.similarity_percent:
            return None
        kept = cache.get(tenant, nearest.key, now)
        answer = None if kept is None else load_answer(kept)
        return None if answer is None else Found(answer, nearest.similarity)

    return tolerant(run, "cache_search", look_up)


def remember(run: Run, meaning: Meaning, key: str, expires_at: float) -> None:
    """Let the question be found, whose answer the cache has at `key`."""
    similar, tenant = run.ports.similar, run.caller.tenant
    if similar is not None:
        tolerant(run, "cache_remember", lambda: similar.put(tenant, key, meaning.context, meaning.vector, expires_at))
