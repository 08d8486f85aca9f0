"""Progress lines with the time since the start, on stderr so that stdout stays free for results."""

import sys
import time
from collections.abc import Generator
from contextlib import contextmanager

_started = time.monotonic()


def elapsed() -> float:
    """Seconds since the tool-chain started."""
    return time.monotonic() - _started


def say(message: str) -> None:
    """Print one progress line."""
    print(f"[{elapsed():6.1f} s] {message}", file=sys.stderr, flush=True)


@contextmanager
def step(message: str) -> Generator[None]:
    """Announce a step, and say how long it took when it ends well."""
    say(message)
    begun = time.monotonic()
    yield
    say(f"  done in {time.monotonic() - begun:.1f} s")


class SetupError(Exception):
    """Something a person must mend; the message says what and how."""
