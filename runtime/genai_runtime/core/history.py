"""Keeps a request inside the limit of input tokens."""

from dataclasses import replace

from genai_runtime.core.config import Limits
from genai_runtime.core.errors import refusal
from genai_runtime.core.request import Message, PromptRequest
from genai_runtime.core.tokens import estimated_tokens


def fit(request: PromptRequest, limits: Limits) -> tuple[PromptRequest, int]:
    """Return the request without its oldest messages that exceed the limit, and how many those are.

    The history also starts with a user's message, as models require.

    Raises:
        RefusalError: what must stay (instructions and question, or everything where trimming is not allowed)
        is too long.
    """
    *history, question = request.messages
    definitions = [tool.name + tool.description + tool.parameters for tool in request.tools]
    total = sum(map(estimated_tokens, (request.all_instructions, *definitions)))
    total += sum(map(_tokens, (question, *request.turns)))
    kept = len(history)
    needed = total + (0 if request.trim_history else sum(map(_tokens, history)))
    if needed > limits.max_input_tokens:
        with_tools = ", with the tools and their results," if request.tools or request.turns else ""
        what = f"The question and the instructions{with_tools} have" if request.trim_history else "The input has"
        raise refusal(
            "context_length_exceeded",
            f"{what} about {needed} tokens; the limit is {limits.max_input_tokens}. Shorten them.",
            request.param,
        )
    for message in reversed(history):
        total += _tokens(message)
        if total > limits.max_input_tokens:
            break
        kept -= 1
    while kept < len(history) and (history[kept].role == "assistant" or history[kept].results):
        kept += 1
    return replace(request, messages=(*history[kept:], question)), kept


def _tokens(message: Message) -> int:
    called = (call.name + call.arguments for call in message.calls)
    returned = (result.text for result in message.results)
    return sum(map(estimated_tokens, (message.text, *called, *returned)))
