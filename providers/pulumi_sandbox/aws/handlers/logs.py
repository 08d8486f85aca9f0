"""CloudWatch log groups."""

from typing import Any

from pulumi_sandbox.aws.handlers import shapes, state, tags
from pulumi_sandbox.aws.handlers.presence import remove
from pulumi_sandbox.plugin.handler import Cloud, Handler, Properties, Resource

LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"


def _find(cloud: Cloud, name: str) -> dict[str, Any] | None:
    pages = cloud.client("logs").get_paginator("describe_log_groups").paginate(logGroupNamePrefix=name)
    return next((group for page in pages for group in page["logGroups"] if group["logGroupName"] == name), None)


def _set_retention(cloud: Cloud, name: str, days: int | None) -> None:
    client = cloud.client("logs")
    if days:
        client.put_retention_policy(logGroupName=name, retentionInDays=days)
    else:
        client.delete_retention_policy(logGroupName=name)


def _create(cloud: Cloud, inputs: Properties) -> Resource:
    client, name = cloud.client("logs"), inputs["name"]
    given = {**inputs, "tags": inputs.get("tagsAll")}
    client.create_log_group(**shapes.arguments(client, "create_log_group", given, {"name": "logGroupName"}))
    days = inputs.get("retentionInDays")
    step = (lambda: _set_retention(cloud, name, days),) if days else ()
    return state.finish(cloud, _read, name, inputs, *step)


def _read(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
    group = _find(cloud, resource_id)
    if group is None:
        return None
    arn = group["arn"].removesuffix(":*")
    own_tags = cloud.client("logs").list_tags_for_resource(resourceArn=arn).get("tags")
    values: Properties = {
        "logGroupClass": "STANDARD",
        "retentionInDays": 0,
        **shapes.properties(LOG_GROUP, group, {"name": "logGroupName"}),
        "arn": arn,
        **tags.outputs(inputs, own_tags),
    }
    outputs = state.describe(cloud, LOG_GROUP, inputs, values, unreadable=("namePrefix", "skipDestroy"))
    return state.resource(LOG_GROUP, resource_id, inputs, outputs)


def _update(cloud: Cloud, resource: Resource, inputs: Properties) -> Properties:
    client, name = cloud.client("logs"), resource.id

    def key() -> None:
        if not state.changed(resource, inputs, "kmsKeyId"):
            return
        if inputs.get("kmsKeyId"):
            client.associate_kms_key(logGroupName=name, kmsKeyId=inputs["kmsKeyId"])
        else:
            client.disassociate_kms_key(logGroupName=name)

    def retention() -> None:
        if state.changed(resource, inputs, "retentionInDays"):
            _set_retention(cloud, name, inputs.get("retentionInDays"))

    def retag() -> None:
        tags.sync(client, resource.outputs["arn"], resource.outputs.get("tagsAll"), inputs.get("tagsAll"))

    return state.finish(cloud, _read, name, inputs, retention, key, retag).outputs


def _delete(cloud: Cloud, resource: Resource) -> None:
    if not resource.outputs.get("skipDestroy"):
        remove(cloud.client("logs").delete_log_group, logGroupName=resource.id)


HANDLERS = {LOG_GROUP: Handler(_create, _read, _update, _delete)}
