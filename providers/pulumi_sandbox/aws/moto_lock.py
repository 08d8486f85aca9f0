"""One lock around moto's state.

Moto's backends are plain Python objects without locks: a conditional write, or a snapshot, is only correct
when nothing else changes them meanwhile. Everything that touches a backend holds this lock; everything
that waits for something else (a function, a message) releases it while it waits.
"""

import contextlib
import threading
from collections.abc import Generator

_lock = threading.RLock()
_depth = threading.local()


@contextlib.contextmanager
def moto_state() -> Generator[None]:
    """Hold moto's state for the block; may be nested."""
    with _lock:
        _depth.value = getattr(_depth, "value", 0) + 1
        try:
            yield
        finally:
            _depth.value -= 1


@contextlib.contextmanager
def moto_state_released() -> Generator[None]:
    """Let other threads use moto's state while the block waits; does nothing when the lock is not held."""
    depth = getattr(_depth, "value", 0)
    _depth.value = 0
    for _ in range(depth):
        _lock.release()
    try:
        yield
    finally:
        for _ in range(depth):
            _lock.acquire()
        _depth.value = depth
