"""Topics that deliver to queues and functions: envelopes, filters, order, permissions, dead letters."""

import json
import uuid
from typing import Any

from tests.sandbox.events.event_cloud import ACCOUNT, EventCloud, Queue, Recorder, stays
from tests.sandbox.functions.lambda_cloud import eventually

SNS = "sns.amazonaws.com"


def topic(cloud: EventCloud, *, fifo: bool = False) -> str:
    name = f"t-{uuid.uuid4().hex[:8]}"
    if not fifo:
        return cloud.client("sns").create_topic(Name=name)["TopicArn"]
    attributes = {"FifoTopic": "true", "ContentBasedDeduplication": "true"}
    return cloud.client("sns").create_topic(Name=f"{name}.fifo", Attributes=attributes)["TopicArn"]


def subscribe(cloud: EventCloud, topic_arn: str, target: Queue | Recorder, **attributes: str) -> str:
    """Subscribe, with the permission that it needs."""
    if isinstance(target, Queue):
        cloud.allow_queue(target, SNS, topic_arn)
    else:
        cloud.allow_function(target, SNS, topic_arn)
    return subscribe_only(cloud, topic_arn, target, **attributes)


def subscribe_only(cloud: EventCloud, topic_arn: str, target: Queue | Recorder, **attributes: str) -> str:
    protocol = "sqs" if isinstance(target, Queue) else "lambda"
    return cloud.client("sns").subscribe(
        TopicArn=topic_arn, Protocol=protocol, Endpoint=target.arn, Attributes=attributes
    )["SubscriptionArn"]


def received(cloud: EventCloud, queue: Queue) -> dict[str, Any]:
    return eventually(lambda: cloud.receive(queue))[0]


def test_a_queue_gets_the_envelope(cloud: EventCloud) -> None:
    source, queue = topic(cloud), cloud.queue()
    subscribe(cloud, source, queue)
    answer = cloud.client("sns").publish(
        TopicArn=source,
        Message="text",
        Subject="about",
        MessageAttributes={"kind": {"DataType": "String", "StringValue": "x"}},
    )
    envelope = json.loads(received(cloud, queue)["Body"])
    assert envelope["MessageId"] == answer["MessageId"]
    assert (envelope["Type"], envelope["TopicArn"], envelope["Subject"]) == ("Notification", source, "about")
    assert (envelope["Message"], envelope["MessageAttributes"]) == ("text", {"kind": {"Type": "String", "Value": "x"}})
    assert {"Timestamp", "SignatureVersion", "Signature", "SigningCertURL", "UnsubscribeURL"} <= set(envelope)


def test_raw_delivery_gives_text_and_attributes(cloud: EventCloud) -> None:
    source, queue = topic(cloud), cloud.queue()
    subscribe(cloud, source, queue, RawMessageDelivery="true")
    attributes = {
        "n": {"DataType": "Number", "StringValue": "3"},
        "b": {"DataType": "Binary", "BinaryValue": b"\x00\x01"},
    }
    cloud.client("sns").publish(TopicArn=source, Message="text", MessageAttributes=attributes)
    message = received(cloud, queue)
    assert message["Body"] == "text"
    assert message["MessageAttributes"]["n"] == {"DataType": "Number", "StringValue": "3"}
    assert message["MessageAttributes"]["b"] == {"DataType": "Binary", "BinaryValue": b"\x00\x01"}


def test_a_function_gets_the_event_later(cloud: EventCloud) -> None:
    source, function = topic(cloud), cloud.recorder("raise ValueError('the publisher does not care')")
    subscription = subscribe(cloud, source, function)
    assert cloud.client("sns").publish(TopicArn=source, Message="text")["MessageId"]
    record = eventually(lambda: function.records)[0]
    assert (record["EventSource"], record["EventSubscriptionArn"]) == ("aws:sns", subscription)
    assert (record["Sns"]["Message"], record["Sns"]["TopicArn"], record["Sns"]["Subject"]) == ("text", source, None)


def test_filters_by_attributes_and_by_body(cloud: EventCloud) -> None:
    source, by_attributes, by_body = topic(cloud), cloud.queue(), cloud.queue()
    subscribe(cloud, source, by_attributes, FilterPolicy=json.dumps({"kind": ["image"]}), RawMessageDelivery="true")
    subscribe(
        cloud,
        source,
        by_body,
        FilterPolicy=json.dumps({"part": {"kind": [{"prefix": "im"}]}}),
        FilterPolicyScope="MessageBody",
        RawMessageDelivery="true",
    )

    def publish(kind: str, body: str) -> None:
        attributes = {"kind": {"DataType": "String", "StringValue": kind}}
        cloud.client("sns").publish(
            TopicArn=source, Message=json.dumps({"part": {"kind": body}}), MessageAttributes=attributes
        )

    publish("text", "text")
    publish("image", "text")
    publish("text", "image")
    assert json.loads(received(cloud, by_attributes)["Body"]) == {"part": {"kind": "text"}}
    assert json.loads(received(cloud, by_body)["Body"]) == {"part": {"kind": "image"}}
    assert cloud.size(by_attributes) == cloud.size(by_body) == 1


def test_a_queue_that_does_not_allow_it_gets_nothing_and_the_dead_letter_queue_does(cloud: EventCloud) -> None:
    source, queue, dead = topic(cloud), cloud.queue(), cloud.queue()
    cloud.allow_queue(dead, SNS, source)
    subscribe_only(cloud, source, queue, RedrivePolicy=json.dumps({"deadLetterTargetArn": dead.arn}))
    cloud.client("sns").publish(TopicArn=source, Message="text")
    assert json.loads(received(cloud, dead)["Body"])["Message"] == "text"
    assert cloud.size(queue) == 0

    cloud.allow_queue(queue, SNS, "arn:aws:sns:eu-central-1:123456789012:another")
    cloud.client("sns").publish(TopicArn=source, Message="again")
    eventually(lambda: cloud.size(dead) == 2)
    cloud.allow_queue(queue, SNS, source)
    cloud.client("sns").publish(TopicArn=source, Message="allowed")
    assert json.loads(received(cloud, queue)["Body"])["Message"] == "allowed"


def test_a_function_that_does_not_allow_it_is_not_invoked(cloud: EventCloud) -> None:
    source, function, dead = topic(cloud), cloud.recorder(), cloud.queue()
    cloud.allow_queue(dead, SNS, source)
    subscribe_only(cloud, source, function, RedrivePolicy=json.dumps({"deadLetterTargetArn": dead.arn}))
    cloud.client("sns").publish(TopicArn=source, Message="text")
    received(cloud, dead)
    assert stays(lambda: not function.events)


def test_an_encrypted_queue_needs_a_key_that_lets_sns_use_it(cloud: EventCloud) -> None:
    def key(*services: str) -> str:
        admin = {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
            "Action": "kms:*",
            "Resource": "*",
        }
        use = {
            "Effect": "Allow",
            "Principal": {"Service": list(services)},
            "Action": ["kms:GenerateDataKey*", "kms:Decrypt"],
            "Resource": "*",
        }
        statements = [admin, use] if services else [admin]
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        return cloud.client("kms").create_key(Policy=policy)["KeyMetadata"]["KeyId"]

    source = topic(cloud)
    closed, opened = cloud.queue(KmsMasterKeyId=key()), cloud.queue(KmsMasterKeyId=key(SNS))
    for queue in (closed, opened):
        subscribe(cloud, source, queue)
    cloud.client("sns").publish(TopicArn=source, Message="text")
    received(cloud, opened)
    assert stays(lambda: cloud.size(closed) == 0)


def test_a_fifo_topic_keeps_the_order_and_drops_duplicates(cloud: EventCloud) -> None:
    source, queue, function = topic(cloud, fifo=True), cloud.queue(fifo=True), cloud.recorder()
    subscribe(cloud, source, queue, RawMessageDelivery="true")
    cloud.map(queue, function, BatchSize=1)
    texts = [str(number) for number in range(8)]
    for text in [*texts, "3"]:
        cloud.client("sns").publish(TopicArn=source, Message=text, MessageGroupId="g")
    eventually(lambda: len(function.bodies) == len(texts), 10)
    assert stays(lambda: function.bodies == texts)


def test_a_message_can_differ_by_protocol(cloud: EventCloud) -> None:
    source, queue, function = topic(cloud), cloud.queue(), cloud.recorder()
    subscribe(cloud, source, queue, RawMessageDelivery="true")
    subscribe(cloud, source, function)
    message = json.dumps({"default": "all", "lambda": "function"})
    cloud.client("sns").publish(TopicArn=source, Message=message, MessageStructure="json")
    assert received(cloud, queue)["Body"] == "all"
    assert eventually(lambda: function.records)[0]["Sns"]["Message"] == "function"


def test_a_policy_for_everybody_with_the_topic_as_condition_is_enough(cloud: EventCloud) -> None:
    source, queue = topic(cloud), cloud.queue()
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "sqs:SendMessage",
        "Resource": queue.arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": source}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    cloud.client("sqs").set_queue_attributes(QueueUrl=queue.url, Attributes={"Policy": policy})
    subscribe_only(cloud, source, queue)
    cloud.client("sns").publish(TopicArn=source, Message="text")
    assert json.loads(received(cloud, queue)["Body"])["Message"] == "text"
