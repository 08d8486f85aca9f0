"""From what a model generated to an answer that may be shown: the guardrail on the output."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

from genai_runtime.core.agent.loop import Work
from genai_runtime.core.request import Answer, Finish, Passage, PromptRequest, Verdict
from genai_runtime.core.run import Run


def checked_answer(
    run: Run, request: PromptRequest, work: Work, passages: Sequence[Passage], input_verdict: Verdict
) -> Answer:
    """Return the answer as the guardrail lets it through. What was shown while it was made has been judged piece by
    piece; the calls that it asks for have not.

    Raises:
        StepError: the guardrail failed.
    """
    answer = Answer(
        text=work.generation.text,
        finish=work.generation.finish,
        model=work.model,
        sources=tuple(passages),
        guardrail=input_verdict.action,
        guardrail_stage="input" if input_verdict.action != "none" else None,
        guardrail_policies=input_verdict.policies,
        input_tokens=work.generation.input_tokens,
        output_tokens=work.generation.output_tokens,
        prompt=prompt_version(run),
        calls=work.generation.calls,
        steps=tuple(work.steps),
        stopped=work.stopped,
    )
    answer = _checked_text(run, request, work, answer) if work.shown is None else _shown_text(work, answer)
    return _checked_calls(run, request, answer) if answer.calls else answer


def blocked_answer(run: Run, model: str, verdict: Verdict, stage: Literal["input", "output"], trimmed: int) -> Answer:
    """Return the guardrail's message in place of an answer."""
    return Answer(
        text=verdict.texts[0],
        finish=Finish.FILTERED,
        model=model,
        sources=(),
        guardrail="blocked",
        guardrail_stage=stage,
        guardrail_policies=verdict.policies,
        input_tokens=0,
        output_tokens=0,
        prompt=prompt_version(run),
        trimmed_messages=trimmed,
    )


def prompt_version(run: Run) -> str:
    """Return the name and version of the prompt."""
    return f"{run.config.prompt.name}@{run.config.prompt.version}"


def _shown_text(work: Work, answer: Answer) -> Answer:
    if work.shown is None or work.shown.action == "none":
        return answer
    return replace(
        answer,
        guardrail=work.shown.action,
        guardrail_stage="output",
        guardrail_policies=_policies(answer, work.shown.policies),
        sources=() if work.shown.action == "blocked" else answer.sources,
    )


def _checked_text(run: Run, request: PromptRequest, work: Work, answer: Answer) -> Answer:
    if run.ports.guardrail is None or not answer.text.strip():
        return answer
    with run.steps.step("guardrail_output"):
        verdict = run.ports.guardrail.check_output(answer.text, request.messages[-1].text, work.sources)
    if verdict.action == "none":
        return answer
    if verdict.action == "blocked":
        return _blocked(answer, verdict, verdict.texts[0])
    return _masked(answer, verdict, text=verdict.texts[0])


def _checked_calls(run: Run, request: PromptRequest, answer: Answer) -> Answer:
    """Arguments are an answer too, but for being borne out by passages."""
    if run.ports.guardrail is None:
        return answer
    for number, call in enumerate(answer.calls):
        with run.steps.step("guardrail_output"):
            verdict = run.ports.guardrail.check_output(call.arguments, request.messages[-1].text, ())
        if verdict.action == "masked" and _is_json(verdict.texts[0]):
            masked = replace(call, arguments=verdict.texts[0])
            calls = (*answer.calls[:number], masked, *answer.calls[number + 1 :])
            answer = _masked(answer, verdict, calls=calls)
        elif verdict.action != "none":
            # What is masked in the middle of JSON can break it, and then there is nothing left to show.
            text = verdict.texts[0] if verdict.action == "blocked" else ""
            if run.on_text is not None and text:
                run.on_text(f"\n\n{text}" if answer.text else text)
            return _blocked(answer, verdict, "\n\n".join(part for part in (answer.text, text) if part))
    return answer


def _blocked(answer: Answer, verdict: Verdict, text: str) -> Answer:
    return replace(
        answer,
        text=text,
        finish=Finish.FILTERED,
        sources=(),
        guardrail="blocked",
        guardrail_stage="output",
        guardrail_policies=verdict.policies,
        calls=(),
    )


def _masked(answer: Answer, verdict: Verdict, **changes: Any) -> Answer:
    policies = _policies(answer, verdict.policies)
    return replace(answer, guardrail="masked", guardrail_stage="output", guardrail_policies=policies, **changes)


def _policies(answer: Answer, more: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*answer.guardrail_policies, *more)))


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
