"""The events of one execution, numbered, each with the one that led to it."""

import threading
import time
from collections.abc import Callable
from typing import Any

from pulumi_sandbox.aws.states.language.errors import RUNTIME, StateError

MAX_EVENTS = 25_000
"""Of a standard execution (Step Functions developer guide, "Quotas related to state machine executions")."""

Event = dict[str, Any]


class History:
    """Collects events; ``keep`` is given each, in order."""

    def __init__(self, keep: Callable[[Event], None], *, first_id: int = 1) -> None:
        self._keep = keep
        self._next_id = first_id
        self._closed = False
        self._lock = threading.Lock()

    def add(self, kind: str, previous: int, details: dict[str, Any]) -> int:
        """Add one event and return its id. Does nothing after the last. Raises StateError when there are too many."""
        with self._lock:
            if self._closed:
                return previous
            if self._next_id >= MAX_EVENTS and not kind.startswith("Execution"):
                raise StateError(RUNTIME, f"The execution reached the maximum number of history events ({MAX_EVENTS}).")
            event_id = self._next_id
            self._next_id += 1
            self._keep({"id": event_id, "previousEventId": previous, "type": kind, "timestamp": time.time(), **details})
            self._closed = kind in _LAST
            return event_id

    def close(self) -> None:
        """Take no more events."""
        with self._lock:
            self._closed = True


_LAST = frozenset({"ExecutionSucceeded", "ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut"})
