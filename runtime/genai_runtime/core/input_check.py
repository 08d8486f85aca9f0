"""The guardrail on what the client wrote: all of it, since a client can forge the rest of a conversation too."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace

from genai_runtime.core.errors import refusal
from genai_runtime.core.image_check import judged_images
from genai_runtime.core.ports import Guardrail
from genai_runtime.core.request import Media, Message, PromptRequest, Verdict
from genai_runtime.core.run import Run
from genai_runtime.core.steps import Steps


def check_input(run: Run, request: PromptRequest) -> tuple[PromptRequest, Verdict]:
    """Return the request as the model may read it, and what the guardrail says of it.

    Raises:
        RefusalError: the definition or the arguments of a tool hold what the guardrail masks, and are no JSON then.
        StepError: the guardrail failed.
    """
    return judge_input(request, run.ports.guardrail, run.steps, judged_images(run, request))


def judge_input(
    request: PromptRequest, guardrail: Guardrail | None, steps: Steps, images: Sequence[Media] = ()
) -> tuple[PromptRequest, Verdict]:
    """As `check_input`, by this guardrail."""
    judged = _texts(request)
    if guardrail is None or not judged:
        return request, Verdict("none", tuple(judged))
    with steps.step("guardrail_input"):
        verdict = guardrail.check_input(judged, images)
    if verdict.action != "masked":
        return request, verdict
    masked = iter(verdict.texts)
    return _checked(_changed(request, lambda text: next(masked) if text.strip() else text)), verdict


def _texts(request: PromptRequest) -> list[str]:
    texts: list[str] = []

    def note(text: str) -> str:
        texts.append(text)
        return text

    _changed(request, note)
    return [text for text in texts if text.strip()]


def _changed(request: PromptRequest, change: Callable[[str], str]) -> PromptRequest:
    """Return the request with every text that the client wrote changed, always in the same order."""

    def changed(message: Message) -> Message:
        return Message(
            message.role,
            change(message.text),
            tuple(replace(call, arguments=change(call.arguments)) for call in message.calls),
            tuple(replace(result, text=change(result.text)) for result in message.results),
        )

    return replace(
        request,
        instructions=change(request.instructions),
        standing=tuple(map(change, request.standing)),
        messages=tuple(map(changed, request.messages)),
        turns=tuple(map(changed, request.turns)),
        tools=tuple(
            replace(tool, description=change(tool.description), parameters=change(tool.parameters))
            for tool in request.tools
        ),
    )


def _checked(request: PromptRequest) -> PromptRequest:
    messages = (*request.messages, *request.turns)
    held = [call.arguments for message in messages for call in message.calls]
    held += [tool.parameters for tool in request.tools]
    try:
        for text in held:
            json.loads(text)
    except ValueError:
        raise refusal(
            "invalid_value",
            "The definition or the arguments of a tool hold what the guardrail masks; leave it out.",
            "tools" if request.tools else request.param,
        ) from None
    return request
