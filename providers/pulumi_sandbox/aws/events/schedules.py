"""Fires schedules: those of EventBridge Scheduler, and rules of the event bus that have one.

What came due while the sandbox was stopped, or while the clock was moved, fires once.
"""

import json
import logging
import threading
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from pulumi_sandbox.aws import clock
from pulumi_sandbox.aws.events import buses
from pulumi_sandbox.aws.events.deliveries import Delivery, accept
from pulumi_sandbox.aws.events.schedule_expressions import At, Rate, parse
from pulumi_sandbox.aws.events.targets import Letter, Sender
from pulumi_sandbox.aws.moto_backends import existing
from pulumi_sandbox.aws.moto_lock import moto_state
from pulumi_sandbox.durable import open_map

SERVICE = "scheduler.amazonaws.com"
_LOOK_SECONDS = 0.5
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Timer:
    """Something with a schedule: ``owner`` is moto's schedule or rule, ``backend`` what holds it."""

    arn: str
    expression: str
    zone: tzinfo
    start: float | None
    end: float | None
    owner: Any
    backend: Any


def _timers() -> Iterator[_Timer]:
    for unit in existing("scheduler"):
        backend: Any = unit.backend
        for group in list(backend.schedule_groups.values()):
            for schedule in list(group.schedules.values()):
                if schedule.state == "ENABLED":
                    zone = ZoneInfo(schedule.schedule_expression_timezone)
                    start, end = _seconds(schedule.start_date), _seconds(schedule.end_date)
                    yield _Timer(schedule.arn, schedule.schedule_expression, zone, start, end, schedule, backend)
    for unit in existing("events"):
        bus: Any = unit.backend
        for rule in list(bus.event_buses["default"].rules.values()):
            if rule.scheduled_expression and rule.state == "ENABLED":
                yield _Timer(rule.arn, rule.scheduled_expression, UTC, None, None, rule, bus)


def _seconds(value: Any) -> float | None:
    if value in (None, ""):
        return None
    return datetime.fromisoformat(value).timestamp() if isinstance(value, str) else float(value)


class Schedules:
    """Looks at all schedules, and fires those that are due."""

    def __init__(self) -> None:
        # ARN -> when it is due next (null: never again), and what that was computed from.
        self._times = open_map("schedule-times")
        self._due: dict[str, dict[str, Any]] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="schedules", daemon=True)

    def start(self) -> None:
        """Start firing."""
        self._due = self._times.snapshot()
        self._thread.start()

    def stop(self) -> None:
        """Stop firing."""
        self._stopping.set()
        clock.wake()
        self._thread.join(5)

    def _run(self) -> None:
        while not self._stopping.is_set():
            with moto_state():
                timers = list(_timers())
                for timer in timers:
                    try:
                        self._look(timer)
                    except Exception:  # noqa: BLE001 - one schedule must not stop the others
                        _log.exception("the schedule %s cannot fire", timer.arn)
            for arn in set(self._due) - {timer.arn for timer in timers}:
                self._times.pop(arn, None)
                del self._due[arn]
            clock.wait(_LOOK_SECONDS)

    def _look(self, timer: _Timer) -> None:
        now = clock.now()
        origin = f"{timer.expression} {timer.zone} {timer.start} {timer.end}"
        known: dict[str, Any] | None = self._due.get(timer.arn)
        if known is None or known["origin"] != origin:
            # A rule's rate counts from its creation; a schedule's begins at once.
            is_rule = timer.arn.split(":")[2] != "scheduler"
            begun = now if timer.start is None else timer.start
            past = begun if is_rule and isinstance(parse(timer.expression), Rate) else min(begun, now) - 1
            known = {"origin": origin, "begun": begun, "due": self._following(timer, begun, past)}
            self._remember(timer.arn, known)
        due: float | None = known["due"]
        if due is None or due > now:
            return
        if timer.end is None or due <= timer.end:
            _fire(timer, due)
        following = self._following(timer, known["begun"], now)
        self._remember(timer.arn, {**known, "due": following})
        if following is None:
            _complete(timer)

    def _following(self, timer: _Timer, begun: float, after: float) -> float | None:
        expression = parse(timer.expression, timer.zone)
        if isinstance(expression, At) and timer.start is None:
            begun = 0.0
        found = expression.following(datetime.fromtimestamp(after, UTC), datetime.fromtimestamp(begun, UTC))
        moment = found and found.timestamp()
        return None if moment is None or (timer.end is not None and moment > timer.end) else moment

    def _remember(self, arn: str, known: dict[str, Any]) -> None:
        self._times[arn] = self._due[arn] = known


def _complete(timer: _Timer) -> None:
    schedule = timer.owner
    if getattr(schedule, "action_after_completion", None) == "DELETE":
        from pulumi_sandbox.aws.changes import note_change

        timer.backend.delete_schedule(schedule.group_name, schedule.name)
        note_change("scheduler", timer.backend.account_id, timer.backend.region_name)


def _fire(timer: _Timer, due: float) -> None:
    _, _, service, region, account, _ = timer.arn.split(":", 5)
    event = {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": f"aws.{service}",
        "account": account,
        "time": buses.event_time(due),
        "region": region,
        "resources": [timer.arn],
    }
    if service == "scheduler":
        _send(timer.owner, {**event, "detail": "{}"})
    else:
        buses.deliver(timer.owner, {**event, "detail": {}})


def _send(schedule: Any, event: Mapping[str, Any]) -> None:
    target: Mapping[str, Any] = schedule.target
    retry: Mapping[str, Any] = target.get("RetryPolicy") or {}
    words = {
        "<aws.scheduler.schedule-arn>": schedule.arn,
        "<aws.scheduler.scheduled-time>": event["time"],
        "<aws.scheduler.execution-id>": event["id"],
        "<aws.scheduler.attempt-number>": "1",
    }
    body: str = target.get("Input") or json.dumps(event)
    for word, meaning in words.items():
        body = body.replace(word, meaning)
    bus: Mapping[str, Any] = target.get("EventBridgeParameters") or {}
    queue: Mapping[str, Any] = target.get("SqsParameters") or {}
    accept(
        Delivery(
            Letter(target["Arn"], body, {**bus, **queue}),
            Sender(SERVICE, schedule.arn, target["RoleArn"]),
            dead_letters=(target.get("DeadLetterConfig") or {}).get("Arn", ""),
            dead_letter_attributes={
                "SCHEDULE_ARN": schedule.arn,
                "TARGET_ARN": target["Arn"],
                "SCHEDULED_TIME": event["time"],
                "EXECUTION_ID": event["id"],
            },
            max_retries=retry.get("MaximumRetryAttempts", 185),
            max_age_seconds=retry.get("MaximumEventAgeInSeconds", 86_400),
        )
    )
