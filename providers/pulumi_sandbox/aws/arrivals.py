"""Tells those who poll moto's queues and streams that something arrived, so that they need not look all the time."""

import threading

_changed = threading.Condition()
_arrivals = 0


def announce() -> None:
    """Say that a message or a stream record arrived."""
    global _arrivals
    with _changed:
        _arrivals += 1
        _changed.notify_all()


def count() -> int:
    """Return how many arrivals there were."""
    return _arrivals


def wait(seen: int, timeout_seconds: float) -> None:
    """Return when there were more arrivals than ``seen``, and after the time-out at the latest."""
    with _changed:
        _changed.wait_for(lambda: _arrivals != seen, timeout_seconds)
