"""Reads SQS queues for Lambda functions, as the pollers of Lambda do: batches, failures, visibility, concurrency.

A message is deleted when the function processed it. Otherwise it becomes visible again after the queue's
visibility time-out, and is a dead letter when it was received too often; both are the queue's own doing. What is
in flight when the sandbox is killed comes back the same way, so a message may be processed twice but is not lost.
"""

import json
import logging
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from pulumi_sandbox.aws import arrivals, functions
from pulumi_sandbox.aws.events import source_access
from pulumi_sandbox.aws.events.mappings import SourceMapping, enabled_mappings
from pulumi_sandbox.aws.events.queue_batches import divide, record, unprocessed, wanted
from pulumi_sandbox.aws.functions.errors import InvokeError, ThrottledError
from pulumi_sandbox.aws.functions.instance import Invocation
from pulumi_sandbox.aws.moto_backends import backend_of
from pulumi_sandbox.aws.moto_lock import moto_state
from pulumi_sandbox.iam import AccessDeniedError

_LOOK_SECONDS = 0.1
_REFUSED_SECONDS = 5.0
_THROTTLED_SECONDS = (0.1, 0.2, 0.5, 1.0, 2.0)
_THREADS = 256
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Gathering:
    """Messages received for the next batch of a mapping; ``since`` is when the first came, in monotonic seconds."""

    messages: list[Any] = field(default_factory=list[Any])
    since: float = 0.0


class QueueSources:
    """The pollers of all mappings of queues."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="sqs-batch")
        self._poller = threading.Thread(target=self._poll_always, name="sqs-poller", daemon=True)
        self._stopping = threading.Event()
        self._gathering: dict[str, _Gathering] = {}
        self._refused_until: dict[str, float] = {}
        self._running: Counter[str] = Counter()
        self._lock = threading.Lock()

    def start(self) -> None:
        """Start polling."""
        self._poller.start()

    def stop(self) -> None:
        """Stop polling; messages of batches that run become visible again in their time."""
        self._stopping.set()
        arrivals.announce()
        self._poller.join(5)
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _poll_always(self) -> None:
        while not self._stopping.is_set():
            seen = arrivals.count()
            with moto_state():
                mappings = enabled_mappings("sqs")
            for mapping in mappings:
                try:
                    while self._poll(mapping):
                        pass
                except Exception:  # noqa: BLE001 - one mapping must not stop the others
                    _log.exception("the queue %s cannot be read for %s", mapping.source_arn, mapping.function_arn)
                    self._refused_until[mapping.uuid] = time.monotonic() + _REFUSED_SECONDS
            self._forget({mapping.uuid for mapping in mappings})
            arrivals.wait(seen, _LOOK_SECONDS)

    def _forget(self, present: set[str]) -> None:
        # A mapping that was disabled or deleted gives back what it gathered, when it becomes visible.
        for uuid in set(self._gathering) - present:
            del self._gathering[uuid]

    def _poll(self, mapping: SourceMapping) -> bool:
        """Receive once, and start a batch when it is complete; returns whether to look again at once."""
        now = time.monotonic()
        if self._running[mapping.uuid] >= mapping.max_concurrency or self._refused_until.get(mapping.uuid, 0.0) > now:
            return False
        gathering = self._gathering.setdefault(mapping.uuid, _Gathering())
        received = self._receive(mapping, mapping.batch_size - len(gathering.messages))
        kept = [message for message in received if wanted(message, mapping)]
        if len(kept) < len(received):
            passed = {message.id for message in kept}
            self._delete(mapping, [message for message in received if message.id not in passed])
        if kept and not gathering.messages:
            gathering.since = now
        gathering.messages += kept
        complete = len(gathering.messages) >= mapping.batch_size or now - gathering.since >= mapping.window_seconds
        if gathering.messages and complete:
            del self._gathering[mapping.uuid]
            for batch in divide(gathering.messages):
                with self._lock:
                    self._running[mapping.uuid] += 1
                self._threads.submit(self._guarded, mapping, batch)
        return bool(received)

    def _receive(self, mapping: SourceMapping, count: int) -> list[Any]:
        with moto_state():
            backend = backend_of("sqs", mapping.account, mapping.region)
            queue = backend.queues.get(mapping.source_name)
            if queue is None or not queue.messages:
                return []
        try:
            source_access.authorize_read(mapping.function_arn, mapping.source_arn, "sqs:ReceiveMessage")
        except (AccessDeniedError, InvokeError) as error:
            _log.warning("the queue %s is not read for %s: %s", mapping.source_arn, mapping.function_arn, error)
            self._refused_until[mapping.uuid] = time.monotonic() + _REFUSED_SECONDS
            return []
        with moto_state():
            # The API gives ten messages at a time; a larger batch is several calls.
            return backend.receive_message(mapping.source_name, count, 0, queue.visibility_timeout, ["All"])

    def _guarded(self, mapping: SourceMapping, messages: list[Any]) -> None:
        try:
            self._process(mapping, messages)
        except Exception:  # noqa: BLE001 - the pool would swallow it in silence
            _log.exception("a batch of %s for %s failed", mapping.source_arn, mapping.function_arn)
        finally:
            with self._lock:
                self._running[mapping.uuid] -= 1
            arrivals.announce()

    def _process(self, mapping: SourceMapping, messages: list[Any]) -> None:
        result = self._invoke(mapping, messages)
        if result is None:
            return
        again = unprocessed(result, [message.id for message in messages], mapping.reports_failures)
        self._delete(mapping, [message for message in messages if message.id not in again])

    def _invoke(self, mapping: SourceMapping, messages: list[Any]) -> Invocation | None:
        payload = json.dumps({"Records": [record(message, mapping) for message in messages]}).encode()
        attempt = 0
        while not self._stopping.is_set():
            try:
                return functions.invoke(mapping.function_arn, payload, region=mapping.region)
            except ThrottledError:
                delay = _THROTTLED_SECONDS[min(attempt, len(_THROTTLED_SECONDS) - 1)]
                visible_at = min(message.visible_at for message in messages) / 1000
                if time.time() + delay >= visible_at:
                    return None
                attempt += 1
                self._stopping.wait(delay)
            except InvokeError as error:
                _log.warning("a batch of %s cannot run: %s", mapping.source_arn, error)
                return None
        return None

    def _delete(self, mapping: SourceMapping, messages: list[Any]) -> None:
        from moto.sqs.exceptions import SQSException

        if not messages:
            return
        try:
            source_access.authorize_read(mapping.function_arn, mapping.source_arn, "sqs:DeleteMessage")
        except (AccessDeniedError, InvokeError) as error:
            _log.warning("messages of %s are processed but not deleted: %s", mapping.source_arn, error)
            return
        with moto_state():
            backend = backend_of("sqs", mapping.account, mapping.region)
            for message in messages:
                try:
                    backend.delete_message(mapping.source_name, message.receipt_handle)
                except SQSException as error:  # the queue is gone, or was purged
                    _log.info("message %s of %s is gone: %s", message.id, mapping.source_arn, error)
