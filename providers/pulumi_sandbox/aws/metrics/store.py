"""What was measured, minute by minute: in memory only, for two days."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass

from pulumi_sandbox.aws import clock

MINUTE_SECONDS = 60
KEPT_SECONDS = 2 * 86_400


@dataclass(frozen=True, slots=True)
class Metric:
    """Which metric; ``dimensions`` are pairs of name and value, in order of the names."""

    region: str
    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Measured:
    """All that was measured in some time."""

    count: int = 0
    total: float = 0.0
    least: float = 0.0
    most: float = 0.0

    def add(self, other: "Measured") -> None:
        """Take in what was measured in another time."""
        self.least = min(self.least, other.least) if self.count else other.least
        self.most = max(self.most, other.most) if self.count else other.most
        self.count += other.count
        self.total += other.total

    def statistic(self, name: str) -> float:
        """Return a statistic as CloudWatch names it."""
        values = {
            "SampleCount": self.count,
            "Sum": self.total,
            "Average": self.total / self.count,
            "Minimum": self.least,
            "Maximum": self.most,
        }
        return float(values[name])


STATISTICS = ("SampleCount", "Sum", "Average", "Minimum", "Maximum")
"""Those that are known of a minute; percentiles are not."""

_minutes: dict[Metric, dict[int, Measured]] = {}
_lock = threading.Lock()


def observe(metric: Metric, value: float) -> None:
    """Take one measurement, made now by the clock of the sandbox."""
    now = clock.now()
    start = int(now) // MINUTE_SECONDS * MINUTE_SECONDS
    with _lock:
        minutes = _minutes.setdefault(metric, {})
        if start not in minutes:
            for old in [each for each in minutes if each < now - KEPT_SECONDS]:
                del minutes[old]
            minutes[start] = Measured()
        minutes[start].add(Measured(1, value, value, value))


def statistic(metric: Metric, name: str, start: float, end: float) -> float | None:
    """Return a statistic of the minutes that begin from ``start`` to before ``end``; None when nothing was measured."""
    whole = Measured()
    with _lock:
        for begin, measured in _minutes.get(metric, {}).items():
            if start <= begin < end:
                whole.add(measured)
    return whole.statistic(name) if whole.count else None


def measured(region: str) -> Iterator[tuple[Metric, int, Measured]]:
    """Return every minute of every metric of a region, with its beginning in epoch seconds."""
    with _lock:
        found = [
            (metric, start, Measured(each.count, each.total, each.least, each.most))
            for metric, minutes in _minutes.items()
            if metric.region == region
            for start, each in minutes.items()
        ]
    yield from found
