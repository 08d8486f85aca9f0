"""Step Functions state machines."""

from typing import Any

from pulumi_sandbox.aws.handlers import shapes, state, tags
from pulumi_sandbox.aws.handlers.presence import found, remove
from pulumi_sandbox.plugin.handler import Cloud, Handler, Properties, Resource

STATE_MACHINE = "aws:sfn/stateMachine:StateMachine"

# The provider has one destination where the API has a list; it is put in and taken out by hand.
_LOG = {"loggingConfiguration.logDestination": ""}


def _arguments(client: Any, operation: str, inputs: Properties) -> dict[str, Any]:
    given = dict(inputs)
    logging: Properties = dict(given.get("loggingConfiguration") or {})
    destination = logging.pop("logDestination", None)
    if logging:
        given["loggingConfiguration"] = logging
    made = shapes.arguments(client, operation, {key: value for key, value in given.items() if key != "tags"})
    if destination:
        destinations = [{"cloudWatchLogsLogGroup": {"logGroupArn": destination}}]
        made["loggingConfiguration"] = {**made.get("loggingConfiguration", {}), "destinations": destinations}
    return made


def _create(cloud: Cloud, inputs: Properties) -> Resource:
    client = cloud.client("stepfunctions")
    own_tags = tags.pairs(inputs.get("tagsAll"), "key", "value")
    answer = client.create_state_machine(**_arguments(client, "create_state_machine", inputs), tags=own_tags)
    return state.finish(cloud, _read, answer["stateMachineArn"], inputs)


def _read(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
    client = cloud.client("stepfunctions")
    answer = found(client.describe_state_machine, stateMachineArn=resource_id)
    if answer is None:
        return None
    values = shapes.properties(STATE_MACHINE, answer, _LOG)
    logging = answer.get("loggingConfiguration") or {}
    for destination in logging.get("destinations") or ():
        values["loggingConfiguration"]["logDestination"] = destination["cloudWatchLogsLogGroup"]["logGroupArn"]
    versions = client.list_state_machine_versions(stateMachineArn=resource_id)["stateMachineVersions"]
    if versions:
        values["stateMachineVersionArn"] = versions[0]["stateMachineVersionArn"]
    own_tags = tags.from_pairs(client.list_tags_for_resource(resourceArn=resource_id)["tags"])
    values |= {"arn": resource_id, "publish": False, **tags.outputs(inputs, own_tags)}
    outputs = state.describe(cloud, STATE_MACHINE, inputs, values, unreadable=("namePrefix", "publish"))
    return state.resource(STATE_MACHINE, resource_id, inputs, outputs)


def _update(cloud: Cloud, resource: Resource, inputs: Properties) -> Properties:
    client = cloud.client("stepfunctions")

    def change() -> None:
        names = ("definition", "roleArn", "loggingConfiguration", "tracingConfiguration", "encryptionConfiguration")
        if state.changed(resource, inputs, *names, "publish"):
            arguments = _arguments(client, "update_state_machine", inputs)
            client.update_state_machine(**arguments, stateMachineArn=resource.id)

    return state.finish(
        cloud,
        _read,
        resource.id,
        inputs,
        change,
        lambda: tags.sync(client, resource.id, resource.outputs.get("tagsAll"), inputs.get("tagsAll")),
    ).outputs


def _delete(cloud: Cloud, resource: Resource) -> None:
    remove(cloud.client("stepfunctions").delete_state_machine, stateMachineArn=resource.id)


HANDLERS = {STATE_MACHINE: Handler(_create, _read, _update, _delete)}
