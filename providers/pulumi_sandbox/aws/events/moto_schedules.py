"""Moto's schedules, checked when they are made: expression, time zone, group, and the role that sends."""

import functools
from collections.abc import Callable
from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

from pulumi_sandbox import iam
from pulumi_sandbox.aws.events.schedule_expressions import parse
from pulumi_sandbox.aws.events.schedules import SERVICE
from pulumi_sandbox.aws.moto_gaps.wrapping import wrap


def _checked(original: Callable[..., Any], backend: Any, **members: Any) -> Any:
    from moto.scheduler.exceptions import ValidationException

    backend.get_schedule_group(members["group_name"])
    try:
        zone = ZoneInfo(members["schedule_expression_timezone"] or "UTC")
    except (KeyError, ValueError) as error:
        raise ValidationException(f"Invalid Schedule Expression Timezone: {error}") from error
    try:
        parse(members["schedule_expression"], zone)
    except ValueError as error:
        raise ValidationException(f"Invalid Schedule Expression {error}.") from error
    if not iam.may_assume(members["target"]["RoleArn"], SERVICE):
        raise ValidationException(
            "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
        )
    return original(backend, **members)


def _updated(original: Callable[..., Any], response: Any) -> Any:
    answer = original(response)
    name = response.uri.split("?")[0].split("/")[-1]
    schedule = response.scheduler_backend.get_schedule(response._get_param("GroupName"), name)
    # An update replaces all members, and moto leaves this one as it was; a state that is not given is the default.
    schedule.action_after_completion = response._get_param("ActionAfterCompletion")
    schedule.state = schedule.state or "ENABLED"
    return answer


def _rule_put(original: Callable[..., Any], backend: Any, name: str, *arguments: Any, **named: Any) -> Any:
    from moto.events.exceptions import ValidationException

    if expression := named.get("scheduled_expression"):
        try:
            parse(expression, UTC)
        except ValueError as error:
            raise ValidationException(f"Parameter ScheduleExpression is not valid. {error}") from error
    return original(backend, name, *arguments, **named)


@functools.cache
def install() -> None:
    """Check schedules. Calling it again does nothing."""
    from moto.events.models import EventsBackend
    from moto.scheduler.models import EventBridgeSchedulerBackend
    from moto.scheduler.responses import EventBridgeSchedulerResponse

    wrap(EventBridgeSchedulerBackend, "create_schedule", _checked)
    wrap(EventBridgeSchedulerBackend, "update_schedule", _checked)
    wrap(EventBridgeSchedulerResponse, "update_schedule", _updated)
    wrap(EventsBackend, "put_rule", _rule_put)
