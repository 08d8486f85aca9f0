"""Takes requests from WebSocket clients and hands them to workers: the message's cycle is short, the work is not."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from genai_runtime.core.config import Config
from genai_runtime.core.conversations.past import check_past
from genai_runtime.core.conversations.store import ConversationStore
from genai_runtime.core.errors import StepError, refusal
from genai_runtime.core.job_events import fitting, ids_of, message_of, replay
from genai_runtime.core.jobs import Dispatcher, Job, JobKey, Status
from genai_runtime.core.openai_api import responses
from genai_runtime.core.openai_api.response_events import ResponseEvents
from genai_runtime.core.ports import Clock
from genai_runtime.core.socket_exchange import Exchange
from genai_runtime.core.worker import JobPorts
from genai_runtime.ids import derived_id


def accept(
    exchange: Exchange,
    config: Config,
    ports: JobPorts,
    dispatcher: Dispatcher,
    clock: Clock,
    stored: ConversationStore | None = None,
) -> None:
    """Make a job of a message `{"action", "request_id", "response": {…}}`, whose `response` is the body of
    `POST /v1/responses`, and have a worker begin. The same `request_id` again gets the same job's events again. What
    the request goes on from has to be in `stored`.

    Raises:
        RefusalError: the message has mistakes, names what is not there, or its `request_id` belongs to another request.
        StepError: the job could not be kept or handed over.
    """
    body, request = _read(exchange, config)
    if stored is not None:
        with exchange.steps.step("conversation"):
            check_past(request.state, exchange.caller, stored, clock.now())
    job = new_job(exchange, body, config, clock)
    with exchange.steps.step("job"):
        kept = ports.jobs.create(job)
    exchange.record["response_id"] = kept.key.id
    if kept is not job:
        tell_again(exchange, kept, job, ports)
        if kept.status is Status.QUEUED:
            # The request before this one may have died before it handed the job over.
            with exchange.steps.step("dispatch"):
                dispatcher.dispatch(kept.key)
        return
    tell_created(exchange, job, request, ports)
    try:
        with exchange.steps.step("dispatch"):
            dispatcher.dispatch(job.key)
    except StepError:
        failed = responses.render_unfinished(
            request, ids_of(job), "failed", {"code": "service_unavailable", "message": "The work was not handed over."}
        )
        ports.jobs.finish(job.key, None, Status.FAILED, json.dumps(failed, ensure_ascii=False))
        raise


def _read(exchange: Exchange, config: Config) -> tuple[Mapping[str, Any], responses.ResponsesRequest]:
    fields = exchange.fields
    fields.only({"action", "request_id", "response"}, {})
    if fields.values.get("response") is None:
        fields.note("response", "is missing; send what the body of POST /v1/responses would hold", "missing_parameter")
    body = fields.object("response").values
    fields.done()
    return body, responses.parse(body, config)


def new_job(exchange: Exchange, body: Mapping[str, Any], config: Config, clock: Clock) -> Job:
    """Return a job for a message that is not kept yet; the same `request_id` gives the same job.

    Raises:
        RefusalError: the deployment keeps no jobs.
    """
    if config.jobs is None:
        raise refusal("unsupported_value", "This deployment keeps no jobs.", "action")
    caller, now = exchange.caller, int(clock.now())
    text = json.dumps(body, ensure_ascii=False, sort_keys=True)
    return Job(
        # Derived from what the client calls its request, so that a repeat meets the same job.
        key=JobKey(caller.tenant, derived_id("resp", caller.tenant, caller.user, exchange.request_id)),
        user=caller.user,
        client_request_id=exchange.request_id,
        fingerprint=hashlib.sha256(text.encode()).hexdigest(),
        request=text,
        trace=exchange.trace,
        created_at=now,
        expires_at=now + config.jobs.kept_seconds,
        connection=exchange.connection,
    )


def tell_created(exchange: Exchange, job: Job, request: responses.ResponsesRequest, ports: JobPorts) -> None:
    """Tell the first event of a job that is kept.

    Raises:
        StepError: the event could not be kept or pushed.
    """
    created = ResponseEvents(request, ids_of(job)).created("queued")
    message = message_of(job, created)
    with exchange.steps.step("job"):
        ports.jobs.append(job.key, created["sequence_number"], message, job.expires_at)
    with exchange.steps.step("push"):
        ports.push.send(exchange.connection, fitting(message))


def tell_again(exchange: Exchange, kept: Job, asked: Job, ports: JobPorts) -> None:
    """Tell the events of the job that is kept already for a message.

    Raises:
        RefusalError: it was kept for another request.
        StepError: the events could not be read or pushed.
    """
    if kept.fingerprint != asked.fingerprint:
        raise refusal(
            "idempotency_key_reused",
            f"request_id {exchange.request_id[:40]!r} belongs to another request; use a new one for a new request.",
            "request_id",
        )
    exchange.record["repeated"] = True
    with exchange.steps.step("replay"):
        ports.jobs.attach(kept.key, exchange.connection)
        replay(kept, ports.jobs, ports.push, exchange.connection, -1)
