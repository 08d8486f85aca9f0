"""Combines what the parts of a fan-out gave into one response, when all have ended or the deadline has passed."""

import json
from collections.abc import Mapping
from typing import Any

from genai_runtime.core.errors import Cause, RefusalError, StepError
from genai_runtime.core.fan_outs.plan import Plan, Rule, load_plan, request_of
from genai_runtime.core.fan_outs.ports import FanOutPorts
from genai_runtime.core.fan_outs.results import PartResult, render_part
from genai_runtime.core.http_exchange import where
from genai_runtime.core.job_events import JobEndedError, JobEvents, ids_of
from genai_runtime.core.job_record import job_record
from genai_runtime.core.jobs import FINAL, Job, JobKey, Status
from genai_runtime.core.openai_api.errors import ErrorResponse, render_crash, render_failure, render_refusal
from genai_runtime.core.openai_api.response_events import FINAL_TYPES, Event, ResponseEvents
from genai_runtime.core.pipeline import answer_request, outcome_record
from genai_runtime.core.request import Answer, Finish, Message, Outcome, Passage, PromptRequest, Sampling
from genai_runtime.core.run import Run
from genai_runtime.core.steps import Steps
from genai_runtime.core.worker import PIECE_CHARACTERS, UnknownJobError, Work, claim

QUESTION = "Combine what the passages say into one answer."
"""What the model is asked that combines, where the client has no instructions of its own."""


def combine(key: JobKey, attempt: Work, ports: FanOutPorts) -> None:
    """Make the response of a fan-out, unless it is made already or its parts are still waited for.

    Raises:
        JobBusyError: another combiner may still be at it.
        UnknownJobError: there is no such fan-out.
        StepError: it could not be read or written, or has to wait for a permission.
    """
    job = attempt.job_ports.jobs.get(key)
    if job is None:
        raise UnknownJobError(key.id)
    plan, results = load_plan(job.request), ports.parts.results(key)
    done = {name for name, result in results.items() if result.status in FINAL}
    if attempt.ports.clock.now() < plan.due_at(job) and not plan.is_ready(done, completed(plan, results)):
        return
    job = claim(key, attempt)
    if job is not None:
        _Combination(job, plan, results, attempt).run()


def completed(plan: Plan, results: Mapping[str, PartResult]) -> dict[str, Outcome]:
    """Return the outcomes of the parts that succeeded, in the order of the plan."""
    found = {part: results[part].outcome for part in plan.part_ids if part in results}
    return {part: outcome for part, outcome in found.items() if outcome is not None}


def render_parts(plan: Plan, results: Mapping[str, PartResult]) -> list[dict[str, Any]]:
    """Return what a client sees of the parts."""
    return [render_part(part.id, part.modality, results.get(part.id)) for part in plan.parts]


class _Combination:
    def __init__(self, job: Job, plan: Plan, results: Mapping[str, PartResult], attempt: Work) -> None:
        self._job = job
        self._plan = plan
        self._results = results
        self._attempt = attempt
        self._clock = attempt.ports.clock
        self._steps = Steps(self._clock)
        self._told = JobEvents(job, attempt.job_ports.jobs, attempt.job_ports.push, self._clock)
        self._record: dict[str, Any] = {}

    def run(self) -> None:
        start, status = self._clock.monotonic(), 500
        try:
            status = self._end()
        except JobEndedError:
            self._record["ended"] = "by the client"
            status = 200
        finally:
            common = job_record("fan_out", self._job, self._steps, self._clock, start, status)
            self._attempt.ports.log.write({**common, "rule": self._plan.rule.value, **self._record})

    def _end(self) -> int:
        """Return the HTTP status that the outcome would have."""
        jobs, key = self._attempt.job_ports.jobs, self._job.key
        before = [json.loads(text) for _, text in jobs.events(key, -1)]
        last = before[-1] if before else None
        if last and last["type"] in FINAL_TYPES and last["type"] != "response.failed":
            # The attempt before this one told the end and died before it could say so.
            self._told.end(self._attempt.owner, [last])
            return 200
        first = last["sequence_number"] + 1 if last else 0
        events = ResponseEvents(request_of(self._job, self._attempt.config), ids_of(self._job), first)
        request_id = self._job.trace.request_id
        try:
            outcome = self._outcome()
        except RefusalError as error:
            return self._fail(events, render_refusal(error, request_id))
        except StepError as error:
            self._record |= {"failed_step": self._steps.failed, "failure": str(error)}
            if error.cause is Cause.DENIED:
                raise
            return self._fail(events, render_failure(error, self._steps.failed, request_id))
        except Exception as error:  # noqa: BLE001 - the last line of defence: the client is told of the failure
            self._record |= {"failed_step": self._steps.failed, "failure": where(error)}
            return self._fail(events, render_crash(request_id))
        if outcome is None:
            message = f"No part succeeded: {', '.join(self._missing())}."
            self._tell([events.failed("no_part_succeeded", message)])
            return 503
        text = outcome.answer.text
        if len(text) > PIECE_CHARACTERS:
            for start in range(0, len(text), PIECE_CHARACTERS):
                self._told.tell(events.text(text[start : start + PIECE_CHARACTERS]))
        self._tell(list(events.finished(outcome)))
        return 200

    def _outcome(self) -> Outcome | None:
        outcomes = completed(self._plan, self._results)
        if not outcomes:
            return None
        if self._plan.rule is Rule.FIRST:
            return outcomes[min(outcomes, key=lambda part: self._results[part].ended_at)]
        if self._plan.rule is Rule.MODEL:
            return self._ask_model(outcomes)
        return _concatenated(outcomes)

    def _ask_model(self, outcomes: Mapping[str, Outcome]) -> Outcome:
        """The results are quoted as passages are: what a model wrote about a document is no instruction either."""
        tenant = self._job.key.tenant
        quoted = tuple(
            Passage(tenant, part, part, outcome.answer.text, 1.0)
            for part, outcome in outcomes.items()
            if outcome.answer.text.strip()
        )
        config = self._attempt.config
        request = PromptRequest(
            model=config.models[0].name,
            messages=(Message("user", self._plan.instructions or QUESTION),),
            instructions="",
            sampling=Sampling(max_tokens=config.limits.max_output_tokens),
            param="combine.instructions",
            quoted=quoted,
        )
        run = Run(
            config=config,
            ports=self._attempt.ports,
            caller=self._job.caller,
            trace=self._job.trace,
            steps=self._steps,
            deadline=self._attempt.deadline,
        )
        outcome = answer_request(run, request)
        self._record |= outcome_record(outcome)
        return outcome

    def _missing(self) -> list[str]:
        there = completed(self._plan, self._results)
        return [part for part in self._plan.part_ids if part not in there]

    def _fail(self, events: ResponseEvents, error: ErrorResponse) -> int:
        self._record["error_code"] = error.code
        self._tell([events.failed(error.code, json.loads(error.body)["error"]["message"])])
        return error.status

    def _tell(self, events: list[Event]) -> None:
        last = events[-1]
        response = last["response"]
        response["parts"] = render_parts(self._plan, self._results)
        response["usage"] = _usage(response.get("usage"), response["parts"], self._plan.rule)
        if response["status"] != Status.FAILED.value and self._plan.rule is not Rule.FIRST and self._missing():
            response |= {
                "status": Status.INCOMPLETE.value,
                "completed_at": None,
                "incomplete_details": {"reason": self._reason(), "parts": self._missing()},
            }
            last["type"] = f"response.{Status.INCOMPLETE.value}"
        self._told.end(self._attempt.owner, events)

    def _reason(self) -> str:
        ended = [part for part, result in self._results.items() if result.status in FINAL]
        return "part_failed" if set(self._plan.part_ids) <= set(ended) else "deadline"


def _concatenated(outcomes: Mapping[str, Outcome]) -> Outcome:
    answers = [outcome.answer for outcome in outcomes.values()]
    verdicts = [answer.guardrail for answer in answers]
    first = answers[0]
    alike = [outcome.similarity for outcome in outcomes.values() if outcome.similarity is not None]
    cached = all(outcome.cached for outcome in outcomes.values())
    return Outcome(
        Answer(
            text="\n\n".join(answer.text for answer in answers),
            finish=next((answer.finish for answer in answers if answer.finish is not Finish.STOP), Finish.STOP),
            model=first.model,
            sources=tuple(dict.fromkeys(source for answer in answers for source in answer.sources)),
            guardrail="blocked" if "blocked" in verdicts else "masked" if "masked" in verdicts else "none",
            guardrail_stage=next((answer.guardrail_stage for answer in answers if answer.guardrail_stage), None),
            guardrail_policies=tuple(dict.fromkeys(p for answer in answers for p in answer.guardrail_policies)),
            input_tokens=0,
            output_tokens=0,
            prompt=first.prompt,
        ),
        cached=cached,
        similarity=min(alike) if cached and alike else None,
    )


def _usage(own: Mapping[str, Any] | None, parts: list[dict[str, Any]], rule: Rule) -> dict[str, Any]:
    """What all calls used together: those of the parts, and the one that combined them."""
    counted = [part["usage"] for part in parts if "usage" in part]
    if own and rule is Rule.MODEL:
        counted.append(own)
    read, written = (sum(each[name] for each in counted) for name in ("input_tokens", "output_tokens"))
    return {
        "input_tokens": read,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": written,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": read + written,
    }
