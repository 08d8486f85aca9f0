"""Schedules: of EventBridge Scheduler and of rules, by a clock that the tests move."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.events.event_cloud import EventCloud, Queue, stays
from tests.sandbox.functions.lambda_cloud import eventually

SCHEDULER = "scheduler.amazonaws.com"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": SCHEDULER}, "Action": "sts:AssumeRole"}],
}
HOUR = 3600


def advance(cloud: EventCloud, seconds: float) -> None:
    cloud.ask("/_sandbox/clock", {"advance_seconds": seconds})


def now(cloud: EventCloud) -> datetime:
    return datetime.fromisoformat(cloud.ask("/_sandbox/clock")["now"])


def schedule(cloud: EventCloud, expression: str, arn: str, role: str = "", **settings: Any) -> str:
    name = f"s-{uuid.uuid4().hex[:8]}"
    target = {"Arn": arn, "RoleArn": role or sender(cloud), **settings.pop("Target", {})}
    cloud.client("scheduler").create_schedule(
        Name=name, ScheduleExpression=expression, FlexibleTimeWindow={"Mode": "OFF"}, Target=target, **settings
    )
    return name


def sender(cloud: EventCloud, *actions: str) -> str:
    return cloud.role(list(actions) or ["sqs:SendMessage"], TRUST)[1]


def take(cloud: EventCloud, queue: Queue) -> str:
    message = eventually(lambda: cloud.receive(queue))[0]
    cloud.client("sqs").delete_message(QueueUrl=queue.url, ReceiptHandle=message["ReceiptHandle"])
    return message["Body"]


def test_a_rate_fires_at_once_and_then_in_its_time(cloud: EventCloud) -> None:
    queue = cloud.queue()
    name = schedule(cloud, "rate(1 hour)", queue.arn, Target={"Input": '{"job": "nightly"}'})
    assert json.loads(take(cloud, queue)) == {"job": "nightly"}
    assert stays(lambda: cloud.size(queue) == 0, 1.0)
    advance(cloud, HOUR)
    assert json.loads(take(cloud, queue)) == {"job": "nightly"}
    advance(cloud, 5 * HOUR)
    take(cloud, queue)
    assert stays(lambda: cloud.size(queue) == 0, 1.0), "what was missed fires once"
    cloud.client("scheduler").delete_schedule(Name=name)
    advance(cloud, HOUR)
    assert stays(lambda: cloud.size(queue) == 0, 1.0)


def test_a_function_gets_the_default_event_at_a_time_of_its_zone(cloud: EventCloud) -> None:
    function = cloud.recorder()
    due = now(cloud) + timedelta(hours=2)
    zone_time = due.astimezone(UTC) + timedelta(hours=9)  # Tokyo has no summer time
    name = schedule(
        cloud,
        f"at({zone_time:%Y-%m-%dT%H:%M:%S})",
        function.arn,
        sender(cloud, "lambda:InvokeFunction"),
        ScheduleExpressionTimezone="Asia/Tokyo",
        ActionAfterCompletion="DELETE",
    )
    assert stays(lambda: not function.events, 1.0)
    advance(cloud, 2 * HOUR + 1)
    event = eventually(lambda: function.events)[0]
    assert (event["source"], event["detail-type"], event["detail"]) == ("aws.scheduler", "Scheduled Event", "{}")
    assert event["time"] == f"{due:%Y-%m-%dT%H:%M:%SZ}"
    with pytest.raises(ClientError, match="does not exist"):
        cloud.client("scheduler").get_schedule(Name=name)


def test_a_cron_fires_between_its_dates(cloud: EventCloud) -> None:
    queue = cloud.queue()
    start = now(cloud) + timedelta(days=2)
    schedule(cloud, "cron(0 12 * * ? *)", queue.arn, StartDate=start, EndDate=start + timedelta(days=1))
    advance(cloud, 36 * HOUR)
    assert stays(lambda: cloud.size(queue) == 0, 1.0)
    advance(cloud, 37 * HOUR)
    take(cloud, queue)
    advance(cloud, 48 * HOUR)
    assert stays(lambda: cloud.size(queue) == 0, 1.0)


def test_the_words_of_the_scheduler_are_filled_in(cloud: EventCloud) -> None:
    queue = cloud.queue()
    text = json.dumps({"when": "<aws.scheduler.scheduled-time>", "who": "<aws.scheduler.schedule-arn>"})
    name = schedule(cloud, "rate(1 day)", queue.arn, Target={"Input": text})
    body = json.loads(take(cloud, queue))
    assert body["who"].endswith(f":schedule/default/{name}")
    assert datetime.fromisoformat(body["when"]).tzinfo is not None


def test_a_role_that_may_not_send_leaves_a_dead_letter(cloud: EventCloud) -> None:
    queue, dead = cloud.queue(), cloud.queue()
    name, role = cloud.role([], TRUST)
    cloud.put_policy(name, ["sqs:SendMessage"], dead.arn)
    schedule(cloud, "rate(1 day)", queue.arn, role, Target={"Input": "{}", "DeadLetterConfig": {"Arn": dead.arn}})
    letter = eventually(lambda: cloud.receive(dead))[0]
    attributes = {key: value["StringValue"] for key, value in letter["MessageAttributes"].items()}
    assert attributes["TARGET_ARN"] == queue.arn
    assert "AccessDenied" in attributes["ERROR_CODE"]
    assert cloud.size(queue) == 0
    calls = {(c["action"], c["allowed"]) for c in cloud.ask("/_sandbox/iam/calls") if c["role"] == role}
    assert calls == {("sqs:SendMessage", False), ("sqs:SendMessage", True)}


def test_any_api_can_be_called(cloud: EventCloud) -> None:
    queue = cloud.queue()
    text = json.dumps({"QueueUrl": queue.url, "MessageBody": "by the API"})
    schedule(cloud, "rate(1 day)", "arn:aws:scheduler:::aws-sdk:sqs:sendMessage", Target={"Input": text})
    assert take(cloud, queue) == "by the API"


def test_a_disabled_schedule_rests(cloud: EventCloud) -> None:
    queue = cloud.queue()
    schedule(cloud, "rate(1 minute)", queue.arn, State="DISABLED")
    advance(cloud, HOUR)
    assert stays(lambda: cloud.size(queue) == 0, 1.0)


def test_a_rule_with_a_schedule_counts_from_its_creation(cloud: EventCloud) -> None:
    queue, events = cloud.queue(), cloud.client("events")
    arn = events.put_rule(Name="every-hour", ScheduleExpression="rate(1 hour)")["RuleArn"]
    cloud.allow_queue(queue, "events.amazonaws.com", arn)
    events.put_targets(Rule="every-hour", Targets=[{"Id": "q", "Arn": queue.arn}])
    events.put_events(Entries=[{"Source": "any", "DetailType": "any", "Detail": "{}"}])
    assert stays(lambda: cloud.size(queue) == 0, 1.0), "neither at once, nor for an event"
    advance(cloud, HOUR)
    event = json.loads(take(cloud, queue))
    assert (event["source"], event["resources"], event["detail"]) == ("aws.events", [arn], {})


def test_a_schedule_goes_on_after_a_kill(cloud: EventCloud) -> None:
    queue = cloud.queue()
    schedule(cloud, "rate(1 hour)", queue.arn)
    take(cloud, queue)
    cloud.kill()
    assert stays(lambda: cloud.size(queue) == 0, 1.0)
    advance(cloud, HOUR)
    take(cloud, queue)


def test_what_the_scheduler_refuses_is_refused(cloud: EventCloud) -> None:
    queue = cloud.queue()
    with pytest.raises(ClientError, match="Invalid Schedule Expression"):
        schedule(cloud, "cron(0 12 * * * *)", queue.arn)
    with pytest.raises(ClientError, match="must allow AWS EventBridge Scheduler to assume the role"):
        schedule(cloud, "rate(1 day)", queue.arn, cloud.usual_role)
    with pytest.raises(ClientError, match="Timezone"):
        schedule(cloud, "rate(1 day)", queue.arn, ScheduleExpressionTimezone="Mars/Olympus")
    with pytest.raises(ClientError, match="does not exist"):
        schedule(cloud, "rate(1 day)", queue.arn, GroupName="nobody")
