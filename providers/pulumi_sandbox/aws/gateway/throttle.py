"""Token buckets: a steady rate, and a burst that may come at once."""

import time
from dataclasses import dataclass, field


@dataclass(slots=True)
class Bucket:
    """How many requests may pass now."""

    rate: float
    burst: float
    left: float = field(init=False)
    filled_at: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.left = self.burst

    def take(self) -> bool:
        """Return whether one more request passes."""
        now = time.monotonic()
        self.left = min(self.burst, self.left + (now - self.filled_at) * self.rate)
        self.filled_at = now
        if self.left < 1:
            return False
        self.left -= 1
        return True


class Throttle:
    """The buckets of an API, anew when their settings change."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[str, str], Bucket] = {}

    def passes(self, stage: str, route: str, rate: float, burst: float) -> bool:
        """Return whether a request to a route of a stage passes; a rate and burst of 0 refuse everything."""
        bucket = self._buckets.get((stage, route))
        if bucket is None or (bucket.rate, bucket.burst) != (rate, burst):
            bucket = self._buckets[(stage, route)] = Bucket(rate, burst)
        return bucket.take()
