"""The record of distributed maps: how many children ran, and how they ended. Survives the daemon."""

import threading
import time
from typing import Any, NamedTuple

from pulumi_sandbox.durable import open_map

records = open_map("states.map_runs")
_KINDS = ("pending", "running", "succeeded", "failed", "timedOut", "aborted", "resultsWritten")


class Tolerance(NamedTuple):
    """How many children may fail; both limits must be passed for the map to fail."""

    failures: int
    percentage: float

    def is_passed(self, failed: int, total: int) -> bool:
        """Return whether so many failures are too many."""
        return failed > self.failures and failed * 100 / max(total, 1) > self.percentage


class Counts:
    """Counts the children of one map run."""

    def __init__(self, arn: str, execution_arn: str, total: int, most: int, tolerance: Tolerance) -> None:
        self._arn = arn
        self._total = total
        self._tolerance = tolerance
        self._lock = threading.Lock()
        self._numbers = dict.fromkeys(_KINDS, 0) | {"pending": total, "total": total}
        self._record: dict[str, Any] = {
            "mapRunArn": arn,
            "executionArn": execution_arn,
            "status": "RUNNING",
            "startDate": time.time(),
            "maxConcurrency": most,
            "toleratedFailurePercentage": tolerance.percentage,
            "toleratedFailureCount": tolerance.failures,
        }
        self._write()

    def _write(self) -> None:
        records[self._arn] = {**self._record, "itemCounts": self._numbers, "executionCounts": self._numbers}

    def begin(self) -> None:
        """Count a child that starts."""
        with self._lock:
            self._numbers["pending"] -= 1
            self._numbers["running"] += 1

    def end(self, status: str) -> bool:
        """Count a child that ended; returns whether more have failed than may."""
        with self._lock:
            self._numbers["running"] -= 1
            self._numbers[status.lower()] += 1
            failed = self._numbers["failed"]
            return status != "SUCCEEDED" and self._tolerance.is_passed(failed, self._total)

    def close(self, status: str) -> None:
        """Write the record when the map has ended."""
        with self._lock:
            self._numbers["aborted"] += self._numbers.pop("running") + self._numbers.pop("pending")
            self._numbers |= {"running": 0, "pending": 0}
            self._record |= {"status": status, "stopDate": time.time()}
            self._write()
