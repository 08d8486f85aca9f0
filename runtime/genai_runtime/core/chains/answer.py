"""Answers a request by a chain, for the client who waits."""

from dataclasses import replace
from typing import Protocol

from genai_runtime.core.budget import count_request
from genai_runtime.core.chains.work import Work
from genai_runtime.core.config import ChainRef
from genai_runtime.core.errors import refusal
from genai_runtime.core.generation import RESERVE_SECONDS
from genai_runtime.core.history import fit
from genai_runtime.core.request import Outcome, Passage, PromptRequest, StepUse
from genai_runtime.core.run import Run

_SEVERITY = ("none", "masked", "blocked")


class ChainRunner(Protocol):
    """Runs the steps of the deployment's chain."""

    def run(self, work: Work) -> Work:
        """Return the work with the outcomes of the steps, before its deadline.

        Raises:
            RefusalError: a step refused the request.
            StepError: a step failed for good, or the time was up.
        """
        ...


def answer_by_chain(run: Run, request: PromptRequest, chain: ChainRef, runner: ChainRunner) -> Outcome:
    """Return the answer of the chain's last step, with what all of them used.

    The request is counted and fitted here, once; each step holds and books its own tokens.

    Raises:
        RefusalError: the client must change the request.
        StepError: a step failed for good.
    """
    with run.steps.step("limits"):
        request, trimmed = fit(request, run.config.limits)
        count_request(run)
    if request.instructions and not chain.takes_instructions:
        raise refusal(
            "unsupported_parameter",
            f"The chain {chain.name!r} takes no instructions of clients: send no system or developer text.",
            request.param,
        )
    if request.tools or request.turns or any(message.calls for message in request.messages):
        raise refusal("unsupported_parameter", f"The chain {chain.name!r} takes no tools: leave them out.", "tools")
    clock = run.ports.clock
    seconds = min(chain.timeout_seconds, run.deadline - clock.monotonic() - RESERVE_SECONDS)
    work = Work(request, run.caller, run.trace, clock.now() + seconds, run.read_cache, run.write_cache)
    with run.steps.step("chain"):
        done = runner.run(work)
    return _whole(chain.name, done, trimmed)


def _whole(name: str, work: Work, trimmed: int) -> Outcome:
    outcomes = [outcome for _, outcome in work.outcomes]
    cached = all(outcome.cached for outcome in outcomes)
    # What came from the cache used nothing, unless all did: then it is what was saved.
    counted = [outcome.answer for outcome in outcomes if cached or not outcome.cached]
    judged = max((outcome.answer for outcome in outcomes), key=lambda answer: _SEVERITY.index(answer.guardrail))
    answer = replace(
        outcomes[-1].answer,
        model=name,
        sources=_sources(outcomes),
        guardrail=judged.guardrail,
        guardrail_stage=judged.guardrail_stage,
        guardrail_policies=tuple(
            dict.fromkeys(policy for each in outcomes for policy in each.answer.guardrail_policies)
        ),
        input_tokens=sum(answer.input_tokens for answer in counted),
        output_tokens=sum(answer.output_tokens for answer in counted),
        trimmed_messages=trimmed,
        steps=tuple(call for outcome in outcomes if not outcome.cached for call in outcome.answer.steps),
    )
    return Outcome(answer, cached, chain=tuple(_use(step, outcome) for step, outcome in work.outcomes))


def _sources(outcomes: list[Outcome]) -> tuple[Passage, ...]:
    """What any step was given; nothing where the answer is a message of the guardrail, which has no source."""
    if outcomes[-1].answer.guardrail == "blocked":
        return ()
    return tuple(dict.fromkeys(source for outcome in outcomes for source in outcome.answer.sources))


def _use(step: str, outcome: Outcome) -> StepUse:
    answer = outcome.answer
    read, written = (0, 0) if outcome.cached else (answer.input_tokens, answer.output_tokens)
    return StepUse(step, answer.model, outcome.cached, read, written)
