"""What runs and waits, and can be stopped as one: an execution, its branches, their items."""

import threading
import time
from collections.abc import Callable
from typing import Any


class StoppedError(Exception):
    """Whoever runs this has no more use for it: it ends without an outcome of its own."""


class AbortedError(StoppedError):
    """StopExecution was called."""

    def __init__(self, error: str | None, cause: str | None) -> None:
        super().__init__(error)
        self.error = error
        self.cause = cause


class ExecutionTimeoutError(StoppedError):
    """The execution has used all its time."""


class Control:
    """A part of an execution. ``deadline`` is by the monotonic clock, and holds for all parts inside."""

    def __init__(self, deadline: float | None = None, outer: "Control | None" = None) -> None:
        self._outer = outer
        self._deadline = deadline
        self._reason: StoppedError | None = None
        self._changed: threading.Condition = outer._changed if outer else threading.Condition()

    def inner(self) -> "Control":
        """Return a part of this that can be stopped alone."""
        return Control(outer=self)

    def stop(self, reason: StoppedError) -> None:
        """End whatever runs or waits here; only the first reason counts."""
        with self._changed:
            self._reason = self._reason or reason
            self._changed.notify_all()

    def changed(self) -> None:
        """Let those who wait look again."""
        with self._changed:
            self._changed.notify_all()

    def _find_reason(self) -> StoppedError | None:
        if self._reason:
            return self._reason
        if self._deadline is not None and time.monotonic() >= self._deadline:
            return ExecutionTimeoutError()
        return self._outer._find_reason() if self._outer else None

    def _next_deadline(self) -> float | None:
        outer = self._outer._next_deadline() if self._outer else None
        own = [moment for moment in (self._deadline, outer) if moment is not None]
        return min(own, default=None)

    def check(self) -> None:
        """Return while this may go on. Raises StoppedError."""
        if reason := self._find_reason():
            raise reason

    def wait(self, ready: Callable[[], bool], seconds: float | None = None) -> bool:
        """Wait until ``ready``; returns False after ``seconds``. Raises StoppedError as soon as this is stopped."""
        until = None if seconds is None else time.monotonic() + seconds
        with self._changed:
            while True:
                self.check()
                if ready():
                    return True
                now = time.monotonic()
                if until is not None and now >= until:
                    return False
                ends = [moment - now for moment in (until, self._next_deadline()) if moment is not None]
                self._changed.wait(min(ends, default=None))

    def sleep(self, seconds: float) -> None:
        """Wait. Raises StoppedError."""
        self.wait(lambda: False, seconds)

    def call(self, function: Callable[[], Any], seconds: float | None) -> Any:
        """Return what a blocking function returns.

        Raises what it raises, TimeoutError after ``seconds``, and StoppedError; the call itself is then left alone.
        """
        outcome: list[Any] = []
        failure: list[BaseException] = []

        def run() -> None:
            try:
                outcome.append(function())
            except BaseException as error:  # noqa: BLE001 - raised where it is waited for
                failure.append(error)
            self.changed()

        threading.Thread(target=run, name="states-call", daemon=True).start()
        if not self.wait(lambda: bool(outcome or failure), seconds):
            raise TimeoutError
        if failure:
            raise failure[0]
        return outcome[0]
