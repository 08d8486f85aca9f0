"""Keeps a request inside the limit of input tokens."""

from dataclasses import replace

from genai_runtime.core.config import Limits
from genai_runtime.core.errors import refusal
from genai_runtime.core.request import PromptRequest
from genai_runtime.core.tokens import estimated_tokens


def fit(request: PromptRequest, limits: Limits) -> tuple[PromptRequest, int]:
    """Return the request without its oldest messages that exceed the limit, and how many those are.

    The history also starts with a user's message, as models require.

    Raises:
        RefusalError: what must stay (instructions and question, or everything where trimming is not allowed)
        is too long.
    """
    *history, question = request.messages
    total = estimated_tokens(request.instructions) + estimated_tokens(question.text)
    kept = len(history)
    needed = total + (0 if request.trim_history else sum(estimated_tokens(message.text) for message in history))
    if needed > limits.max_input_tokens:
        what = "The question and the instructions have" if request.trim_history else "The input has"
        raise refusal(
            "context_length_exceeded",
            f"{what} about {needed} tokens; the limit is {limits.max_input_tokens}. Shorten them.",
            request.param,
        )
    for message in reversed(history):
        total += estimated_tokens(message.text)
        if total > limits.max_input_tokens:
            break
        kept -= 1
    while kept < len(history) and history[kept].role == "assistant":
        kept += 1
    return replace(request, messages=(*history[kept:], question)), kept
