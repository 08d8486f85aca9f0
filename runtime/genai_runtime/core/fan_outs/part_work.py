"""Works on one part of a fan-out: runs the prompt pipeline for it, and has the whole combined when it is the last."""

import json
from typing import Any

from genai_runtime.core.errors import Cause, RefusalError, StepError
from genai_runtime.core.fan_outs.plan import load_plan
from genai_runtime.core.fan_outs.ports import FanOutPorts
from genai_runtime.core.fan_outs.requests import parse_part
from genai_runtime.core.fan_outs.results import dump_error, dump_outcome
from genai_runtime.core.http_exchange import where
from genai_runtime.core.jobs import Job, JobKey, Status
from genai_runtime.core.openai_api.errors import ErrorResponse, render_crash, render_failure, render_refusal
from genai_runtime.core.pipeline import answer_request, outcome_record
from genai_runtime.core.request import Outcome
from genai_runtime.core.run import Run
from genai_runtime.core.steps import Steps
from genai_runtime.core.worker import UnknownJobError, Work, claim

_NEEDLESS = {Status.CANCELLED, Status.COMPLETED}
"""States of the whole in which a part that has not begun is not begun. After a missed deadline it is: what comes late
is kept for who asks for it."""
GIVEN_UP = "The part was tried several times and did not succeed."


def work_on_part(key: JobKey, attempt: Work, ports: FanOutPorts) -> None:
    """Make the result of a part, unless it is made already.

    Raises:
        JobBusyError: another worker may still be at it.
        UnknownJobError: there is no such part.
        StepError: it failed, and may succeed when it is delivered again.
    """
    jobs = attempt.job_ports.jobs
    whole = jobs.get(key.whole)
    if whole is None:
        raise UnknownJobError(key.id)
    if whole.status in _NEEDLESS:
        return
    part = claim(key, attempt)
    if part is not None:
        _work(part, attempt)
    # Also when the part was done before: whoever did it may have died before it could say so.
    end_part(key, whole, attempt, ports)


def give_up_part(key: JobKey, attempt: Work, ports: FanOutPorts) -> None:
    """Fail a part that no delivery could finish; another one may still be worked on."""
    jobs = attempt.job_ports.jobs
    whole = jobs.get(key.whole)
    if whole is None:
        return
    if jobs.give_up(key, dump_error("server_error", GIVEN_UP, attempt.ports.clock.now())):
        end_part(key, whole, attempt, ports)


def end_part(key: JobKey, whole: Job, attempt: Work, ports: FanOutPorts) -> None:
    """Count a part as ended, and have the whole combined when nothing more has to be waited for."""
    done = ports.parts.add_done(key)
    if whole.status is not Status.QUEUED:
        return
    plan, part = load_plan(whole.request), attempt.job_ports.jobs.get(key)
    succeeded = {key.part} if part and part.status is Status.COMPLETED else set[str]()
    if plan.is_ready(done, succeeded):
        ports.combine_queue.ask(key.whole, 0)


def _work(part: Job, attempt: Work) -> None:
    clock, key = attempt.ports.clock, part.key
    start, steps = clock.monotonic(), Steps(clock)
    record: dict[str, Any] = {}
    status = 500
    try:
        outcome = _run(part, attempt, steps)
    except RefusalError as error:
        status = _fail(part, attempt, render_refusal(error, part.trace.request_id))
    except StepError as error:
        record |= {"failed_step": steps.failed, "failure": str(error)}
        if error.cause is not Cause.TOO_LONG:
            raise
        status = _fail(part, attempt, render_failure(error, steps.failed, part.trace.request_id))
    except Exception as error:  # noqa: BLE001 - the last line of defence: the whole is told of the failure
        record |= {"failed_step": steps.failed, "failure": where(error)}
        status = _fail(part, attempt, render_crash(part.trace.request_id))
    else:
        record |= outcome_record(outcome)
        attempt.job_ports.jobs.finish(key, attempt.owner, Status.COMPLETED, dump_outcome(outcome, clock.now()))
        status = 200
    finally:
        attempt.ports.log.write(
            {
                "event": "part",
                "level": "ERROR" if status >= 500 else "INFO",
                "request_id": part.trace.request_id,
                "trace_id": part.trace.trace_id,
                "tenant": key.tenant,
                "response_id": key.id,
                "part": key.part,
                "attempt": part.attempts,
                "status": status,
                "total_ms": round((clock.monotonic() - start) * 1000, 2),
                "steps_ms": steps.taken_ms,
                **({"tolerated": steps.tolerated} if steps.tolerated else {}),
                **record,
            }
        )


def _run(part: Job, attempt: Work, steps: Steps) -> Outcome:
    run = Run(
        config=attempt.config,
        ports=attempt.ports,
        caller=part.caller,
        trace=part.trace,
        steps=steps,
        deadline=attempt.deadline,
    )
    return answer_request(run, parse_part(part.request, attempt.config))


def _fail(part: Job, attempt: Work, error: ErrorResponse) -> int:
    message: str = json.loads(error.body)["error"]["message"]
    failed = dump_error(error.code, message, attempt.ports.clock.now())
    attempt.job_ports.jobs.finish(part.key, attempt.owner, Status.FAILED, failed)
    return error.status
