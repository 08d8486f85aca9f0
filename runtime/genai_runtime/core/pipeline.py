"""The prompt pipeline: from a validated request to an answer that may be shown.

limits of the request and its tenant -> guardrail on the input -> cache look-up, exact and semantic -> retrieval
-> prompt -> budget held -> model, and the tools that it asks for (agent/loop.py) -> budget booked -> guardrail on the
output -> cache write -> usage record.

A step that the answer's safety or substance rests on (guardrail, retrieval, prompt, model) fails the request.
The cache and the usage record may be down without losing the answer, but a missing permission always fails
the request: it is a fault of the deployment, and tolerating it would hide it.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from genai_runtime.core.agent.loop import Work, work_on
from genai_runtime.core.budget import count_request
from genai_runtime.core.cache_key import cache_key
from genai_runtime.core.cached_answer import dump_answer, load_answer
from genai_runtime.core.errors import Cause, StepError, refusal
from genai_runtime.core.history import fit
from genai_runtime.core.input_check import check_input
from genai_runtime.core.output_check import blocked_answer, checked_answer
from genai_runtime.core.ports import Usage
from genai_runtime.core.prompt import TemplateError, parse_template, render
from genai_runtime.core.request import (
    Answer,
    Finish,
    Outcome,
    Passage,
    Prompt,
    PromptRequest,
)
from genai_runtime.core.run import Run
from genai_runtime.core.semantic_cache import Meaning, find_similar, meaning_of, remember
from genai_runtime.core.tolerance import tolerant


def answer_request(run: Run, request: PromptRequest) -> Outcome:
    """Return the answer to a request for the caller of this run.

    Raises:
        RefusalError: the client must change the request.
        StepError: a step failed that the answer needs.
    """
    with run.steps.step("limits"):
        request, trimmed = fit(request, run.config.limits)
        tenant_limits = count_request(run)
    request, verdict = check_input(run, request)
    if verdict.action == "blocked":
        _show(run, verdict.texts[0])
        return _finish(run, request, blocked_answer(run, request.model, verdict, "input", trimmed), cached=False)
    key = cache_key(request, run.caller.tenant, run.config)
    # What the client's tools gave back is of the moment.
    if run.read_cache and not request.turns and (kept := _cached(run, key)) is not None:
        _show(run, kept.text)
        return _finish(run, request, replace(kept, trimmed_messages=trimmed), cached=True)
    meaning = meaning_of(run, request) if run.read_cache or run.write_cache else None
    if run.read_cache and meaning and (found := find_similar(run, meaning)):
        _show(run, found.answer.text)
        answer = replace(found.answer, trimmed_messages=trimmed)
        return _finish(run, request, answer, cached=True, similarity=found.similarity)
    passages = _retrieve(run, request.messages[-1].text) if request.quoted is None else request.quoted
    prompt = _render(run, request, passages)
    work = work_on(run, tenant_limits, request, prompt, passages or ())
    answer = replace(checked_answer(run, request, work, passages or (), verdict), trimmed_messages=trimmed)
    if run.write_cache and _may_be_kept(request, work, answer):
        _keep(run, key, answer, meaning)
    return _finish(run, request, answer, cached=False)


def outcome_record(outcome: Outcome) -> dict[str, Any]:
    """Return what a log record says of an answer."""
    return {
        "model": outcome.answer.model,
        "prompt_version": outcome.answer.prompt,
        "guardrail": outcome.answer.guardrail,
        "cache_hit": outcome.cached,
        **({} if outcome.similarity is None else {"cache_similarity": round(outcome.similarity, 4)}),
        "input_tokens": 0 if outcome.cached else outcome.answer.input_tokens,
        "output_tokens": 0 if outcome.cached else outcome.answer.output_tokens,
        "passages": len(outcome.answer.sources),
        "model_steps": 0 if outcome.cached else len(outcome.answer.steps),
        **({"tools": tools} if (tools := _tools(outcome)) else {}),
    }


def _tools(outcome: Outcome) -> list[str]:
    """Name each tool that was called, with what went wrong."""
    uses = [use for step in outcome.answer.steps for use in step.tool_calls] if not outcome.cached else []
    return [f"{use.name}: {use.reason}" if use.reason else use.name for use in uses]


def _may_be_kept(request: PromptRequest, work: Work, answer: Answer) -> bool:
    """An answer of a fall-back model must not outlive the trouble of the model that was asked for, nor what a tool said
    its moment."""
    complete = answer.finish in {Finish.STOP, Finish.LENGTH} and not answer.stopped
    return complete and work.cacheable and not request.turns and work.model == request.model


def _cached(run: Run, key: str) -> Answer | None:
    cache, tenant, now = run.ports.cache, run.caller.tenant, run.ports.clock.now()
    if cache is None:
        return None
    kept = tolerant(run, "cache_read", lambda: cache.get(tenant, key, now))
    return None if kept is None else load_answer(kept)


def _keep(run: Run, key: str, answer: Answer, meaning: Meaning | None) -> None:
    cache = run.ports.cache
    if cache is None:
        return
    expires_at = run.ports.clock.now() + run.config.cache_ttl_seconds

    def put() -> bool:
        cache.put(run.caller.tenant, key, dump_answer(answer), expires_at)
        return True

    if tolerant(run, "cache_write", put) and meaning is not None:
        remember(run, meaning, key, expires_at)


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
    earlier = None if request.earlier is None else dict(request.earlier)
    with run.steps.step("prompt"):
        text = run.ports.prompts.load(ref.name, ref.version)
        if text is None:
            raise StepError(Cause.INVALID, "prompt", f"no prompt {ref.name!r} of version {ref.version!r}")
        try:
            template = parse_template(text, None if earlier is None else list(earlier))
        except TemplateError as error:
            raise StepError(Cause.INVALID, "prompt", str(error)) from error
        if request.all_instructions and not template.takes_instructions:
            raise refusal(
                "unsupported_parameter",
                "This deployment takes no instructions of clients: send no system or developer text.",
                request.param,
            )
        prompt = render(
            template,
            instructions=request.all_instructions,
            history=request.messages[:-1],
            passages=passages,
            question=request.messages[-1].text,
            earlier=earlier,
        )
    return replace(prompt, media=request.media, schema=request.schema)


def _finish(
    run: Run, request: PromptRequest, answer: Answer, *, cached: bool, similarity: float | None = None
) -> Outcome:
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
    tolerant(run, "usage", lambda: run.ports.usage.record(usage))
    return Outcome(answer, cached, similarity, asked=request)
