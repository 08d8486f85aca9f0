"""Evaluates metric alarms once a second, and tells their actions of a change, as far as the metrics are known here.

Periods are those of the clock, as in the cloud; the running one counts as if it were over, so that an alarm goes off
at once. An alarm on a metric that is not measured here is left as it is.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pulumi_sandbox.aws import clock
from pulumi_sandbox.aws.alarms.expressions import evaluate
from pulumi_sandbox.aws.alarms.notices import notify
from pulumi_sandbox.aws.changes import note_change
from pulumi_sandbox.aws.metrics import of_queues
from pulumi_sandbox.aws.metrics.known import SERVICE_METRICS
from pulumi_sandbox.aws.metrics.store import STATISTICS, Metric, statistic
from pulumi_sandbox.aws.moto_backends import existing
from pulumi_sandbox.aws.moto_lock import moto_state

_LOOK_SECONDS = 1.0
_BREACHES: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Query:
    """A metric of an alarm, or an expression of others; ``metric`` is None for an expression."""

    name: str
    metric: Metric | None
    statistic: str
    period_seconds: int
    expression: str = ""


class Alarms:
    """Looks at all alarms, over and over."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="alarms", daemon=True)

    def start(self) -> None:
        """Start looking."""
        self._thread.start()

    def stop(self) -> None:
        """Stop looking."""
        self._stopping.set()
        clock.wake()
        self._thread.join(5)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                of_queues.look()
                _look_at_all()
            except Exception:  # noqa: BLE001 - one broken look must not end the thread
                _log.exception("the alarms cannot be evaluated")
            clock.wait(_LOOK_SECONDS)


def _look_at_all() -> None:
    with moto_state():
        for unit in existing("cloudwatch"):
            backend: Any = unit.backend
            for alarm in list(backend.alarms.values()):
                if alarm.rule is None and _look(alarm):
                    note_change("cloudwatch", backend.account_id, backend.region_name)


def _look(alarm: Any) -> bool:
    """Bring an alarm to the state that it should have; returns whether it has another one now."""
    queries, asked = _queries(alarm)
    if not all(_is_measured(query) for query in queries):
        return False
    values = _values(alarm, queries, asked)
    state, reason = judge(alarm, values)
    before = alarm.state_value
    if state == before:
        return False
    alarm.update_state(reason, "{}", state)
    notify(alarm, before)
    return True


def judge(alarm: Any, values: list[float | None]) -> tuple[str, str]:
    """Return the state that an alarm has with these values, the latest first, and why. None is a missing value."""
    periods, threshold = len(values), float(alarm.threshold)
    needed = int(alarm.datapoints_to_alarm or periods)
    present = [value for value in values if value is not None]
    missing: str = alarm.treat_missing_data or "missing"
    if not present and missing == "ignore":
        return alarm.state_value, alarm.state_reason
    if not present and missing == "missing":
        return "INSUFFICIENT_DATA", f"Insufficient Data: {periods} datapoints were unknown."
    breaching = [value for value in present if _BREACHES[alarm.comparison_operator](value, threshold)]
    count = len(breaching) + (periods - len(present) if missing == "breaching" else 0)
    if count >= needed:
        return "ALARM", f"Threshold Crossed: {count} of {periods} datapoints {breaching} crossed {threshold}."
    return "OK", f"Threshold Crossed: fewer than {needed} of {periods} datapoints {present} crossed {threshold}."


def _queries(alarm: Any) -> tuple[list[_Query], _Query]:
    """All queries of an alarm, and the one that it is about."""
    if not alarm.metric_data_queries:
        stated = alarm.statistic or alarm.extended_statistic
        own = _metric(alarm, alarm.namespace, alarm.metric_name, alarm.dimensions)
        query = _Query("own", own, stated, int(alarm.period))
        return [query], query
    queries = [_of_query(alarm, each) for each in alarm.metric_data_queries]
    returned = [str(each.return_data).lower() in ("true", "none") for each in alarm.metric_data_queries]
    asked = queries[returned.index(True)] if any(returned) else queries[-1]
    if not asked.period_seconds:
        period = max(query.period_seconds for query in queries)
        asked = _Query(asked.name, None, asked.statistic, period, asked.expression)
    return queries, asked


def _of_query(alarm: Any, query: Any) -> _Query:
    stat = query.metric_stat
    if stat is None:
        return _Query(query.id, None, "", int(query.period or 0), query.expression)
    metric = _metric(alarm, stat.metric.namespace, stat.metric.metric_name, stat.metric.dimensions)
    return _Query(query.id, metric, stat.stat, int(stat.period))


def _metric(alarm: Any, namespace: str, name: str, dimensions: list[Any]) -> Metric:
    return Metric(alarm.region_name, namespace, name, tuple(sorted((each.name, each.value) for each in dimensions)))


def _is_measured(query: _Query) -> bool:
    if query.metric is None:
        return True
    namespace, name = query.metric.namespace, query.metric.name
    # What functions write into their logs has a namespace of their own.
    known = name in SERVICE_METRICS.get(namespace, ()) or not namespace.startswith("AWS/")
    return known and query.statistic in STATISTICS


def _values(alarm: Any, queries: list[_Query], asked: _Query) -> list[float | None]:
    length = asked.period_seconds
    running = clock.now() // length * length
    return [_value(queries, asked, running - back * length) for back in range(int(alarm.evaluation_periods))]


def _value(queries: list[_Query], asked: _Query, start: float) -> float | None:
    if asked.metric is not None:
        return statistic(asked.metric, asked.statistic, start, start + asked.period_seconds)
    values = {
        query.name: statistic(query.metric, query.statistic, start, start + asked.period_seconds)
        for query in queries
        if query.metric is not None
    }
    return evaluate(asked.expression, values)
