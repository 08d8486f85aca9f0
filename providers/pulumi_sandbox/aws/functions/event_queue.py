"""Asynchronous invocations: accepted at once, kept on disk until done, retried, then sent to where failures go.

Every accepted event survives the daemon; one that was running when the daemon died runs again.
"""

import base64
import json
import logging
import threading
import time
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from typing import Any

from pulumi_sandbox.aws.functions import destinations
from pulumi_sandbox.aws.functions.destinations import FinishedEvent
from pulumi_sandbox.aws.functions.errors import InvokeError, ThrottledError
from pulumi_sandbox.aws.functions.executor import MAX_EVENT_BYTES, Executor, check_payload
from pulumi_sandbox.aws.functions.instance import Invocation
from pulumi_sandbox.aws.functions.lookup import find_function
from pulumi_sandbox.durable import open_map

RETRY_SECONDS = (60.0, 120.0)
"""Before the second and third attempt (Lambda developer guide, "Error handling for asynchronous invocation")."""
MAX_AGE_SECONDS = 6 * 3600
_THREADS = 64
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class QueuedEvent:
    """One accepted event; times are epoch seconds. ``attempts`` counts those that ran."""

    request_id: str
    function: str
    region: str
    payload: str
    """Base64."""
    accepted: float
    due: float
    attempts: int = 0
    throttles: int = 0
    trace_header: str | None = None
    client_context: Mapping[str, Any] | None = None


class EventQueue:
    """The queue and its dispatcher. ``start`` also takes up what an earlier process left."""

    def __init__(self, executor: Executor, retry_seconds: tuple[float, ...] = RETRY_SECONDS) -> None:
        self._executor = executor
        self._retry_seconds = retry_seconds
        self._stored = open_map("lambda-events")
        self._waiting: dict[str, QueuedEvent] = {}
        self._running = 0
        self._changed = threading.Condition()
        self._stopping = False
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="lambda-event")
        self._dispatcher = threading.Thread(target=self._dispatch, name="lambda-events", daemon=True)

    def start(self) -> None:
        """Start dispatching."""
        self._waiting = {key: QueuedEvent(**value) for key, value in self._stored.snapshot().items()}
        self._dispatcher.start()

    def stop(self) -> None:
        """Stop dispatching; what is not done stays on disk."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self._dispatcher.join(5)
        self._threads.shutdown(wait=False, cancel_futures=True)

    def accept(self, function: str, payload: bytes, *, region: str, **details: Any) -> str:
        """Queue one event and return its request id. Raises InvokeError when it can never run."""
        check_payload(payload, MAX_EVENT_BYTES)
        find_function(function, region)
        now = time.time()
        event = QueuedEvent(
            request_id=str(uuid.uuid4()),
            function=function,
            region=region,
            payload=base64.b64encode(payload or b"{}").decode(),
            accepted=now,
            due=now,
            **details,
        )
        self._put(event)
        return event.request_id

    def wait_idle(self, timeout: float) -> bool:
        """Wait until nothing runs or waits; returns False after ``timeout`` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting and not self._running, timeout)

    def _put(self, event: QueuedEvent) -> None:
        self._stored[event.request_id] = asdict(event)
        with self._changed:
            self._waiting[event.request_id] = event
            self._changed.notify_all()

    def _dispatch(self) -> None:
        while True:
            with self._changed:
                if self._stopping:
                    return
                now = time.time()
                due = [event for event in self._waiting.values() if event.due <= now]
                for event in due:
                    del self._waiting[event.request_id]
                self._running += len(due)
                if not due:
                    following = min((event.due - now for event in self._waiting.values()), default=None)
                    self._changed.wait(following)
            for event in due:
                self._threads.submit(self._guarded, event)

    def _guarded(self, event: QueuedEvent) -> None:
        try:
            self._attempt(event)
        except Exception:  # noqa: BLE001 - the pool would swallow it in silence
            _log.exception("asynchronous invocation %s of %s is lost", event.request_id, event.function)
            self._stored.pop(event.request_id, None)
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def _attempt(self, event: QueuedEvent) -> None:
        try:
            deployed, arn = find_function(event.function, event.region)
        except InvokeError as error:
            _log.warning("event %s is dropped: %s", event.request_id, error)
            self._stored.pop(event.request_id, None)
            return
        policy = destinations.event_policy(event.function, event.region)
        payload = base64.b64decode(event.payload)
        result: Invocation | None = None
        try:
            result = self._executor.run(
                deployed,
                arn,
                payload,
                request_id=event.request_id,
                trace_header=event.trace_header,
                client_context=event.client_context,
            )
        except ThrottledError:
            delay = min(300.0, 2.0**event.throttles)
            if time.time() + delay - event.accepted < policy.max_age_seconds:
                self._put(replace(event, throttles=event.throttles + 1, due=time.time() + delay))
                return
            condition = "EventAgeExceeded"
        except InvokeError as error:
            _log.warning("event %s cannot run: %s", event.request_id, error)
            condition = "RetriesExhausted"
        else:
            event = replace(event, attempts=event.attempts + 1)
            if result.function_error is None:
                condition = "Success"
            elif event.attempts <= policy.max_retries:
                delay = self._retry_seconds[min(event.attempts, len(self._retry_seconds)) - 1]
                if time.time() + delay - event.accepted < policy.max_age_seconds:
                    self._put(replace(event, due=time.time() + delay))
                    return
                condition = "EventAgeExceeded"
            else:
                condition = "RetriesExhausted"
        finished = FinishedEvent(
            request_id=event.request_id,
            arn=arn,
            condition=condition,
            attempts=event.attempts,
            payload=json.loads(payload),
            result=result,
        )
        destinations.deliver(finished, deployed.spec, policy, self._executor.home.endpoint)
        self._stored.pop(event.request_id, None)
