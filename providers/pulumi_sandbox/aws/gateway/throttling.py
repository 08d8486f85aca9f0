"""Token buckets: one for each route of a stage."""

import threading
import time
from dataclasses import dataclass

from pulumi_sandbox.aws.gateway.api_model import Throttle


@dataclass(slots=True)
class _Bucket:
    throttle: Throttle
    tokens: float
    filled: float


_buckets: dict[tuple[str, str, str], _Bucket] = {}
_lock = threading.Lock()


def admit(key: tuple[str, str, str], throttle: Throttle, now: float | None = None) -> bool:
    """Take a token of ``key`` (API, stage, route); False when there is none. New limits start a full bucket."""
    now = time.monotonic() if now is None else now
    with _lock:
        bucket = _buckets.get(key)
        if bucket is None or bucket.throttle != throttle:
            bucket = _buckets[key] = _Bucket(throttle, float(throttle.burst), now)
        bucket.tokens = min(float(throttle.burst), bucket.tokens + (now - bucket.filled) * throttle.rate)
        bucket.filled = now
        if bucket.tokens < 1:
            return False
        bucket.tokens -= 1
        return True


def forget(api_id: str) -> None:
    """Drop the buckets of a deleted API."""
    with _lock:
        for key in [key for key in _buckets if key[0] == api_id]:
            del _buckets[key]
