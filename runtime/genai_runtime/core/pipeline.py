"""The prompt pipeline: from a validated request to an answer that may be shown.

limits of the request and its tenant -> guardrail on the input -> cache look-up -> retrieval -> prompt -> budget held
-> model -> budget booked -> guardrail on the output -> cache write -> usage record.

A step that the answer's safety or substance rests on (guardrail, retrieval, prompt, model) fails the request.
The cache and the usage record may be down without losing the answer, but a missing permission always fails
the request: it is a fault of the deployment, and tolerating it would hide it.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar

from genai_runtime.core.budget import count_request, within_budget
from genai_runtime.core.cache_key import cache_key
from genai_runtime.core.cached_answer import dump_answer, load_answer
from genai_runtime.core.errors import Cause, StepError, refusal
from genai_runtime.core.generation import generate_shown, generate_whole
from genai_runtime.core.guarded_stream import GuardedStream
from genai_runtime.core.history import fit
from genai_runtime.core.ports import Usage
from genai_runtime.core.prompt import TemplateError, parse_template, render
from genai_runtime.core.request import (
    Answer,
    Finish,
    Generation,
    Message,
    Outcome,
    Passage,
    Prompt,
    PromptRequest,
    Verdict,
)
from genai_runtime.core.run import Run

_Result = TypeVar("_Result")


def answer_request(run: Run, request: PromptRequest) -> Outcome:
    """Return the answer to a request for the caller of this run.

    Raises:
        RefusalError: the client must change the request.
        StepError: a step failed that the answer needs.
    """
    with run.steps.step("limits"):
        request, trimmed = fit(request, run.config.limits)
        tenant_limits = count_request(run)
    request, verdict = _check_input(run, request)
    if verdict.action == "blocked":
        _show(run, verdict.texts[0])
        return _finish(run, _blocked(run, request.model, verdict, "input", trimmed), cached=False)
    key = cache_key(request, run.caller.tenant, run.config)
    if run.read_cache and (kept := _cached(run, key)) is not None:
        _show(run, kept.text)
        return _finish(run, replace(kept, trimmed_messages=trimmed), cached=True)
    passages = _retrieve(run, request.messages[-1].text) if request.quoted is None else request.quoted
    prompt = _render(run, request, passages)
    with within_budget(run, tenant_limits, request, prompt) as booking:
        model, generation, shown = _generate(run, request, prompt, passages or ())
        booking.book(model, generation)
    if shown is None:
        answer = _check_output(run, request, model, generation, passages or (), verdict)
    else:
        answer = _shown_answer(run, model, generation, shown, passages or (), verdict)
    answer = replace(answer, trimmed_messages=trimmed)
    # An answer of a fall-back model must not outlive the trouble of the model that was asked for.
    if run.write_cache and answer.finish is not Finish.FILTERED and model == request.model:
        _keep(run, key, answer)
    return _finish(run, answer, cached=False)


def outcome_record(outcome: Outcome) -> dict[str, Any]:
    """Return what a log record says of an answer."""
    return {
        "model": outcome.answer.model,
        "prompt_version": outcome.answer.prompt,
        "guardrail": outcome.answer.guardrail,
        "cache_hit": outcome.cached,
        "input_tokens": 0 if outcome.cached else outcome.answer.input_tokens,
        "output_tokens": 0 if outcome.cached else outcome.answer.output_tokens,
        "passages": len(outcome.answer.sources),
    }


def _check_input(run: Run, request: PromptRequest) -> tuple[PromptRequest, Verdict]:
    guardrail = run.ports.guardrail
    # Everything that the client wrote is judged, the history and the instructions too: it can forge them all.
    texts = [request.instructions, *(message.text for message in request.messages)]
    judged = [text for text in texts if text.strip()]
    if guardrail is None:
        return request, Verdict("none", tuple(judged))
    with run.steps.step("guardrail_input"):
        verdict = guardrail.check_input(judged)
    if verdict.action != "masked":
        return request, verdict
    masked = iter(verdict.texts)
    instructions, *said = [next(masked) if text.strip() else text for text in texts]
    messages = tuple(Message(m.role, text) for m, text in zip(request.messages, said, strict=True))
    return replace(request, instructions=instructions, messages=messages), verdict


def _cached(run: Run, key: str) -> Answer | None:
    cache, tenant, now = run.ports.cache, run.caller.tenant, run.ports.clock.now()
    if cache is None:
        return None
    kept = _tolerant(run, "cache_read", lambda: cache.get(tenant, key, now))
    return None if kept is None else load_answer(kept)


def _keep(run: Run, key: str, answer: Answer) -> None:
    cache = run.ports.cache
    if cache is None:
        return
    expires_at = run.ports.clock.now() + run.config.cache_ttl_seconds
    _tolerant(run, "cache_write", lambda: cache.put(run.caller.tenant, key, dump_answer(answer), expires_at))


def _show(run: Run, text: str) -> None:
    if run.on_text is not None:
        run.on_text(text)


def _retrieve(run: Run, question: str) -> Sequence[Passage] | None:
    if run.ports.retriever is None:
        return None
    tenants = (run.caller.tenant, run.config.shared_tenant)
    with run.steps.step("retrieval"):
        passages = run.ports.retriever.retrieve(question, tenants)
        if any(passage.tenant not in tenants for passage in passages):
            # The filter is the retriever's duty; this stops a mistake in it, or in the documents, from
            # leaking.
            raise StepError(Cause.INVALID, "retrieval", "a passage of another tenant was returned")
    return passages


def _render(run: Run, request: PromptRequest, passages: Sequence[Passage] | None) -> Prompt:
    ref = run.config.prompt
    with run.steps.step("prompt"):
        text = run.ports.prompts.load(ref.name, ref.version)
        if text is None:
            raise StepError(Cause.INVALID, "prompt", f"no prompt {ref.name!r} of version {ref.version!r}")
        try:
            template = parse_template(text)
        except TemplateError as error:
            raise StepError(Cause.INVALID, "prompt", str(error)) from error
        if request.instructions and not template.takes_instructions:
            raise refusal(
                "unsupported_parameter",
                "This deployment takes no instructions of clients: send no system or developer text.",
                request.param,
            )
        prompt = render(
            template,
            instructions=request.instructions,
            history=request.messages[:-1],
            passages=passages,
            question=request.messages[-1].text,
        )
    return replace(prompt, media=request.media, schema=request.schema)


def _generate(
    run: Run, request: PromptRequest, prompt: Prompt, passages: Sequence[Passage]
) -> tuple[str, Generation, GuardedStream | None]:
    if run.on_text is not None:
        return generate_shown(run, run.on_text, request, prompt, passages)
    return *generate_whole(run, request, prompt), None


def _shown_answer(
    run: Run,
    model: str,
    generation: Generation,
    shown: GuardedStream,
    passages: Sequence[Passage],
    input_verdict: Verdict,
) -> Answer:
    answer = _answer(run, model, generation, passages, input_verdict)
    if shown.action == "none":
        return answer
    return replace(
        answer,
        guardrail=shown.action,
        guardrail_stage="output",
        guardrail_policies=tuple(dict.fromkeys((*input_verdict.policies, *shown.policies))),
        sources=() if shown.action == "blocked" else answer.sources,
    )


def _check_output(
    run: Run,
    request: PromptRequest,
    model: str,
    generation: Generation,
    passages: Sequence[Passage],
    input_verdict: Verdict,
) -> Answer:
    answer = _answer(run, model, generation, passages, input_verdict)
    if run.ports.guardrail is None or not generation.text.strip():
        return answer
    with run.steps.step("guardrail_output"):
        verdict = run.ports.guardrail.check_output(
            generation.text, request.messages[-1].text, [passage.text for passage in passages]
        )
    if verdict.action == "none":
        return answer
    if verdict.action == "blocked":
        blocked = _blocked(run, model, verdict, "output", 0)
        return replace(blocked, input_tokens=generation.input_tokens, output_tokens=generation.output_tokens)
    policies = tuple(dict.fromkeys((*input_verdict.policies, *verdict.policies)))
    return replace(
        answer,
        text=verdict.texts[0],
        guardrail="masked",
        guardrail_stage="output",
        guardrail_policies=policies,
    )


def _answer(
    run: Run, model: str, generation: Generation, passages: Sequence[Passage], input_verdict: Verdict
) -> Answer:
    return Answer(
        text=generation.text,
        finish=generation.finish,
        model=model,
        sources=tuple(passages),
        guardrail=input_verdict.action,
        guardrail_stage="input" if input_verdict.action != "none" else None,
        guardrail_policies=input_verdict.policies,
        input_tokens=generation.input_tokens,
        output_tokens=generation.output_tokens,
        prompt=_prompt_version(run),
    )


def _blocked(run: Run, model: str, verdict: Verdict, stage: Literal["input", "output"], trimmed: int) -> Answer:
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
        prompt=_prompt_version(run),
        trimmed_messages=trimmed,
    )


def _prompt_version(run: Run) -> str:
    return f"{run.config.prompt.name}@{run.config.prompt.version}"


def _finish(run: Run, answer: Answer, *, cached: bool) -> Outcome:
    day = datetime.fromtimestamp(run.ports.clock.now(), UTC).date().isoformat()
    usage = Usage(
        tenant=run.caller.tenant,
        day=day,
        model=answer.model,
        input_tokens=0 if cached else answer.input_tokens,
        output_tokens=0 if cached else answer.output_tokens,
        cached=cached,
        blocked=answer.guardrail == "blocked",
    )
    _tolerant(run, "usage", lambda: run.ports.usage.record(usage))
    return Outcome(answer, cached)


def _tolerant(run: Run, name: str, call: Callable[[], _Result]) -> _Result | None:
    try:
        with run.steps.step(name):
            return call()
    except StepError as error:
        if error.cause is Cause.DENIED:
            raise
        run.steps.tolerated[name] = str(error)
        return None
