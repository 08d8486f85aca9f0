"""Works on jobs: runs the prompt pipeline for each and tells its events, once, whatever dies in between."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from genai_runtime.core.config import Config
from genai_runtime.core.conversations.turns import answer_turn
from genai_runtime.core.errors import Cause, RefusalError, StepError
from genai_runtime.core.fan_outs.plan import request_of
from genai_runtime.core.http_exchange import where
from genai_runtime.core.job_events import JobEndedError, JobEvents, ids_of
from genai_runtime.core.job_record import job_record
from genai_runtime.core.jobs import FINAL, Job, JobKey, JobStore, Push
from genai_runtime.core.openai_api import responses
from genai_runtime.core.openai_api.errors import ErrorResponse, render_crash, render_failure, render_refusal
from genai_runtime.core.openai_api.response_events import FINAL_TYPES, Event, ResponseEvents
from genai_runtime.core.pipeline import outcome_record
from genai_runtime.core.ports import Clock, Ports
from genai_runtime.core.request import Outcome
from genai_runtime.core.run import Run
from genai_runtime.core.steps import Steps
from genai_runtime.core.text_batches import TextBatches

LEASE_MARGIN_SECONDS: Final = 5.0
"""How long after the end of its time a worker is still taken for alive."""
PIECE_CHARACTERS: Final = 16_000
"""An answer that is told whole comes in pieces of this size when it is longer, to fit into messages."""
INTERRUPTED: Final = "The answer was interrupted after a part of it had been sent; ask again with a new request_id."


class JobBusyError(Exception):
    """Another worker's lease on the job is in force; the job shall be offered again later."""


class UnknownJobError(LookupError):
    """There is no such job: it was never kept, or has expired."""


@dataclass(frozen=True)
class JobPorts:
    """What working on jobs needs besides the pipeline's ports."""

    jobs: JobStore
    push: Push


class Unconnected:
    """Pushes nothing: the deployment has no WebSocket API, and its clients ask for their answers."""

    def send(self, connection: str, message: str) -> bool:  # noqa: ARG002 - a port's signature
        """Return False: nobody is connected."""
        return False


@dataclass(frozen=True)
class Work:
    """One attempt at one job. `owner` is the same for every attempt that the cloud makes for one delivery, and `stream`
    tells the text while it is generated. `deadline` is in monotonic seconds. `keep_denied` leaves a job undone that
    fails for want of a permission, for a queue that keeps it until an operator has mended that."""

    config: Config
    ports: Ports
    job_ports: JobPorts
    owner: str
    stream: bool
    deadline: float
    keep_denied: bool = False


def work(key: JobKey, attempt: Work) -> None:
    """Make the response of a job, unless it is made already.

    Raises:
        JobBusyError: another worker may still be at it.
        UnknownJobError: there is no such job.
        StepError: the job could not be read or written, or has to wait for a permission.
    """
    job = claim(key, attempt)
    if job is not None:
        _Attempt(job, attempt).run()


def claim(key: JobKey, attempt: Work) -> Job | None:
    """Return the job for this attempt to work on, or None when it is done.

    Raises:
        JobBusyError: another worker may still be at it.
        UnknownJobError: there is no such job.
        StepError: the job could not be read or written.
    """
    clock, jobs = attempt.ports.clock, attempt.job_ports.jobs
    lease = attempt.deadline - clock.monotonic() + LEASE_MARGIN_SECONDS
    job = jobs.claim(key, attempt.owner, clock.now(), clock.now() + lease)
    if job is not None:
        return job
    known = jobs.get(key)
    if known is None:
        raise UnknownJobError(key.id)
    if known.status in FINAL:
        return None
    raise JobBusyError(key.id)


def give_up(key: JobKey, ports: JobPorts, config: Config, clock: Clock) -> None:
    """Fail a job that no attempt could finish, and tell its client."""
    job = ports.jobs.get(key)
    if job is None or job.status in FINAL:
        return
    last = max((number for number, _ in ports.jobs.events(key, -1)), default=-1)
    events = ResponseEvents(request_of(job, config), ids_of(job), last + 1)
    failed = events.failed("server_error", "The work was tried several times and did not end; ask again later.")
    if ports.jobs.give_up(key, json.dumps(failed["response"])):
        JobEvents(job, ports.jobs, ports.push, clock).tell([failed])


class _Attempt:
    def __init__(self, job: Job, attempt: Work) -> None:
        self._job = job
        self._attempt = attempt
        self._jobs = attempt.job_ports.jobs
        self._clock = attempt.ports.clock
        self._steps = Steps(self._clock)
        self._told = JobEvents(job, self._jobs, attempt.job_ports.push, self._clock)
        self._record: dict[str, Any] = {}

    def run(self) -> None:
        start = self._clock.monotonic()
        before = [json.loads(text) for _, text in self._jobs.events(self._job.key, -1)]
        last = before[-1] if before else None
        status = 500
        try:
            if last and last["type"] in FINAL_TYPES and last["type"] != "response.failed":
                # The attempt before this one told the end and died before it could say so.
                self._finish([last])
                status = 200
                return
            request = responses.parse(json.loads(self._job.request), self._attempt.config, background=True)
            events = ResponseEvents(request, ids_of(self._job), last["sequence_number"] + 1 if last else 0)
            if self._attempt.stream and any(event["type"] == "response.output_text.delta" for event in before):
                self._finish([events.failed("server_error", INTERRUPTED)])
                return
            status = self._answer(request, events)
        except JobEndedError:
            self._record["ended"] = "by the client"
            status = 200
        finally:
            common = job_record("job", self._job, self._steps, self._clock, start, status)
            self._attempt.ports.log.write({**common, **self._record})

    def _answer(self, request: responses.ResponsesRequest, events: ResponseEvents) -> int:
        """Return the HTTP status that the outcome would have."""
        request_id = self._job.trace.request_id
        try:
            self._told.tell([events.in_progress()])
            outcome = self._run_pipeline(request, events)
        except RefusalError as error:
            return self._fail(events, render_refusal(error, request_id))
        except StepError as error:
            self._record |= {"failed_step": self._steps.failed, "failure": str(error)}
            if error.cause is Cause.DENIED and self._attempt.keep_denied:
                raise
            return self._fail(events, render_failure(error, self._steps.failed, request_id))
        except JobEndedError:
            raise
        except Exception as error:  # noqa: BLE001 - the last line of defence: the client is told of the failure
            self._record |= {"failed_step": self._steps.failed, "failure": where(error)}
            return self._fail(events, render_crash(request_id))
        text = outcome.answer.text
        if not self._attempt.stream and len(text) > PIECE_CHARACTERS:
            for start in range(0, len(text), PIECE_CHARACTERS):
                self._told.tell(events.text(text[start : start + PIECE_CHARACTERS]))
        self._finish(list(events.finished(outcome)))
        return 200

    def _run_pipeline(self, request: responses.ResponsesRequest, events: ResponseEvents) -> Outcome:
        batches = TextBatches(lambda text: self._told.tell(events.text(text)), self._clock)
        on_text: Callable[[str], None] | None = batches.add if self._attempt.stream else None
        run = Run(
            config=self._attempt.config,
            ports=self._attempt.ports,
            caller=self._job.caller,
            trace=self._job.trace,
            steps=self._steps,
            deadline=self._attempt.deadline,
            on_text=on_text,
        )
        outcome = answer_turn(run, json.loads(self._job.request), request, ids_of(self._job))
        batches.flush()
        self._record |= outcome_record(outcome)
        return outcome

    def _fail(self, events: ResponseEvents, error: ErrorResponse) -> int:
        self._record["error_code"] = error.code
        self._finish([events.failed(error.code, json.loads(error.body)["error"]["message"])])
        return error.status

    def _finish(self, events: list[Event]) -> None:
        self._told.end(self._attempt.owner, events)
