"""Queues, topics and keys."""

import json

from sandbox_cloud import SandboxCloud, create, delete, imported, tagged, update

from pulumi_sandbox.plugin.handlers import handler_for

QUEUE = "aws:sqs/queue:Queue"
TOPIC = "aws:sns/topic:Topic"


def test_queue_lives(cloud: SandboxCloud) -> None:
    dead = create(cloud, QUEUE, tagged({"name": "dead"}))
    redrive = json.dumps({"maxReceiveCount": 3, "deadLetterTargetArn": dead.outputs["arn"]}, indent=1)
    inputs = tagged(
        {"name": "jobs", "visibilityTimeoutSeconds": 90, "redrivePolicy": redrive, "tags": {"a": "1"}}, team="x"
    )
    queue = create(cloud, QUEUE, inputs)
    assert queue.id == queue.outputs["url"]
    assert queue.outputs["arn"] == "arn:aws:sqs:eu-central-1:123456789012:jobs"
    assert queue.outputs["tags"] == {"a": "1"}
    assert queue.outputs["tagsAll"] == {"a": "1", "team": "x"}
    assert queue.outputs["redrivePolicy"] == redrive

    found = imported(cloud, QUEUE, queue.id, queue)
    assert found.inputs["visibilityTimeoutSeconds"] == 90

    queue = update(cloud, QUEUE, queue, tagged({"name": "jobs", "delaySeconds": 5, "tags": {"b": "2"}}))
    assert "redrivePolicy" not in queue.outputs
    assert queue.outputs["tagsAll"] == {"b": "2"}
    delete(cloud, QUEUE, queue)


def test_queue_drift_shows(cloud: SandboxCloud) -> None:
    queue = create(cloud, QUEUE, tagged({"name": "drift", "delaySeconds": 0}))
    cloud.client("sqs").set_queue_attributes(QueueUrl=queue.id, Attributes={"DelaySeconds": "7"})
    found = handler_for(QUEUE).read(cloud, queue.id, queue.inputs)
    assert found is not None
    assert found.outputs["delaySeconds"] == 7


def test_fifo_queue(cloud: SandboxCloud) -> None:
    inputs = tagged({"name": "order.fifo", "fifoQueue": True, "contentBasedDeduplication": True})
    queue = create(cloud, QUEUE, inputs)
    assert queue.outputs["fifoQueue"] is True
    delete(cloud, QUEUE, queue)


def test_topic_lives(cloud: SandboxCloud) -> None:
    topic = create(cloud, TOPIC, tagged({"name": "alarms", "displayName": "Alarms", "tags": {"a": "1"}}))
    assert topic.id == "arn:aws:sns:eu-central-1:123456789012:alarms"
    assert topic.outputs["owner"] == "123456789012"
    imported(cloud, TOPIC, topic.id, topic)
    topic = update(cloud, TOPIC, topic, tagged({"name": "alarms", "tags": {"b": "2"}}))
    assert topic.outputs["tagsAll"] == {"b": "2"}
    delete(cloud, TOPIC, topic)


def test_key_and_alias_live(cloud: SandboxCloud) -> None:
    key_token, alias_token = "aws:kms/key:Key", "aws:kms/alias:Alias"
    key = create(
        cloud,
        key_token,
        tagged({"description": "one", "enableKeyRotation": True, "deletionWindowInDays": 7, "tags": {"a": "1"}}),
    )
    assert key.outputs["arn"] == f"arn:aws:kms:eu-central-1:123456789012:key/{key.id}"
    assert key.outputs["customerMasterKeySpec"] == "SYMMETRIC_DEFAULT"
    alias = create(cloud, alias_token, {"name": "alias/app", "targetKeyId": key.outputs["arn"]})
    assert alias.outputs["targetKeyArn"] == key.outputs["arn"]
    imported(cloud, alias_token, "alias/app", alias)
    other = create(cloud, key_token, tagged({}))
    alias = update(cloud, alias_token, alias, {"name": "alias/app", "targetKeyId": other.id})
    delete(cloud, alias_token, alias)

    inputs = tagged({"description": "two", "isEnabled": False, "deletionWindowInDays": 7, "tags": {}})
    key = update(cloud, key_token, key, inputs)
    assert key.outputs["enableKeyRotation"] is False
    assert key.outputs["isEnabled"] is False
    imported(cloud, key_token, key.id, key)
    delete(cloud, key_token, key)
