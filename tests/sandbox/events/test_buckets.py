"""Buckets that tell functions, queues, topics and the event bus of objects."""

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.events.event_cloud import EventCloud, Queue, stays
from tests.sandbox.functions.lambda_cloud import eventually

S3 = "s3.amazonaws.com"


def bucket(cloud: EventCloud) -> tuple[str, str]:
    name = f"b-{uuid.uuid4().hex[:8]}"
    cloud.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    return name, f"arn:aws:s3:::{name}"


def notify(cloud: EventCloud, name: str, **configuration: Any) -> None:
    cloud.client("s3").put_bucket_notification_configuration(Bucket=name, NotificationConfiguration=configuration)


def rules(**filters: str) -> dict[str, Any]:
    return {"Key": {"FilterRules": [{"Name": name, "Value": value} for name, value in filters.items()]}}


def drain(cloud: EventCloud, queue: Queue) -> list[Any]:
    """Return the bodies of what a queue holds, and delete them."""
    messages = cloud.receive(queue)
    for message in messages:
        cloud.client("sqs").delete_message(QueueUrl=queue.url, ReceiptHandle=message["ReceiptHandle"])
    return [json.loads(message["Body"]) for message in messages]


def test_a_function_is_told_of_the_objects_that_match(cloud: EventCloud) -> None:
    (name, arn), function = bucket(cloud), cloud.recorder()
    cloud.allow_function(function, S3, arn)
    configuration = {
        "Id": "inputs",
        "LambdaFunctionArn": function.arn,
        "Events": ["s3:ObjectCreated:*"],
        "Filter": rules(prefix="in/", suffix=".jsonl"),
    }
    notify(cloud, name, LambdaFunctionConfigurations=[configuration])
    for key in ("in/a.txt", "out/a.jsonl", "in/two words+ä.jsonl"):
        cloud.client("s3").put_object(Bucket=name, Key=key, Body=b"content")
    record = eventually(lambda: function.records)[0]
    assert (record["eventSource"], record["eventName"]) == ("aws:s3", "ObjectCreated:Put")
    assert record["s3"]["bucket"]["name"] == name
    assert record["s3"]["configurationId"] == "inputs"
    assert record["s3"]["object"]["key"] == "in/two+words%2B%C3%A4.jsonl"
    assert record["s3"]["object"]["size"] == 7
    assert stays(lambda: len(function.records) == 1)


def test_a_queue_is_told_of_copies_parts_and_deletions(cloud: EventCloud) -> None:
    (name, arn), queue, s3 = bucket(cloud), cloud.queue(), cloud.client("s3")
    cloud.allow_queue(queue, S3, arn)
    notify(
        cloud,
        name,
        QueueConfigurations=[{"QueueArn": queue.arn, "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]}],
    )
    assert eventually(lambda: drain(cloud, queue))[0]["Event"] == "s3:TestEvent"
    s3.put_object(Bucket=name, Key="a", Body=b"x")
    s3.copy_object(Bucket=name, Key="b", CopySource=f"{name}/a")
    upload = s3.create_multipart_upload(Bucket=name, Key="c")["UploadId"]
    part = s3.upload_part(Bucket=name, Key="c", PartNumber=1, UploadId=upload, Body=b"x" * 10)
    parts = {"Parts": [{"ETag": part["ETag"], "PartNumber": 1}]}
    s3.complete_multipart_upload(Bucket=name, Key="c", UploadId=upload, MultipartUpload=parts)
    s3.delete_object(Bucket=name, Key="a")
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    s3.delete_object(Bucket=name, Key="b")
    seen: list[tuple[str, str]] = []

    def all_told() -> bool:
        for body in drain(cloud, queue):
            seen.extend((record["eventName"], record["s3"]["object"]["key"]) for record in body["Records"])
        return len(seen) == 5

    eventually(all_told)
    assert seen == [
        ("ObjectCreated:Put", "a"),
        ("ObjectCreated:Copy", "b"),
        ("ObjectCreated:CompleteMultipartUpload", "c"),
        ("ObjectRemoved:Delete", "a"),
        ("ObjectRemoved:DeleteMarkerCreated", "b"),
    ]


def test_the_event_bus_is_told(cloud: EventCloud) -> None:
    (name, arn), queue, events = bucket(cloud), cloud.queue(), cloud.client("events")
    notify(cloud, name, EventBridgeConfiguration={})
    assert cloud.client("s3").get_bucket_notification_configuration(Bucket=name)["EventBridgeConfiguration"] == {}
    pattern = {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": {"bucket": {"name": [name]}}}
    rule = events.put_rule(Name=f"r-{name}", EventPattern=json.dumps(pattern))["RuleArn"]
    cloud.allow_queue(queue, "events.amazonaws.com", rule)
    events.put_targets(Rule=f"r-{name}", Targets=[{"Id": "q", "Arn": queue.arn}])
    cloud.client("s3").put_object(Bucket=name, Key="a b", Body=b"x")
    cloud.client("s3").delete_object(Bucket=name, Key="a b")
    event = eventually(lambda: drain(cloud, queue))[0]
    assert (event["resources"], event["detail"]["reason"]) == ([arn], "PutObject")
    assert event["detail"]["object"]["key"] == "a b"
    assert stays(lambda: cloud.size(queue) == 0)


def test_a_destination_that_does_not_let_s3_in_is_refused(cloud: EventCloud) -> None:
    (name, _), queue, function = bucket(cloud), cloud.queue(), cloud.recorder()
    for configuration in (
        {"QueueConfigurations": [{"QueueArn": queue.arn, "Events": ["s3:ObjectCreated:*"]}]},
        {"LambdaFunctionConfigurations": [{"LambdaFunctionArn": function.arn, "Events": ["s3:ObjectCreated:*"]}]},
    ):
        with pytest.raises(ClientError, match="Unable to validate the following destination configurations"):
            notify(cloud, name, **configuration)


def test_overlapping_rules_are_refused(cloud: EventCloud) -> None:
    (name, arn), queue = bucket(cloud), cloud.queue()
    cloud.allow_queue(queue, S3, arn)

    def configurations(*prefixes: str) -> list[dict[str, Any]]:
        events = ["s3:ObjectCreated:*"]
        return [{"QueueArn": queue.arn, "Events": events, "Filter": rules(prefix=prefix)} for prefix in prefixes]

    with pytest.raises(ClientError, match="ambiguously defined"):
        notify(cloud, name, QueueConfigurations=configurations("in/", "in/a/"))
    notify(cloud, name, QueueConfigurations=configurations("in/", "out/"))


def test_an_object_is_told_of_once_over_a_restart(cloud: EventCloud) -> None:
    (name, arn), queue = bucket(cloud), cloud.queue()
    cloud.allow_queue(queue, S3, arn)
    notify(cloud, name, QueueConfigurations=[{"QueueArn": queue.arn, "Events": ["s3:ObjectCreated:*"]}])
    eventually(lambda: drain(cloud, queue))
    cloud.client("s3").put_object(Bucket=name, Key="a", Body=b"x")
    eventually(lambda: cloud.size(queue) == 1)
    cloud.kill()  # the journal of the bucket is repeated
    assert stays(lambda: cloud.size(queue) == 1)
