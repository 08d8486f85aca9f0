"""Rules of event buses, and their targets."""

import uuid
from typing import Any

from pulumi_sandbox.aws.handlers import shapes, state, tags
from pulumi_sandbox.aws.handlers.presence import found, remove
from pulumi_sandbox.plugin.handler import Cloud, Handler, Properties, Resource

RULE = "aws:cloudwatch/eventRule:EventRule"
TARGET = "aws:cloudwatch/eventTarget:EventTarget"

_DEFAULT_BUS = "default"
_TARGET_RENAMES = {
    "batchTarget": "BatchParameters",
    "httpTarget": "HttpParameters",
    "inputTransformer.inputPaths": "InputPathsMap",
    "kinesisTarget": "KinesisParameters",
    "sqsTarget": "SqsParameters",
    "targetId": "Id",
}
_NOT_OF_THE_TARGET = ("eventBusName", "forceDestroy", "region", "rule")


def _rule_arguments(inputs: Properties) -> dict[str, Any]:
    members = {
        "Name": inputs["name"],
        "Description": inputs.get("description"),
        "EventBusName": inputs.get("eventBusName"),
        "EventPattern": inputs.get("eventPattern"),
        "RoleArn": inputs.get("roleArn"),
        "ScheduleExpression": inputs.get("scheduleExpression"),
        "State": inputs.get("state"),
    }
    if inputs.get("isEnabled") is not None:
        members["State"] = "ENABLED" if inputs["isEnabled"] else "DISABLED"
    return {name: value for name, value in members.items() if value}


def _create_rule(cloud: Cloud, inputs: Properties) -> Resource:
    pairs = tags.pairs(inputs.get("tagsAll"))
    cloud.client("events").put_rule(**_rule_arguments(inputs), **({"Tags": pairs} if pairs else {}))
    bus = inputs.get("eventBusName") or _DEFAULT_BUS
    resource_id = inputs["name"] if bus == _DEFAULT_BUS else f"{bus}/{inputs['name']}"
    return state.finish(cloud, _read_rule, resource_id, inputs)


def _rule_of(resource_id: str) -> tuple[str, str]:
    bus, _, name = resource_id.rpartition("/")
    return bus or _DEFAULT_BUS, name


def _read_rule(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
    client = cloud.client("events")
    bus, name = _rule_of(resource_id)
    answer = found(client.describe_rule, Name=name, EventBusName=bus)
    if answer is None:
        return None
    own_tags = tags.from_pairs(client.list_tags_for_resource(ResourceARN=answer["Arn"]).get("Tags"))
    values: Properties = {
        **shapes.properties(RULE, answer),
        "eventBusName": bus,
        "isEnabled": answer["State"] != "DISABLED",
        **tags.outputs(inputs, own_tags),
    }
    outputs = state.describe(cloud, RULE, inputs, values, unreadable=("forceDestroy", "namePrefix"))
    return state.resource(RULE, resource_id, inputs, outputs, leave_out=("isEnabled",))


def _update_rule(cloud: Cloud, resource: Resource, inputs: Properties) -> Properties:
    client = cloud.client("events")
    return state.finish(
        cloud,
        _read_rule,
        resource.id,
        inputs,
        lambda: client.put_rule(**_rule_arguments(inputs)),
        lambda: tags.sync(client, resource.outputs["arn"], resource.outputs.get("tagsAll"), inputs.get("tagsAll")),
    ).outputs


def _delete_rule(cloud: Cloud, resource: Resource) -> None:
    bus, name = _rule_of(resource.id)
    remove(cloud.client("events").delete_rule, Name=name, EventBusName=bus)


def _put_target(cloud: Cloud, inputs: Properties, target_id: str) -> None:
    client = cloud.client("events")
    own = {name: value for name, value in inputs.items() if name not in _NOT_OF_THE_TARGET}
    renames = {f"Targets.{path}": name for path, name in _TARGET_RENAMES.items()}
    targets = shapes.member(client, "put_targets", "Targets", [{**own, "targetId": target_id}], renames)
    bus = inputs.get("eventBusName") or _DEFAULT_BUS
    answer = client.put_targets(Rule=inputs["rule"], EventBusName=bus, Targets=targets)
    for failure in answer.get("FailedEntries") or ():
        raise ValueError(f"arn: the target was refused: {failure['ErrorCode']}: {failure['ErrorMessage']}")


def _create_target(cloud: Cloud, inputs: Properties) -> Resource:
    target_id = inputs.get("targetId") or f"terraform-{uuid.uuid4().hex[:26]}"
    _put_target(cloud, inputs, target_id)
    bus = inputs.get("eventBusName") or _DEFAULT_BUS
    parts = [*(() if bus == _DEFAULT_BUS else (bus,)), inputs["rule"], target_id]

    def read(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
        return _target(cloud, resource_id, inputs, (bus, inputs["rule"], target_id))

    return state.finish(cloud, read, "-".join(parts), inputs)


def _import_parts(import_id: str) -> tuple[str, str, str]:
    parts = import_id.split("/")
    if len(parts) == 2:
        return _DEFAULT_BUS, parts[0], parts[1]
    if len(parts) == 3:
        return parts[0], parts[1], parts[2]
    raise ValueError(f"import id {import_id!r}: write RULE_NAME/TARGET_ID or EVENT_BUS_NAME/RULE_NAME/TARGET_ID")


def _read_target(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
    if not inputs:
        bus, rule, target_id = _import_parts(resource_id)
        parts = [*(() if bus == _DEFAULT_BUS else (bus,)), rule, target_id]
        return _target(cloud, "-".join(parts), inputs, (bus, rule, target_id))
    bus, rule = inputs.get("eventBusName") or _DEFAULT_BUS, inputs["rule"]
    target_id = resource_id.removeprefix(f"{bus}-").removeprefix(f"{rule}-")
    return _target(cloud, resource_id, inputs, (bus, rule, target_id))


def _target(cloud: Cloud, resource_id: str, inputs: Properties, place: tuple[str, str, str]) -> Resource | None:
    bus, rule, target_id = place
    answer = found(cloud.client("events").list_targets_by_rule, Rule=rule, EventBusName=bus)
    target = next((item for item in (answer or {}).get("Targets", []) if item["Id"] == target_id), None)
    if target is None:
        return None
    values = {**shapes.properties(TARGET, target, _TARGET_RENAMES), "eventBusName": bus, "rule": rule}
    outputs = state.describe(cloud, TARGET, inputs, values, unreadable=("forceDestroy",))
    return state.resource(TARGET, resource_id, inputs, outputs)


def _update_target(cloud: Cloud, resource: Resource, inputs: Properties) -> Properties:
    _put_target(cloud, inputs, resource.outputs["targetId"])
    return state.finish(cloud, _read_target, resource.id, inputs).outputs


def _delete_target(cloud: Cloud, resource: Resource) -> None:
    outputs = resource.outputs
    remove(
        cloud.client("events").remove_targets,
        Rule=outputs["rule"],
        EventBusName=outputs.get("eventBusName") or _DEFAULT_BUS,
        Ids=[outputs["targetId"]],
    )


HANDLERS = {
    RULE: Handler(_create_rule, _read_rule, _update_rule, _delete_rule),
    TARGET: Handler(_create_target, _read_target, _update_target, _delete_target),
}
