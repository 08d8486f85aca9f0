"""The events of a job: kept under their numbers first, then pushed, so that a client that was away can ask for them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from genai_runtime.core.conversations.store import answer_id
from genai_runtime.core.jobs import FINAL, Job, JobStore, Kind, Push, Status
from genai_runtime.core.openai_api.response_events import FINAL_TYPES, Event
from genai_runtime.core.openai_api.responses import Ids
from genai_runtime.core.ports import Clock
from genai_runtime.ids import derived_id

MESSAGE_BYTES: Final = 127 * 1024
"""Least of the limits of a WebSocket message: API Gateway's 128 KB, less room for the frame around it
(https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html).
"""
_LONG_TEXT: Final = 8_000
_LOOK_SECONDS: Final = 2.0
"""How often a worker looks whether its job was cancelled or its client has come back on another connection."""


class JobEndedError(Exception):
    """Somebody else has made the job final, such as a client that cancelled it."""


def ids_of(job: Job) -> Ids:
    """Return the ids of the job's response, which every attempt gives alike."""
    request_id = job.trace.request_id
    # A fan-out and its parts came with one request.
    message = answer_id(request_id) if job.kind is Kind.RESPONSE else derived_id("msg", job.key.id)
    return Ids(job.key.id, message, request_id, job.created_at)


def message_of(job: Job, event: Mapping[str, Any]) -> str:
    """Return an event as the message that the client gets."""
    return json.dumps(
        {**event, "request_id": job.client_request_id, "response_id": job.key.id},
        ensure_ascii=False,
        separators=(",", ":"),
    )


def fitting(message: str) -> str:
    """Return the message, without its long texts if it exceeds the limit; the pieces before it have told them."""
    if len(message.encode()) <= MESSAGE_BYTES:
        return message
    return json.dumps({**_shortened(json.loads(message)), "text_omitted": True}, ensure_ascii=False)


def _shortened(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _shortened(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_shortened(item) for item in value]
    return "" if isinstance(value, str) and len(value) > _LONG_TEXT else value


class JobEvents:
    """Tells the events of one job while a worker makes them."""

    def __init__(self, job: Job, store: JobStore, push: Push, clock: Clock) -> None:
        self._job = job
        self._store = store
        self._push = push
        self._clock = clock
        self._connection = job.connection
        self._looked = clock.monotonic()

    def tell(self, events: Iterable[Event]) -> None:
        """Keep and push events.

        Raises:
            JobEndedError: the job was made final by somebody else.
        """
        for event in events:
            self.keep(event)
            if self._clock.monotonic() - self._looked >= _LOOK_SECONDS and self._look().status in FINAL:
                raise JobEndedError
            self.push(event)

    def keep(self, event: Event) -> None:
        """Keep an event without pushing it."""
        message = message_of(self._job, event)
        self._store.append(self._job.key, event["sequence_number"], message, self._job.expires_at)

    def push(self, event: Event) -> None:
        """Push an event that is kept; a client that is away will ask for it."""
        message = fitting(message_of(self._job, event))
        if self._connection and self._push.send(self._connection, message):
            return
        gone = self._connection
        # The client may be back on another connection, and may have asked for what it missed just before this event.
        if self._look().connection in {"", gone} or not self._push.send(self._connection, message):
            self._connection = ""

    def end(self, owner: str, events: Sequence[Event]) -> None:
        """Tell the last events and make the job final. The last one is kept first, so that a worker that dies between
        can go on.

        Raises:
            JobEndedError: the job was made final by somebody else.
        """
        *others, last = events
        self.tell(others)
        self.keep(last)
        response = json.dumps(last["response"], ensure_ascii=False)
        if not self._store.finish(self._job.key, owner, status_of(last), response):
            raise JobEndedError
        self.push(last)

    def _look(self) -> Job:
        self._looked = self._clock.monotonic()
        job = self._store.get(self._job.key)
        if job is None:
            raise JobEndedError
        self._connection = job.connection
        return job


def replay(job: Job, store: JobStore, push: Push, connection: str, after: int) -> None:
    """Push to a connection what the client has missed of a job's events."""
    last, ended = after, False
    for number, message in store.events(job.key, after):
        if not push.send(connection, fitting(message)):
            return
        last, ended = number, json.loads(message)["type"] in FINAL_TYPES
    if job.status in FINAL and not ended:
        told = store.events(job.key, -1)
        if told and json.loads(told[-1][1])["type"] in FINAL_TYPES:
            return
        push.send(connection, fitting(message_of(job, final_event(job, last + 1))))


def final_event(job: Job, number: int) -> Event:
    """Return the last event of a job that is final, from the response that it keeps."""
    return {
        "type": f"response.{job.status.value}",
        "response": json.loads(job.response),
        "sequence_number": number,
    }


def status_of(event: Event) -> Status:
    """Return the status that a final event tells."""
    return Status(event["type"].removeprefix("response."))
