"""Schedules of EventBridge Scheduler, and their groups."""

from pulumi_sandbox.aws.handlers import shapes, state, tags
from pulumi_sandbox.aws.handlers.presence import found, remove
from pulumi_sandbox.plugin.handler import Cloud, Handler, Properties, Resource

SCHEDULE = "aws:scheduler/schedule:Schedule"
GROUP = "aws:scheduler/scheduleGroup:ScheduleGroup"

_DEFAULT_GROUP = "default"


def _create_schedule(cloud: Cloud, inputs: Properties) -> Resource:
    client = cloud.client("scheduler")
    client.create_schedule(**shapes.arguments(client, "create_schedule", inputs))
    group = inputs.get("groupName") or _DEFAULT_GROUP
    return state.finish(cloud, _read_schedule, f"{group}/{inputs['name']}", inputs)


def _parts(resource_id: str) -> tuple[str, str]:
    group, _, name = resource_id.partition("/")
    if not name:
        raise ValueError(f"import id {resource_id!r}: write GROUP_NAME/SCHEDULE_NAME")
    return group, name


def _read_schedule(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
    group, name = _parts(resource_id)
    answer = found(cloud.client("scheduler").get_schedule, GroupName=group, Name=name)
    if answer is None:
        return None
    values = {"actionAfterCompletion": "NONE", **shapes.properties(SCHEDULE, answer)}
    outputs = state.describe(cloud, SCHEDULE, inputs, values, unreadable=("namePrefix",))
    return state.resource(SCHEDULE, resource_id, inputs, outputs)


def _update_schedule(cloud: Cloud, resource: Resource, inputs: Properties) -> Properties:
    client = cloud.client("scheduler")
    group, name = _parts(resource.id)
    arguments = {**shapes.arguments(client, "update_schedule", inputs), "GroupName": group, "Name": name}
    return state.finish(cloud, _read_schedule, resource.id, inputs, lambda: client.update_schedule(**arguments)).outputs


def _delete_schedule(cloud: Cloud, resource: Resource) -> None:
    group, name = _parts(resource.id)
    remove(cloud.client("scheduler").delete_schedule, GroupName=group, Name=name)


def _create_group(cloud: Cloud, inputs: Properties) -> Resource:
    cloud.client("scheduler").create_schedule_group(Name=inputs["name"], Tags=tags.pairs(inputs.get("tagsAll")))
    return state.finish(cloud, _read_group, inputs["name"], inputs)


def _read_group(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
    client = cloud.client("scheduler")
    answer = found(client.get_schedule_group, Name=resource_id)
    if answer is None:
        return None
    own_tags = tags.from_pairs(client.list_tags_for_resource(ResourceArn=answer["Arn"]).get("Tags"))
    values = {**shapes.properties(GROUP, answer), **tags.outputs(inputs, own_tags)}
    outputs = state.describe(cloud, GROUP, inputs, values, unreadable=("namePrefix",))
    return state.resource(GROUP, resource_id, inputs, outputs)


def _update_group(cloud: Cloud, resource: Resource, inputs: Properties) -> Properties:
    client = cloud.client("scheduler")
    old, new = resource.outputs.get("tagsAll"), inputs.get("tagsAll")
    return state.finish(
        cloud, _read_group, resource.id, inputs, lambda: tags.sync(client, resource.outputs["arn"], old, new)
    ).outputs


def _delete_group(cloud: Cloud, resource: Resource) -> None:
    if found(cloud.client("scheduler").get_schedule_group, Name=resource.id):
        remove(cloud.client("scheduler").delete_schedule_group, Name=resource.id)


HANDLERS = {
    SCHEDULE: Handler(_create_schedule, _read_schedule, _update_schedule, _delete_schedule),
    GROUP: Handler(_create_group, _read_group, _update_group, _delete_group),
}
