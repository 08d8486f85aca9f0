"""Lambda's own metrics of a function: invocations, errors, throttles and durations."""

import time
from collections.abc import Generator
from contextlib import contextmanager

from pulumi_sandbox.aws.metrics.known import FUNCTIONS
from pulumi_sandbox.aws.metrics.store import Metric, observe


class Measurement:
    """How one invocation ended; it failed unless ``succeeded`` is set."""

    succeeded = False


@contextmanager
def measured(region: str, function: str, throttled: type[Exception]) -> Generator[Measurement]:
    """Count the invocation inside. One that raises ``throttled`` is no invocation."""
    measurement, started = Measurement(), time.monotonic()
    try:
        yield measurement
    except throttled:
        _observe(region, function, Throttles=1)
        raise
    except Exception:
        _observe(region, function, Invocations=1, Errors=1, Throttles=0)
        raise
    milliseconds = 1000 * (time.monotonic() - started)
    failed = int(not measurement.succeeded)
    _observe(region, function, Invocations=1, Errors=failed, Throttles=0, Duration=milliseconds)


def _observe(region: str, function: str, **values: float) -> None:
    for name, value in values.items():
        observe(Metric(region, FUNCTIONS, name, (("FunctionName", function),)), value)
