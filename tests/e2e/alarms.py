"""Alarms of the stack: their states, and somebody who listens to their topic."""

import json
from dataclasses import dataclass
from typing import Any

from background import until
from deployment import Deployment

ALARM_TOPIC = "arn:aws:sns:us-east-1:123456789012:alarms"
"""Where the stack's alarms go; whoever listens makes the topic."""

PERIOD_SECONDS = 60


@dataclass(frozen=True)
class Listener:
    """A queue that gets what alarms tell."""

    stack: Deployment
    queue_url: str

    def hears_of(self, alarm: str) -> Any:
        """What the topic is told of an alarm, once it is."""
        heard: dict[str, Any] = {}

        def listen() -> bool:
            found = self.stack.aws("sqs").receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10)
            told = [json.loads(json.loads(letter["Body"])["Message"]) for letter in found.get("Messages", [])]
            heard.update({each["AlarmName"]: each for each in told})
            return alarm in heard

        until(listen, bool)
        return heard[alarm]


def listener(stack: Deployment) -> Listener:
    """Makes the topic, and a queue that it may send to."""
    sns, sqs = stack.aws("sns"), stack.aws("sqs")
    assert sns.create_topic(Name=ALARM_TOPIC.rpartition(":")[2])["TopicArn"] == ALARM_TOPIC
    url = sqs.create_queue(QueueName="alarm-listener")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": ALARM_TOPIC}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    sns.subscribe(TopicArn=ALARM_TOPIC, Protocol="sqs", Endpoint=arn)
    return Listener(stack, url)


def alarms(stack: Deployment) -> list[dict[str, Any]]:
    """All alarms of metrics."""
    pages = stack.aws("cloudwatch").get_paginator("describe_alarms").paginate(AlarmTypes=["MetricAlarm"])
    return [alarm for page in pages for alarm in page["MetricAlarms"]]


def alarm_on(stack: Deployment, metric: str, dimension: str) -> dict[str, Any]:
    """The alarm on a metric of the resource that one dimension names."""
    [found] = [
        alarm
        for alarm in alarms(stack)
        if alarm.get("MetricName") == metric and dimension in [each["Value"] for each in alarm["Dimensions"]]
    ]
    return found


def is_in(stack: Deployment, name: str, state: str) -> None:
    """Waits until an alarm has a state."""
    look = stack.aws("cloudwatch").describe_alarms
    until(lambda: look(AlarmNames=[name])["MetricAlarms"][0]["StateValue"], lambda found: found == state)


def a_period_later(stack: Deployment) -> None:
    """What was measured before is of an earlier period."""
    stack.sandbox("clock", "POST", {"advance_seconds": PERIOD_SECONDS})
