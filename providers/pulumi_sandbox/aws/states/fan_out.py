"""Runs several lines at once, and ends the others when one of them may not fail and does."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pulumi_sandbox.aws.states.control import Control, StoppedError
from pulumi_sandbox.aws.states.language.errors import RUNTIME, StateError

MOST_AT_ONCE = 40
"""When MaxConcurrency is 0 (Step Functions developer guide, "Map workflow state": inline maps run about 40 at once)."""


@dataclass(slots=True)
class _Shared:
    count: int
    lock: threading.Lock = field(default_factory=threading.Lock)
    taken: int = 0
    running: int = 0
    failure: Exception | None = None
    results: dict[int, Any] = field(default_factory=dict[int, Any])

    def take(self) -> int | None:
        with self.lock:
            if self.failure or self.taken >= self.count:
                return None
            self.taken += 1
            return self.taken - 1


def gather(
    control: Control,
    count: int,
    work: Callable[[int, Control], Any],
    *,
    most: int = 0,
    failed: Callable[[int, StateError], Any] | None = None,
) -> list[Any]:
    """Return the results of ``work(number, control)`` for all numbers below ``count``, at most ``most`` at a time.

    ``failed`` is told of a failure: it returns what stands for the result, or raises what ends everything. Without
    it, the first failure does. Raises StateError and StoppedError.
    """
    shared = _Shared(count)
    inner = control.inner()

    def lane() -> None:
        try:
            while (number := shared.take()) is not None:
                shared.results[number] = _result(number, inner, work, failed)
        except Exception as error:  # noqa: BLE001 - raised by the one who waits
            with shared.lock:
                shared.failure = shared.failure or error
            inner.stop(StoppedError())
        finally:
            with shared.lock:
                shared.running -= 1
            inner.changed()

    shared.running = min(count, most or MOST_AT_ONCE)
    for _ in range(shared.running):
        threading.Thread(target=lane, name="states-lane", daemon=True).start()
    control.wait(lambda: shared.running == 0)
    if isinstance(shared.failure, StateError | StoppedError):
        raise shared.failure
    if shared.failure:
        raise StateError(RUNTIME, f"{type(shared.failure).__name__}: {shared.failure}") from shared.failure
    return [shared.results[number] for number in range(count)]


def _result(
    number: int, control: Control, work: Callable[[int, Control], Any], failed: Callable[[int, StateError], Any] | None
) -> Any:
    try:
        return work(number, control)
    except StateError as error:
        if failed is None:
            raise
        return failed(number, error)
