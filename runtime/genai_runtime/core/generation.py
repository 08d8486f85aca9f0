"""The model call of the pipeline: whole, or shown piece by piece while it is generated."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from genai_runtime.core.config import ModelChoice
from genai_runtime.core.errors import Cause, StepError
from genai_runtime.core.fallback import candidates, generate_with_fallback
from genai_runtime.core.grounding import is_shown_whole
from genai_runtime.core.guarded_stream import BlockedTextError, GuardedStream
from genai_runtime.core.json_schema import text_problem
from genai_runtime.core.request import Finish, Generation, Prompt, PromptRequest, Verdict
from genai_runtime.core.run import Run
from genai_runtime.core.tokens import estimated_tokens

RESERVE_SECONDS: Final = 1.0
"""What the steps after the model call may take of the time that is left."""


def generate_whole(run: Run, request: PromptRequest, prompt: Prompt) -> tuple[str, Generation]:
    """Return the name of the model that answered, and what it generated. A model whose answer does not fit the schema
    is asked again, then the next one."""

    def call(model: ModelChoice, timeout: float) -> Generation:
        made = run.ports.model.generate(model.model_id, prompt, request.sampling, _labels(run), timeout)
        if request.schema and (problem := text_problem(request.schema, made.text)):
            raise StepError(Cause.UNAVAILABLE, "model", f"the answer does not fit the schema: {problem}")
        return made

    with run.steps.step("model"):
        model, generation = generate_with_fallback(
            candidates(run.config.models, request.model),
            call,
            run.ports.clock,
            _deadline(run),
        )
    return model.name, generation


def begin_showing(run: Run, request: PromptRequest, sources: Sequence[str]) -> GuardedStream:
    """Return what shows an answer to this request; `sources` may grow while it is made."""
    on_text = run.on_text or (lambda _: None)
    return GuardedStream(
        _output_check(run, request, sources),
        on_text,
        hold=run.ports.guardrail is not None,
        whole=is_shown_whole(run, request),
    )


def generate_shown(run: Run, shown: GuardedStream, request: PromptRequest, prompt: Prompt) -> tuple[str, Generation]:
    """Return the name of the model that was asked last, and what was shown of what it generated."""
    asked, before = request.model, shown.text

    def call(model: ModelChoice, timeout: float) -> Generation:
        nonlocal asked
        asked = model.name
        shown.restart()
        return run.ports.model.stream(model.model_id, prompt, request.sampling, _labels(run), timeout, shown.feed)

    with run.steps.step("model"):
        try:
            _, generation = generate_with_fallback(
                candidates(run.config.models, request.model),
                call,
                run.ports.clock,
                _deadline(run),
                # Another attempt would begin the answer again after the client has read a part of it.
                may_repeat=lambda: shown.text == before,
            )
            shown.end()
        except BlockedTextError:
            # The model was cut off, or could have been, before it said what it counted.
            read = sum(estimated_tokens(text) for text in (prompt.system, *prompt.blocks))
            text = shown.text[len(before) :]
            return asked, Generation(text, Finish.FILTERED, read, estimated_tokens(text))
    return asked, replace(generation, text=shown.text[len(before) :])


def _output_check(run: Run, request: PromptRequest, sources: Sequence[str]) -> Callable[[str], Verdict]:
    guardrail, question = run.ports.guardrail, request.messages[-1].text

    def check(text: str) -> Verdict:
        if guardrail is None:
            return Verdict("none", (text,))
        with run.steps.step("guardrail_output"):
            return guardrail.check_output(text, question, sources)

    return check


def _labels(run: Run) -> dict[str, str]:
    return {
        "request_id": run.trace.request_id,
        "trace_id": run.trace.trace_id,
        "tenant": run.caller.tenant,
    }


def _deadline(run: Run) -> float:
    return min(run.deadline - RESERVE_SECONDS, run.ports.clock.monotonic() + run.config.model_timeout_seconds)
