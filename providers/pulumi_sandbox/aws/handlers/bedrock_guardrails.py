"""Bedrock guardrails and their versions."""

from typing import Any

from pulumi_sandbox.aws.handlers import shapes, state, tags
from pulumi_sandbox.aws.handlers.presence import found, remove
from pulumi_sandbox.aws.handlers.waiting import until
from pulumi_sandbox.plugin.handler import Cloud, Handler, Properties, Resource

GUARDRAIL = "aws:bedrock/guardrail:Guardrail"
VERSION = "aws:bedrock/guardrailVersion:GuardrailVersion"

_WRITE_RENAMES = {"kmsKeyArn": "kmsKeyId", "tags": ""}
# Requests say "...Config" all the way down, answers do not.
_READ_RENAMES = {
    "contentPolicyConfig": "contentPolicy",
    "contentPolicyConfig.filtersConfigs": "filters",
    "contentPolicyConfig.tierConfigs": "tier",
    "contextualGroundingPolicyConfig": "contextualGroundingPolicy",
    "contextualGroundingPolicyConfig.filtersConfigs": "filters",
    "crossRegionConfig": "crossRegionDetails",
    "crossRegionConfig.guardrailProfileIdentifier": "guardrailProfileArn",
    "sensitiveInformationPolicyConfig": "sensitiveInformationPolicy",
    "sensitiveInformationPolicyConfig.piiEntitiesConfigs": "piiEntities",
    "sensitiveInformationPolicyConfig.regexesConfigs": "regexes",
    "topicPolicyConfig": "topicPolicy",
    "topicPolicyConfig.tierConfigs": "tier",
    "topicPolicyConfig.topicsConfigs": "topics",
    "wordPolicyConfig": "wordPolicy",
    "wordPolicyConfig.managedWordListsConfigs": "managedWordLists",
    "wordPolicyConfig.wordsConfigs": "words",
}
_PENDING = ("CREATING", "UPDATING", "VERSIONING", "DELETING")


def _client(cloud: Cloud) -> Any:
    return cloud.client("bedrock")


def _get(client: Any, identifier: str, version: str = "DRAFT") -> dict[str, Any] | None:
    return found(client.get_guardrail, guardrailIdentifier=identifier, guardrailVersion=version)


def _wait(client: Any, identifier: str, version: str = "DRAFT") -> None:
    until(
        f"guardrail {identifier} version {version}",
        lambda: _get(client, identifier, version),
        lambda answer: answer["status"],
        wanted=("READY",),
        pending=_PENDING,
    )


def _arguments(client: Any, operation: str, inputs: Properties) -> dict[str, Any]:
    given = {name: value for name, value in inputs.items() if name not in ("tags", "timeouts")}
    return shapes.arguments(client, operation, given, _WRITE_RENAMES)


def _create(cloud: Cloud, inputs: Properties) -> Resource:
    client = _client(cloud)
    own_tags = tags.pairs(inputs.get("tagsAll"), "key", "value")
    arguments = _arguments(client, "create_guardrail", inputs)
    answer = client.create_guardrail(**arguments, **({"tags": own_tags} if own_tags else {}))
    guardrail_id = answer["guardrailId"]
    return state.finish(cloud, _read, guardrail_id, inputs, lambda: _wait(client, guardrail_id))


def _read(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
    client = _client(cloud)
    # An import may name the version as well.
    guardrail_id = resource_id.partition(",")[0]
    answer = _get(client, guardrail_id)
    if answer is None:
        return None
    values = shapes.properties(GUARDRAIL, answer, _READ_RENAMES)
    values = {name: value for name, value in values.items() if value not in ({}, [])}
    values["version"] = "DRAFT"
    own_tags = client.list_tags_for_resource(resourceARN=answer["guardrailArn"]).get("tags")
    values |= tags.outputs(inputs, tags.from_pairs(own_tags))
    outputs = state.describe(cloud, GUARDRAIL, inputs, values, unreadable=("timeouts",))
    return state.resource(GUARDRAIL, guardrail_id, inputs, outputs)


def _update(cloud: Cloud, resource: Resource, inputs: Properties) -> Properties:
    client, guardrail_id = _client(cloud), resource.id
    # This call sets everything anew: a policy that it does not name goes away.
    arguments = _arguments(client, "update_guardrail", inputs)

    def write() -> None:
        client.update_guardrail(guardrailIdentifier=guardrail_id, **arguments)
        _wait(client, guardrail_id)

    def retag() -> None:
        arn = resource.outputs["guardrailArn"]
        tags.sync(client, arn, resource.outputs.get("tagsAll"), inputs.get("tagsAll"))

    settings = [name for name in {**resource.inputs, **inputs} if name not in ("tags", "tagsAll", "timeouts")]
    steps = (write, retag) if state.changed(resource, inputs, *settings) else (retag,)
    return state.finish(cloud, _read, guardrail_id, inputs, *steps).outputs


def _delete(cloud: Cloud, resource: Resource) -> None:
    client = _client(cloud)
    remove(client.delete_guardrail, guardrailIdentifier=resource.id)
    until(
        f"guardrail {resource.id}",
        lambda: _get(client, resource.id),
        lambda answer: answer["status"],
        wanted=("GONE",),
        pending=("READY", *_PENDING),
    )


# -- Versions ------------------------------------------------------------------------------------------


def _create_version(cloud: Cloud, inputs: Properties) -> Resource:
    client, arn = _client(cloud), inputs["guardrailArn"]
    description = inputs.get("description")
    more = {"description": description} if description else {}
    version = client.create_guardrail_version(guardrailIdentifier=arn, **more)["version"]
    return state.finish(cloud, _read_version, f"{arn},{version}", inputs, lambda: _wait(client, arn, version))


def _read_version(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
    arn, _, version = resource_id.partition(",")
    if not version:
        raise ValueError(f"import id {resource_id!r}: write guardrail-arn,version")
    answer = _get(_client(cloud), arn, version)
    if answer is None:
        return None
    values: Properties = {
        "guardrailArn": answer["guardrailArn"],
        "version": answer["version"],
        "description": answer.get("description"),
    }
    # A version that was made without a description has its guardrail's.
    if not inputs.get("description"):
        values.pop("description")
    outputs = state.describe(cloud, VERSION, inputs, values, unreadable=("skipDestroy", "timeouts"))
    return state.resource(VERSION, resource_id, inputs, outputs)


def _update_version(cloud: Cloud, resource: Resource, inputs: Properties) -> Properties:
    # Only skipDestroy changes in place, and that is the state's alone.
    return state.finish(cloud, _read_version, resource.id, inputs).outputs


def _delete_version(cloud: Cloud, resource: Resource) -> None:
    if resource.outputs.get("skipDestroy"):
        return
    arn, _, version = resource.id.partition(",")
    remove(_client(cloud).delete_guardrail, guardrailIdentifier=arn, guardrailVersion=version)


HANDLERS = {
    GUARDRAIL: Handler(_create, _read, _update, _delete),
    VERSION: Handler(_create_version, _read_version, _update_version, _delete_version),
}
