"""Writes lines to log groups from one background thread, in batches, as the agents of AWS's services do.

Whoever logs never waits for the control plane, and a role that may not write loses its lines, as in AWS.
"""

import contextlib
import logging
import threading
from dataclasses import dataclass

from pulumi_sandbox import iam
from pulumi_sandbox.aws.metrics import embedded
from pulumi_sandbox.aws.moto_lock import moto_state

BATCH_SECONDS = 0.05
MAX_EVENT_CHARACTERS = 256 * 1024
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LogStream:
    """Where lines go. ``role`` is whose permission is needed; None for deliveries by a service itself."""

    account: str
    region: str
    group: str
    name: str
    role: str | None
    session_name: str = "sandbox"

    @property
    def group_arn(self) -> str:
        """The group, without the ``:*`` that its resource has."""
        return f"arn:aws:logs:{self.region}:{self.account}:log-group:{self.group}"

    @property
    def arn(self) -> str:
        """What policies on writing name."""
        return f"{self.group_arn}:log-stream:{self.name}"


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One event; the time is milliseconds since 1970."""

    time_ms: int
    message: str


class LogWriter:
    """The queue and its thread; ``start`` it before the first line."""

    def __init__(self) -> None:
        self._pending: dict[LogStream, list[LogEvent]] = {}
        self._changed = threading.Condition()
        self._writing = False
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="log-writer", daemon=True)

    def start(self) -> None:
        """Start writing."""
        self._thread.start()

    def put(self, stream: LogStream, event: LogEvent) -> None:
        """Queue one event; returns at once."""
        with self._changed:
            self._pending.setdefault(stream, []).append(event)
            self._changed.notify_all()

    def flush(self, timeout: float = 5.0) -> bool:
        """Wait until everything queued so far is written; returns False after ``timeout`` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._pending and not self._writing, timeout)

    def stop(self) -> None:
        """Write what is queued, then end the thread."""
        self.flush()
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self._thread.join(5)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._pending or self._stopping)
                if self._stopping and not self._pending:
                    return
                # A moment for more lines, so that a chatty function costs few writes.
                self._changed.wait(0 if self._stopping else BATCH_SECONDS)
                batches, self._pending = self._pending, {}
                self._writing = True
            for stream, events in batches.items():
                try:
                    self._write(stream, events)
                except Exception:  # noqa: BLE001 - one bad batch must not end the thread
                    _log.exception("cannot write %d events to %s", len(events), stream.arn)
            with self._changed:
                self._writing = False
                self._changed.notify_all()

    def _write(self, stream: LogStream, events: list[LogEvent]) -> None:
        from moto.logs.exceptions import ResourceNotFoundException
        from moto.logs.models import logs_backends

        backend = logs_backends[stream.account][stream.region]
        group = backend.groups.get(stream.group)
        create_group = group is None
        if create_group and not (stream.role and _may(stream, "logs:CreateLogGroup", stream.group_arn)):
            return
        if (group is None or stream.name not in group.streams) and not _may(stream, "logs:CreateLogStream", stream.arn):
            return
        if not _may(stream, "logs:PutLogEvents", stream.arn):
            return
        ordered = sorted(events, key=lambda event: event.time_ms)
        entries = [{"timestamp": e.time_ms, "message": e.message[:MAX_EVENT_CHARACTERS]} for e in ordered]
        # The group may be deleted at any moment; then its lines have no place to go.
        with moto_state(), contextlib.suppress(ResourceNotFoundException):
            if create_group:
                backend.ensure_log_group(stream.group)
            backend.ensure_log_stream(stream.group, stream.name)
            backend.put_log_events(stream.group, stream.name, entries)
        for event in ordered:
            embedded.take(stream.region, event.message)


def _may(stream: LogStream, action: str, resource: str) -> bool:
    if stream.role is None:
        return True
    try:
        iam.authorize(stream.role, action, resource, session_name=stream.session_name, region=stream.region)
    except iam.AccessDeniedError:
        return False
    return True
