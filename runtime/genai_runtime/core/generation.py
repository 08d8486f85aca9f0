"""The model call of the pipeline: whole, or shown piece by piece while it is generated."""

from collections.abc import Callable, Sequence
from typing import Final

from genai_runtime.core.config import ModelChoice
from genai_runtime.core.errors import Cause, StepError
from genai_runtime.core.fallback import candidates, generate_with_fallback
from genai_runtime.core.guarded_stream import BlockedTextError, GuardedStream
from genai_runtime.core.json_schema import text_problem
from genai_runtime.core.request import Finish, Generation, Passage, Prompt, PromptRequest, Verdict
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


def generate_shown(
    run: Run, on_text: Callable[[str], None], request: PromptRequest, prompt: Prompt, passages: Sequence[Passage]
) -> tuple[str, Generation, GuardedStream]:
    """Return the name of the model that was asked last, what was shown of its answer, and how it was judged."""
    shown = GuardedStream(_output_check(run, request, passages), on_text, hold=run.ports.guardrail is not None)
    asked = request.model

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
                may_repeat=lambda: not shown.text,
            )
            shown.end()
        except BlockedTextError:
            # The model was cut off, or could have been, before it said what it counted.
            read = sum(estimated_tokens(text) for text in (prompt.system, *prompt.blocks))
            generation = Generation(shown.text, Finish.FILTERED, read, estimated_tokens(shown.text))
    return asked, Generation(shown.text, generation.finish, generation.input_tokens, generation.output_tokens), shown


def _output_check(run: Run, request: PromptRequest, passages: Sequence[Passage]) -> Callable[[str], Verdict]:
    guardrail, question = run.ports.guardrail, request.messages[-1].text
    sources = [passage.text for passage in passages]

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
