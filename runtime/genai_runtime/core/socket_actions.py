"""What every connected client can ask, whatever the pattern: a sign of life, missed events, and an end to a job."""

import json
from collections.abc import Callable, Mapping
from typing import Final

from genai_runtime.core.errors import refusal
from genai_runtime.core.job_events import final_event, fitting, message_of, replay
from genai_runtime.core.jobs import FINAL, Job, JobKey, Status
from genai_runtime.core.socket_exchange import Exchange
from genai_runtime.core.worker import JobPorts
from genai_runtime.ids import is_id

RESPONSE_ACTIONS: Final = ("response.create", "response.stream", "response.queue", "fanout.create")
"""Actions that patterns add to the gateway; one that arrives here belongs to a pattern that is not deployed."""


def act(exchange: Exchange, ports: JobPorts) -> None:
    """Carry out the message's action.

    Raises:
        RefusalError: there is no such action, or what it names is not the caller's.
        StepError: the job could not be read or written, or the client not be reached.
    """
    action = exchange.fields.values.get("action")
    if not isinstance(action, str) or action not in _ACTIONS:
        known = ", ".join(sorted(_ACTIONS))
        problem = "is not deployed here" if action in RESPONSE_ACTIONS else "is not an action"
        raise refusal("unsupported_value", f"action {str(action)[:40]!r} {problem}; known are {known}.", "action")
    _ACTIONS[action](exchange, ports)


def _ping(exchange: Exchange, ports: JobPorts) -> None:
    exchange.fields.only({"action", "request_id"}, {})
    exchange.fields.done()
    ports.push.send(exchange.connection, json.dumps({"type": "pong", "request_id": exchange.request_id}))


def _resume(exchange: Exchange, ports: JobPorts) -> None:
    fields = exchange.fields
    fields.only({"action", "request_id", "response_id", "starting_after"}, {})
    after = fields.integer("starting_after", -1, 10**9)
    job = _job(exchange, ports)
    with exchange.steps.step("replay"):
        # First the new connection, then the events: one that comes between is told twice rather than not at all.
        ports.jobs.attach(job.key, exchange.connection)
        replay(job, ports.jobs, ports.push, exchange.connection, -1 if after is None else after)


def _cancel(exchange: Exchange, ports: JobPorts) -> None:
    exchange.fields.only({"action", "request_id", "response_id"}, {})
    job = _job(exchange, ports)
    if job.status not in FINAL:
        response = {"id": job.key.id, "object": "response", "created_at": job.created_at, "status": "cancelled"}
        with exchange.steps.step("job"):
            ports.jobs.finish(job.key, None, Status.CANCELLED, json.dumps(response))
            job = ports.jobs.get(job.key) or job
    last = max((number for number, _ in ports.jobs.events(job.key, -1)), default=-1)
    if job.status is not Status.CANCELLED:
        raise refusal(
            "response_final", f"The response is {job.status.value} already and cannot be cancelled.", "response_id"
        )
    with exchange.steps.step("push"):
        ports.push.send(exchange.connection, fitting(message_of(job, final_event(job, last + 1))))


def _job(exchange: Exchange, ports: JobPorts) -> Job:
    fields = exchange.fields
    response_id = fields.text("response_id")
    if response_id is None and fields.values.get("response_id") is None:
        fields.note("response_id", "is missing; send the id of the response", "missing_parameter")
    fields.done()
    job = None
    if is_id(response_id, "resp"):
        with exchange.steps.step("job"):
            job = ports.jobs.get(JobKey(exchange.caller.tenant, str(response_id)))
    # Another user's job is told apart from none by nobody.
    if job is None or job.user != exchange.caller.user:
        raise refusal("response_not_found", f"There is no response {str(response_id)[:40]!r}.", "response_id")
    exchange.record["response_id"] = job.key.id
    return job


_ACTIONS: Final[Mapping[str, Callable[[Exchange, JobPorts], None]]] = {
    "ping": _ping,
    "response.cancel": _cancel,
    "response.resume": _resume,
}
