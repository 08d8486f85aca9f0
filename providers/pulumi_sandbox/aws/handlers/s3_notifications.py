"""Notifications of S3 buckets: one configuration a bucket, put whole."""

import uuid
from typing import Any

from pulumi_sandbox.aws.handlers import state
from pulumi_sandbox.aws.handlers.presence import found, remove
from pulumi_sandbox.plugin.handler import Cloud, Handler, Properties, Resource

NOTIFICATION = "aws:s3/bucketNotification:BucketNotification"

# Property -> the API's list, the property and the API's member that hold the ARN, and the prefix of ids.
_KINDS = {
    "lambdaFunctions": ("LambdaFunctionConfigurations", "lambdaFunctionArn", "LambdaFunctionArn", "tf-s3-lambda-"),
    "queues": ("QueueConfigurations", "queueArn", "QueueArn", "tf-s3-queue-"),
    "topics": ("TopicConfigurations", "topicArn", "TopicArn", "tf-s3-topic-"),
}
_FILTERS = {"filterPrefix": "prefix", "filterSuffix": "suffix"}


def _configuration(inputs: Properties, outputs: Properties) -> dict[str, Any]:
    """Return the API's configuration; an entry without an id keeps the one that it has in ``outputs``."""
    configuration: dict[str, Any] = {"EventBridgeConfiguration": {}} if inputs.get("eventbridge") else {}
    for name, (api, arn, api_arn, prefix) in _KINDS.items():
        known = outputs.get(name) or []
        entries: list[dict[str, Any]] = []
        for number, item in enumerate(inputs.get(name) or []):
            old = known[number].get("id") if number < len(known) else None
            rules = [{"Name": rule, "Value": item[key]} for key, rule in _FILTERS.items() if item.get(key)]
            entries.append(
                {
                    "Id": item.get("id") or old or prefix + uuid.uuid4().hex[:26],
                    api_arn: item[arn],
                    "Events": item["events"],
                    **({"Filter": {"Key": {"FilterRules": rules}}} if rules else {}),
                }
            )
        if entries:
            configuration[api] = entries
    return configuration


def _properties(answer: dict[str, Any]) -> Properties:
    values: Properties = {"eventbridge": "EventBridgeConfiguration" in answer}
    for name, (api, arn, api_arn, _) in _KINDS.items():
        entries: list[Properties] = []
        for item in answer.get(api) or []:
            rules = item.get("Filter", {}).get("Key", {}).get("FilterRules", [])
            filters = {rule["Name"].lower(): rule["Value"] for rule in rules}
            entry = {"id": item["Id"], arn: item[api_arn], "events": item["Events"]}
            entries.append(entry | {key: filters[rule] for key, rule in _FILTERS.items() if rule in filters})
        if entries:
            values[name] = entries
    return values


def _put(cloud: Cloud, bucket: str, configuration: dict[str, Any]) -> None:
    cloud.client("s3").put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=configuration)


def _create(cloud: Cloud, inputs: Properties) -> Resource:
    _put(cloud, inputs["bucket"], _configuration(inputs, {}))
    return state.finish(cloud, _read, inputs["bucket"], inputs)


def _read(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
    answer = found(cloud.client("s3").get_bucket_notification_configuration, Bucket=resource_id)
    values = _properties(answer) if answer else {}
    if len(values) < 2 and not values.get("eventbridge"):
        return None
    outputs = state.describe(cloud, NOTIFICATION, inputs, {**values, "bucket": resource_id})
    return state.resource(NOTIFICATION, resource_id, inputs, outputs)


def _update(cloud: Cloud, resource: Resource, inputs: Properties) -> Properties:
    _put(cloud, resource.id, _configuration(inputs, resource.outputs))
    return state.finish(cloud, _read, resource.id, inputs).outputs


def _delete(cloud: Cloud, resource: Resource) -> None:
    client = cloud.client("s3")
    remove(client.put_bucket_notification_configuration, Bucket=resource.id, NotificationConfiguration={})


HANDLERS = {NOTIFICATION: Handler(_create, _read, _update, _delete)}
