"""Nothing that was acknowledged is lost when the sandbox is killed with messages in flight."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pulumi_sandbox import lifecycle
from tests.sandbox.events.event_cloud import EventCloud, start_cloud
from tests.sandbox.functions.lambda_cloud import eventually


@pytest.fixture
def own_cloud(tmp_path: Path) -> Iterator[EventCloud]:
    running = start_cloud(tmp_path)
    try:
        yield running
    finally:
        lifecycle.stop(running.state)


def test_messages_in_flight_are_processed_after_a_kill(own_cloud: EventCloud) -> None:
    cloud = own_cloud
    queue, function = cloud.queue(VisibilityTimeout=3), cloud.recorder("time.sleep(0.4)", Timeout=3)
    mapping = cloud.map(queue, function, BatchSize=3)
    sent = [str(number) for number in range(60)]
    cloud.send(queue, *sent)
    eventually(lambda: len(function.bodies) >= 10)
    cloud.crash()
    assert len(set(function.bodies)) < len(sent), "the kill came too late to show anything"
    lifecycle.start(cloud.state, None)
    eventually(lambda: set(function.bodies) == set(sent), 20)
    eventually(lambda: cloud.size(queue) == 0, 20)
    assert cloud.client("lambda").get_event_source_mapping(UUID=mapping)["BatchSize"] == 3


def test_published_messages_arrive_after_a_kill(own_cloud: EventCloud) -> None:
    cloud = own_cloud
    sns = cloud.client("sns")
    topic = sns.create_topic(Name="topic")["TopicArn"]
    queue = cloud.queue()
    cloud.allow_queue(queue, "sns.amazonaws.com", topic)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn, Attributes={"RawMessageDelivery": "true"})
    sent = {str(number) for number in range(40)}
    for text in sent:
        sns.publish(TopicArn=topic, Message=text)
    cloud.kill()
    found: set[str] = set()

    def arrived() -> bool:
        found.update(message["Body"] for message in cloud.receive(queue))
        return found == sent

    assert eventually(arrived, 20)
