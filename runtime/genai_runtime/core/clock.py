"""The real clock."""

import random
import time

_RANDOM = random.SystemRandom()


class SystemClock:
    """Time of this machine, and randomness of its operating system."""

    def now(self) -> float:
        """Return seconds since the epoch."""
        return time.time()

    def monotonic(self) -> float:
        """Return seconds on a clock that never goes back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def uniform(self, low: float, high: float) -> float:
        """Return a random number between `low` and `high`."""
        return _RANDOM.uniform(low, high)
