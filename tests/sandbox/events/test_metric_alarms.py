"""Alarms on metrics that are truly known: of queues, of functions, and of what functions write into their logs."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pulumi_sandbox.aws.alarms.expressions import evaluate
from tests.sandbox.events.event_cloud import EventCloud, Queue, Recorder, stays
from tests.sandbox.events.test_topics import subscribe, topic
from tests.sandbox.functions.lambda_cloud import eventually

MINUTE = 60


def alarm(cloud: EventCloud, **settings: Any) -> str:
    """Put an alarm that goes off above 0, on the maximum of a minute unless `settings` say otherwise."""
    name = f"a-{uuid.uuid4().hex[:8]}"
    usual: dict[str, Any] = {
        "EvaluationPeriods": 1,
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 0,
        "TreatMissingData": "notBreaching",
    }
    if "Metrics" not in settings:
        usual |= {"Period": MINUTE, "Statistic": "Maximum"}
    cloud.client("cloudwatch").put_metric_alarm(AlarmName=name, **usual | settings)
    return name


def of_queue(queue: Queue, metric: str = "ApproximateNumberOfMessagesVisible") -> dict[str, Any]:
    name = queue.arn.rpartition(":")[2]
    return {"Namespace": "AWS/SQS", "MetricName": metric, "Dimensions": [{"Name": "QueueName", "Value": name}]}


def of_function(function: Recorder, metric: str) -> dict[str, Any]:
    dimensions = [{"Name": "FunctionName", "Value": function.name}]
    return {"Namespace": "AWS/Lambda", "MetricName": metric, "Dimensions": dimensions}


def state(cloud: EventCloud, name: str) -> str:
    [found] = cloud.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return found["StateValue"]


def becomes(cloud: EventCloud, name: str, wanted: str) -> None:
    eventually(lambda: state(cloud, name) == wanted)


def a_minute_later(cloud: EventCloud) -> None:
    cloud.ask("/_sandbox/clock", {"advance_seconds": MINUTE})


def failing_sum(function: Recorder) -> list[dict[str, Any]]:
    """Errors and throttles of a function together."""
    parts = [
        {
            "Id": metric.lower(),
            "MetricStat": {"Metric": of_function(function, metric), "Period": MINUTE, "Stat": "Sum"},
            "ReturnData": False,
        }
        for metric in ("Errors", "Throttles")
    ]
    return [*parts, {"Id": "failing", "Expression": "FILL(errors, 0) + FILL(throttles, 0)", "ReturnData": True}]


def test_a_message_in_a_queue_sets_an_alarm_off_and_its_topic_hears_of_it(cloud: EventCloud) -> None:
    watched, mailbox, source = cloud.queue(), cloud.queue(), topic(cloud)
    subscribe(cloud, source, mailbox)
    name = alarm(cloud, AlarmActions=[source], AlarmDescription="Look.", **of_queue(watched))
    becomes(cloud, name, "OK")
    cloud.send(watched, "failed")
    becomes(cloud, name, "ALARM")
    [letter] = eventually(lambda: cloud.receive(mailbox))
    envelope = json.loads(letter["Body"])
    told = json.loads(envelope["Message"])
    assert envelope["Subject"] == f'ALARM: "{name}" in eu-central-1'
    assert (told["AlarmName"], told["AlarmDescription"]) == (name, "Look.")
    assert (told["OldStateValue"], told["NewStateValue"]) == ("OK", "ALARM")
    assert told["Trigger"]["MetricName"] == "ApproximateNumberOfMessagesVisible"
    assert stays(lambda: cloud.size(mailbox) == 1, 1.5), "told once"
    [message] = eventually(lambda: cloud.receive(watched))
    cloud.client("sqs").delete_message(QueueUrl=watched.url, ReceiptHandle=message["ReceiptHandle"])
    a_minute_later(cloud)
    becomes(cloud, name, "OK")
    assert stays(lambda: cloud.size(mailbox) == 1), "no action is set for being OK again"


def test_an_alarm_whose_actions_are_switched_off_tells_nobody(cloud: EventCloud) -> None:
    watched, mailbox, source = cloud.queue(), cloud.queue(), topic(cloud)
    subscribe(cloud, source, mailbox)
    name = alarm(cloud, AlarmActions=[source], ActionsEnabled=False, **of_queue(watched))
    cloud.send(watched, "failed")
    becomes(cloud, name, "ALARM")
    assert stays(lambda: not cloud.receive(mailbox))


def test_the_age_of_the_oldest_message_is_known(cloud: EventCloud) -> None:
    watched = cloud.queue()
    young = alarm(cloud, **of_queue(watched, "ApproximateAgeOfOldestMessage") | {"Threshold": 3_600})
    old = alarm(cloud, **of_queue(watched, "ApproximateAgeOfOldestMessage") | {"Threshold": 1})
    cloud.send(watched, "waits")
    becomes(cloud, old, "ALARM")
    becomes(cloud, young, "OK")


def test_a_function_that_fails_or_is_throttled_sets_an_alarm_off(cloud: EventCloud) -> None:
    function = cloud.recorder('if event.get("fail"): raise ValueError("broken")')
    name = alarm(cloud, Metrics=failing_sum(function))

    def invoke(payload: str) -> None:
        cloud.client("lambda").invoke(FunctionName=function.name, Payload=payload)

    becomes(cloud, name, "OK")
    invoke("{}")
    assert stays(lambda: state(cloud, name) == "OK", 1.5)
    invoke('{"fail": true}')
    becomes(cloud, name, "ALARM")
    a_minute_later(cloud)
    becomes(cloud, name, "OK")
    cloud.client("lambda").put_function_concurrency(FunctionName=function.name, ReservedConcurrentExecutions=0)
    with pytest.raises(Exception, match="TooManyRequests"):
        invoke("{}")
    becomes(cloud, name, "ALARM")


def test_what_a_function_writes_into_its_log_is_a_metric(cloud: EventCloud) -> None:
    directive = {"Namespace": "Own", "Dimensions": [["kind"]], "Metrics": [{"Name": "Used", "Unit": "Percent"}]}
    line = {"Used": 85, "kind": uuid.uuid4().hex, "_aws": {"Timestamp": 1, "CloudWatchMetrics": [directive]}}
    function = cloud.recorder(f"print({json.dumps(line)!r})")
    dimensions = [{"Name": "kind", "Value": line["kind"]}]
    name = alarm(cloud, Namespace="Own", MetricName="Used", Dimensions=dimensions, Threshold=80)
    becomes(cloud, name, "OK")
    cloud.client("lambda").invoke(FunctionName=function.name, Payload="{}")
    becomes(cloud, name, "ALARM")
    now = datetime.fromisoformat(cloud.ask("/_sandbox/clock")["now"]).astimezone(UTC)
    answer = cloud.client("cloudwatch").get_metric_statistics(
        Namespace="Own",
        MetricName="Used",
        Dimensions=dimensions,
        StartTime=now - timedelta(minutes=5),
        EndTime=now + timedelta(minutes=5),
        Period=MINUTE,
        Statistics=["Maximum", "SampleCount"],
    )
    [point] = answer["Datapoints"]
    assert (point["Maximum"], point["SampleCount"]) == (85, 1)


def test_missing_data_is_treated_as_the_alarm_says(cloud: EventCloud) -> None:
    nothing: dict[str, Any] = {"Namespace": "Own", "MetricName": f"Never{uuid.uuid4().hex}"}
    wanted = {"notBreaching": "OK", "breaching": "ALARM", "missing": "INSUFFICIENT_DATA"}
    names = {treated: alarm(cloud, TreatMissingData=treated, **nothing) for treated in wanted}
    for treated, expected in wanted.items():
        becomes(cloud, names[treated], expected)


def test_so_many_periods_have_to_breach(cloud: EventCloud) -> None:
    watched = cloud.queue()
    name = alarm(cloud, **of_queue(watched) | {"EvaluationPeriods": 2})
    becomes(cloud, name, "OK")
    cloud.send(watched, "failed")
    assert stays(lambda: state(cloud, name) == "OK", 1.5)
    a_minute_later(cloud)
    becomes(cloud, name, "ALARM")


def test_an_alarm_on_what_is_not_measured_is_left_alone(cloud: EventCloud) -> None:
    metric: dict[str, Any] = {"Namespace": "AWS/ApiGateway", "MetricName": "5xx", "TreatMissingData": "breaching"}
    name, other = alarm(cloud, **metric), alarm(cloud, **{**metric, "Namespace": "Own"})
    becomes(cloud, other, "ALARM")
    assert state(cloud, name) == "INSUFFICIENT_DATA"


def test_an_alarm_that_is_put_again_keeps_its_state_and_tells_nobody(cloud: EventCloud) -> None:
    watched, mailbox, source = cloud.queue(), cloud.queue(), topic(cloud)
    subscribe(cloud, source, mailbox)
    name = alarm(cloud, AlarmActions=[source], **of_queue(watched))
    cloud.send(watched, "failed")
    becomes(cloud, name, "ALARM")
    [letter] = eventually(lambda: cloud.receive(mailbox))
    cloud.client("sqs").delete_message(QueueUrl=mailbox.url, ReceiptHandle=letter["ReceiptHandle"])
    cloud.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        AlarmActions=[source],
        EvaluationPeriods=1,
        ComparisonOperator="GreaterThanThreshold",
        Threshold=0,
        Period=MINUTE,
        Statistic="Maximum",
        **of_queue(watched),
    )
    assert state(cloud, name) == "ALARM"
    assert stays(lambda: not cloud.receive(mailbox), 1.5)


def test_expressions() -> None:
    values: dict[str, float | None] = {"a": 1, "b": 4, "none": None}
    assert evaluate("IF(b >= 4, 100 * a / b, 0)", values) == 25
    assert evaluate("IF(b > 4, 1, 0)", values) == 0
    assert evaluate("a + none", values) is None
    assert evaluate("a / (b - 4)", values) is None
    assert evaluate("FILL(none, 2) - a", values) == 1
    for unknown in ("ANOMALY_DETECTION_BAND(a)", "c", "a ** b", "SELECT"):
        with pytest.raises(ValueError, match="is not supported"):
            evaluate(unknown, values)
