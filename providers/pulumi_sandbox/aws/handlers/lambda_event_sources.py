"""Event source mappings: which function processes which queue or stream."""

from typing import Any

from pulumi_sandbox.aws.handlers import shapes, state, tags
from pulumi_sandbox.aws.handlers.presence import found, remove
from pulumi_sandbox.plugin.handler import Cloud, Handler, Properties, Resource

MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping"

_RENAMES = {"destinationConfig.onFailure.destinationArn": "Destination"}
# Upstream writes each of these in an update, so that what is no longer declared is taken away.
_TAKEN_AWAY: Properties = {
    "filterCriteria": {},
    "functionResponseTypes": [],
    "scalingConfig": {},
    "destinationConfig": {},
    "maximumBatchingWindowInSeconds": 0,
    "bisectBatchOnFunctionError": False,
}


def _create(cloud: Cloud, inputs: Properties) -> Resource:
    client = cloud.client("lambda")
    arguments = shapes.arguments(
        client, "create_event_source_mapping", {**inputs, "tags": inputs.get("tagsAll")}, _RENAMES
    )
    answer = client.create_event_source_mapping(**arguments)
    return state.finish(cloud, _read, answer["UUID"], inputs)


def _read(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
    client = cloud.client("lambda")
    answer = found(client.get_event_source_mapping, UUID=resource_id)
    if answer is None:
        return None
    function_arn: str = answer["FunctionArn"]
    values: Properties = {
        **shapes.properties(MAPPING, answer, _RENAMES),
        "arn": answer["EventSourceMappingArn"],
        "enabled": answer["State"] == "Enabled",
        "functionName": _spelt_like(inputs.get("functionName"), function_arn),
        "state": answer["State"],
        **tags.outputs(inputs, client.list_tags(Resource=answer["EventSourceMappingArn"]).get("Tags")),
    }
    values["stateTransitionReason"] = answer.get("StateTransitionReason", "")
    outputs = state.describe(cloud, MAPPING, inputs, values, unreadable=("region", "useResourceTimeoutForPropagation"))
    return state.resource(MAPPING, resource_id, inputs, outputs)


def _spelt_like(declared: str | None, arn: str) -> str:
    """Return the function as it was declared, by name or ARN, when it is the same."""
    short = arn.split(":function:")[1]
    if declared and (declared.startswith("arn:") or declared.split(":function:")[-1] == short):
        return declared if declared.split(":function:")[-1] == short else arn
    return arn


def _update(cloud: Cloud, resource: Resource, inputs: Properties) -> Properties:
    client = cloud.client("lambda")
    fresh = {name: value for name, value in inputs.items() if name not in ("eventSourceArn", "startingPosition")}
    gone: dict[str, Any] = {
        name: nothing for name, nothing in _TAKEN_AWAY.items() if resource.inputs.get(name) and inputs.get(name) is None
    }
    arguments = shapes.arguments(client, "update_event_source_mapping", {**gone, **fresh}, _RENAMES)
    return state.finish(
        cloud,
        _read,
        resource.id,
        inputs,
        lambda: client.update_event_source_mapping(**{**arguments, "UUID": resource.id}),
        lambda: tags.sync(client, resource.outputs["arn"], resource.outputs.get("tagsAll"), inputs.get("tagsAll")),
    ).outputs


def _delete(cloud: Cloud, resource: Resource) -> None:
    remove(cloud.client("lambda").delete_event_source_mapping, UUID=resource.id)


HANDLERS = {MAPPING: Handler(_create, _read, _update, _delete)}
