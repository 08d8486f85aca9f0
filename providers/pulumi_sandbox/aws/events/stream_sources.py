"""Reads DynamoDB streams for Lambda functions: in order, a batch at a time, with retries that end somewhere.

The position in a stream is on disk and moves when a batch is done or given up, so a batch that was running when
the sandbox was killed runs again.
"""

import json
import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pulumi_sandbox.aws import arrivals, functions
from pulumi_sandbox.aws.events import source_access, stream_checkpoints
from pulumi_sandbox.aws.events.deliveries import Delivery, accept
from pulumi_sandbox.aws.events.filters import matches
from pulumi_sandbox.aws.events.mappings import SourceMapping, enabled_mappings
from pulumi_sandbox.aws.events.stream_batches import created, failure_record, first_failure, record, sequence
from pulumi_sandbox.aws.events.targets import Letter, Sender
from pulumi_sandbox.aws.functions.errors import InvokeError
from pulumi_sandbox.aws.functions.instance import Invocation
from pulumi_sandbox.aws.functions.lookup import find_function
from pulumi_sandbox.aws.moto_backends import backend_of
from pulumi_sandbox.aws.moto_lock import moto_state
from pulumi_sandbox.iam import AccessDeniedError

_LOOK_SECONDS = 0.1
_REFUSED_SECONDS = 5.0
_LONGEST_RETRY_SECONDS = 60.0
_THREADS = 64
_log = logging.getLogger(__name__)


class StreamSources:
    """The pollers of all mappings of streams, each with one batch at a time."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="stream-batch")
        self._poller = threading.Thread(target=self._poll_always, name="stream-poller", daemon=True)
        self._stopping = threading.Event()
        self._running: set[str] = set()
        self._refused_until: dict[str, float] = {}
        self._since: dict[str, float] = {}

    def start(self) -> None:
        """Start polling."""
        self._poller.start()

    def stop(self) -> None:
        """Stop polling; batches that run are done again after the next start."""
        self._stopping.set()
        arrivals.announce()
        self._poller.join(5)
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _poll_always(self) -> None:
        while not self._stopping.is_set():
            seen = arrivals.count()
            with moto_state():
                mappings = enabled_mappings("dynamodb")
            for mapping in mappings:
                if mapping.uuid not in self._running and self._refused_until.get(mapping.uuid, 0) <= time.monotonic():
                    self._poll(mapping)
            arrivals.wait(seen, _LOOK_SECONDS)

    def _poll(self, mapping: SourceMapping) -> None:
        position = stream_checkpoints.position(mapping.uuid)
        if position is None:
            return
        with moto_state():
            table = backend_of("dynamodb", mapping.account, mapping.region).tables.get(mapping.source_name)
            if table is None or table.stream_shard is None or table.latest_stream_label not in mapping.source_arn:
                return
            start = position - table.stream_shard.starting_sequence_number
            items = table.stream_shard.items[max(0, start) : max(0, start) + mapping.batch_size]
            records = [record(item, mapping) for item in items]
        if not records:
            return
        now = time.monotonic()
        since = self._since.setdefault(mapping.uuid, now)
        if len(records) < mapping.batch_size and now - since < mapping.window_seconds:
            return
        del self._since[mapping.uuid]
        try:
            source_access.authorize_read(mapping.function_arn, mapping.source_arn, "dynamodb:GetRecords")
        except (AccessDeniedError, InvokeError) as error:
            _log.warning("the stream %s is not read for %s: %s", mapping.source_arn, mapping.function_arn, error)
            self._refused_until[mapping.uuid] = now + _REFUSED_SECONDS
            return
        self._running.add(mapping.uuid)
        self._threads.submit(self._guarded, mapping, records)

    def _guarded(self, mapping: SourceMapping, records: list[dict[str, Any]]) -> None:
        try:
            wanted = [item for item in records if matches(mapping.patterns, item)]
            if wanted:
                self._finish(mapping, wanted)
            if not self._stopping.is_set():
                stream_checkpoints.advance(mapping.uuid, sequence(records[-1]) + 1)
        except Exception:  # noqa: BLE001 - the pool would swallow it in silence
            _log.exception("a batch of %s for %s failed", mapping.source_arn, mapping.function_arn)
            self._refused_until[mapping.uuid] = time.monotonic() + _REFUSED_SECONDS
        finally:
            self._running.discard(mapping.uuid)
            arrivals.announce()

    def _finish(self, mapping: SourceMapping, records: list[dict[str, Any]]) -> None:
        """Return when the records are processed or given up, or the sandbox stops."""
        attempts = 0
        while not self._stopping.is_set() and self._is_there(mapping):
            result = self._invoke(mapping, records)
            attempts += 1
            failed = 0 if result is None else first_failure(result, records, mapping.reports_failures)
            if failed is None:
                return
            records = records[failed:]
            stream_checkpoints.advance(mapping.uuid, sequence(records[0]))
            if mapping.bisects and len(records) > 1:
                middle = len(records) // 2
                self._finish(mapping, records[:middle])
                self._finish(mapping, records[middle:])
                return
            if mapping.max_retries >= 0 and attempts > mapping.max_retries:
                self._give_up(mapping, records, result, attempts, "RetryAttemptsExhausted")
                return
            age = time.time() - created(records[0])
            if mapping.max_age_seconds >= 0 and age > mapping.max_age_seconds:
                self._give_up(mapping, records, result, attempts, "RecordAgeExceeded")
                return
            self._stopping.wait(min(_LONGEST_RETRY_SECONDS, 0.1 * 2**attempts))

    def _is_there(self, mapping: SourceMapping) -> bool:
        with moto_state():
            return any(other.uuid == mapping.uuid for other in enabled_mappings("dynamodb"))

    def _invoke(self, mapping: SourceMapping, records: list[dict[str, Any]]) -> Invocation | None:
        payload = json.dumps({"Records": records}, default=str).encode()
        try:
            return functions.invoke(mapping.function_arn, payload, region=mapping.region)
        except InvokeError as error:
            _log.warning("a batch of %s cannot run: %s", mapping.source_arn, error)
            return None

    def _give_up(
        self,
        mapping: SourceMapping,
        records: list[dict[str, Any]],
        result: Invocation | None,
        attempts: int,
        condition: str,
    ) -> None:
        _log.warning("%d records of %s are given up: %s", len(records), mapping.source_arn, condition)
        if mapping.on_failure:
            role = find_function(mapping.function_arn, mapping.region)[0].spec.role
            body = failure_record(mapping, records, result, attempts, condition)
            sender = Sender("lambda.amazonaws.com", mapping.function_arn, role)
            accept(Delivery(Letter(mapping.on_failure, body), sender))
