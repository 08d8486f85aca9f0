"""SNS topics."""

from collections.abc import Callable, Mapping
from typing import Any

from pulumi_sandbox.aws.handlers import state, tags
from pulumi_sandbox.aws.handlers.presence import found, remove
from pulumi_sandbox.aws.handlers.shapes import text
from pulumi_sandbox.plugin.handler import Cloud, Handler, Properties, Resource

TOPIC = "aws:sns/topic:Topic"

_FEEDBACK = {
    f"{protocol[:1].lower()}{protocol[1:]}{kind}": f"{api}{kind_api}"
    for protocol, api in (
        ("application", "Application"),
        ("firehose", "Firehose"),
        ("http", "HTTP"),
        ("lambda", "Lambda"),
        ("sqs", "SQS"),
    )
    for kind, kind_api in (
        ("FailureFeedbackRoleArn", "FailureFeedbackRoleArn"),
        ("SuccessFeedbackRoleArn", "SuccessFeedbackRoleArn"),
        ("SuccessFeedbackSampleRate", "SuccessFeedbackSampleRate"),
    )
}
_ATTRIBUTES = {
    **_FEEDBACK,
    "archivePolicy": "ArchivePolicy",
    "contentBasedDeduplication": "ContentBasedDeduplication",
    "deliveryPolicy": "DeliveryPolicy",
    "displayName": "DisplayName",
    "fifoThroughputScope": "FifoThroughputScope",
    "fifoTopic": "FifoTopic",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "maximumMessageSize": "MaximumMessageSize",
    "policy": "Policy",
    "signatureVersion": "SignatureVersion",
    "tracingConfig": "TracingConfig",
}
_AT_CREATION = ("FifoTopic", "FifoThroughputScope", "ContentBasedDeduplication")


def _attributes(inputs: Properties) -> dict[str, str]:
    fifo_only = {"fifoTopic", "contentBasedDeduplication", "fifoThroughputScope", "archivePolicy"}
    for name in fifo_only - {"fifoTopic"}:
        if inputs.get(name) and not inputs.get("fifoTopic"):
            raise ValueError(f"{name}: only FIFO topics have it; set fifoTopic too, or leave it out")
    skip = set() if inputs.get("fifoTopic") else fifo_only
    return {
        api: text(inputs[name])
        for name, api in _ATTRIBUTES.items()
        if name not in skip and inputs.get(name) not in (None, "")
    }


def _properties(attributes: Mapping[str, str]) -> Properties:
    values: dict[str, Any] = {"fifoTopic": False, "contentBasedDeduplication": False}
    for name, api in _ATTRIBUTES.items():
        value = attributes.get(api)
        if value in (None, ""):
            continue
        number = name.endswith(("SampleRate", "Size")) or name == "signatureVersion"
        values[name] = int(value) if number else value
        if name in ("fifoTopic", "contentBasedDeduplication"):
            values[name] = value.lower() == "true"
    return values


def _setter(client: Any, arn: str, name: str, value: str) -> Callable[[], object]:
    return lambda: client.set_topic_attributes(TopicArn=arn, AttributeName=name, AttributeValue=value)


def _create(cloud: Cloud, inputs: Properties) -> Resource:
    client = cloud.client("sns")
    attributes = _attributes(inputs)
    first = {name: attributes.pop(name) for name in _AT_CREATION if name in attributes}
    answer = client.create_topic(Name=inputs["name"], Attributes=first, Tags=tags.pairs(inputs.get("tagsAll")))
    arn = answer["TopicArn"]
    steps = [_setter(client, arn, name, value) for name, value in attributes.items()]
    return state.finish(cloud, _read, arn, inputs, *steps)


def _read(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
    client = cloud.client("sns")
    answer = found(client.get_topic_attributes, TopicArn=resource_id)
    if answer is None:
        return None
    attributes = answer["Attributes"]
    own_tags = tags.from_pairs(client.list_tags_for_resource(ResourceArn=resource_id).get("Tags"))
    values: Properties = {
        **_properties(attributes),
        "name": resource_id.rpartition(":")[2],
        "arn": resource_id,
        "owner": attributes["Owner"],
        "beginningArchiveTime": attributes.get("BeginningArchiveTime", ""),
        **tags.outputs(inputs, own_tags),
    }
    outputs = state.describe(cloud, TOPIC, inputs, values, unreadable=("namePrefix",))
    return state.resource(TOPIC, resource_id, inputs, outputs)


def _update(cloud: Cloud, resource: Resource, inputs: Properties) -> Properties:
    client = cloud.client("sns")
    attributes = _attributes(inputs)
    for name in ("FifoTopic", "ContentBasedDeduplication" if not inputs.get("fifoTopic") else ""):
        attributes.pop(name, None)
    for name, api in _ATTRIBUTES.items():
        # The API keeps a default policy for each topic; to take ours away is not one of its operations.
        if name != "policy" and resource.inputs.get(name) and not inputs.get(name):
            attributes[api] = ""
    steps = [_setter(client, resource.id, name, value) for name, value in attributes.items()]
    return state.finish(
        cloud,
        _read,
        resource.id,
        inputs,
        *steps,
        lambda: tags.sync(client, resource.id, resource.outputs.get("tagsAll"), inputs.get("tagsAll")),
    ).outputs


def _delete(cloud: Cloud, resource: Resource) -> None:
    remove(cloud.client("sns").delete_topic, TopicArn=resource.id)


HANDLERS = {TOPIC: Handler(_create, _read, _update, _delete)}
