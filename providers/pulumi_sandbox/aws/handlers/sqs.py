"""SQS queues."""

from collections.abc import Mapping
from typing import Any

from pulumi_sandbox.aws.handlers import state, tags
from pulumi_sandbox.aws.handlers.presence import found, remove
from pulumi_sandbox.aws.handlers.shapes import text
from pulumi_sandbox.plugin.handler import Cloud, Handler, Properties, Resource

QUEUE = "aws:sqs/queue:Queue"

_ATTRIBUTES = {
    "contentBasedDeduplication": "ContentBasedDeduplication",
    "deduplicationScope": "DeduplicationScope",
    "delaySeconds": "DelaySeconds",
    "fifoQueue": "FifoQueue",
    "fifoThroughputLimit": "FifoThroughputLimit",
    "kmsDataKeyReusePeriodSeconds": "KmsDataKeyReusePeriodSeconds",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "maxMessageSize": "MaximumMessageSize",
    "messageRetentionSeconds": "MessageRetentionPeriod",
    "policy": "Policy",
    "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
    "redriveAllowPolicy": "RedriveAllowPolicy",
    "redrivePolicy": "RedrivePolicy",
    "sqsManagedSseEnabled": "SqsManagedSseEnabled",
    "visibilityTimeoutSeconds": "VisibilityTimeout",
}
_WHOLE_NUMBERS = frozenset(name for name in _ATTRIBUTES if name.endswith(("Seconds", "Size")))
_FLAGS = frozenset({"contentBasedDeduplication", "fifoQueue", "sqsManagedSseEnabled"})
_JSON = frozenset({"policy", "redrivePolicy", "redriveAllowPolicy"})


def _attributes(inputs: Properties) -> dict[str, str]:
    if inputs.get("contentBasedDeduplication") and not inputs.get("fifoQueue"):
        raise ValueError("contentBasedDeduplication: only FIFO queues have it; set fifoQueue too, or leave it out")
    # A standard queue refuses FifoQueue=false and what belongs to FIFO queues.
    fifo_only = {"fifoQueue", "contentBasedDeduplication", "deduplicationScope", "fifoThroughputLimit"}
    skip = set() if inputs.get("fifoQueue") else fifo_only
    return {
        api: text(inputs[name])
        for name, api in _ATTRIBUTES.items()
        if name not in skip and inputs.get(name) not in (None, "")
    }


def _properties(attributes: Mapping[str, str]) -> Properties:
    values: dict[str, Any] = {}
    for name, api in _ATTRIBUTES.items():
        value = attributes.get(api)
        if value is None:
            continue
        values[name] = int(value) if name in _WHOLE_NUMBERS else value
        if name in _FLAGS:
            values[name] = value.lower() == "true"
    return values


def _create(cloud: Cloud, inputs: Properties) -> Resource:
    answer = cloud.client("sqs").create_queue(
        QueueName=inputs["name"], Attributes=_attributes(inputs), tags=inputs.get("tagsAll") or {}
    )
    return state.finish(cloud, _read, answer["QueueUrl"], inputs)


def _read(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
    client = cloud.client("sqs")
    answer = found(client.get_queue_attributes, QueueUrl=resource_id, AttributeNames=["All"])
    if answer is None:
        return None
    attributes = answer.get("Attributes", {})
    values: Properties = {
        "fifoQueue": False,
        "contentBasedDeduplication": False,
        # The API reports this period only of queues that are encrypted by a key; 300 s is the service's own.
        "kmsDataKeyReusePeriodSeconds": 300,
        **_properties(attributes),
        "name": resource_id.rpartition("/")[2],
        "arn": attributes["QueueArn"],
        "url": resource_id,
        **tags.outputs(inputs, client.list_queue_tags(QueueUrl=resource_id).get("Tags")),
    }
    outputs = state.describe(cloud, QUEUE, inputs, values, unreadable=("namePrefix",))
    return state.resource(QUEUE, resource_id, inputs, outputs)


def _update(cloud: Cloud, resource: Resource, inputs: Properties) -> Properties:
    client = cloud.client("sqs")
    attributes = _attributes(inputs)
    attributes.pop("FifoQueue", None)
    for name in _JSON | {"kmsMasterKeyId"}:
        # An empty value is how the API takes one of these away; what was never declared here is another resource's.
        if resource.inputs.get(name) and not inputs.get(name):
            attributes[_ATTRIBUTES[name]] = ""
    return state.finish(
        cloud,
        _read,
        resource.id,
        inputs,
        lambda: client.set_queue_attributes(QueueUrl=resource.id, Attributes=attributes),
        lambda: tags.sync(client, resource.id, resource.outputs.get("tagsAll"), inputs.get("tagsAll")),
    ).outputs


def _delete(cloud: Cloud, resource: Resource) -> None:
    remove(cloud.client("sqs").delete_queue, QueueUrl=resource.id)


HANDLERS = {QUEUE: Handler(_create, _read, _update, _delete)}
