"""KMS keys and aliases."""

from typing import Any

from pulumi_sandbox.aws.handlers import shapes, state, tags
from pulumi_sandbox.aws.handlers.presence import found, remove
from pulumi_sandbox.plugin.handler import Cloud, Handler, Properties, Resource

KEY = "aws:kms/key:Key"
ALIAS = "aws:kms/alias:Alias"

# The provider's schema names the specification by the API's older, deprecated member.
_RENAMES = {"customerMasterKeySpec": "KeySpec", "isEnabled": "Enabled"}
_GOING = ("PendingDeletion", "PendingReplicaDeletion")


def _create_key(cloud: Cloud, inputs: Properties) -> Resource:
    client = cloud.client("kms")
    given = {name: value for name, value in inputs.items() if name != "tags"}
    arguments = shapes.arguments(client, "create_key", given, _RENAMES)
    if inputs.get("xksKeyId"):
        arguments["Origin"] = "EXTERNAL_KEY_STORE"
    elif inputs.get("customKeyStoreId"):
        arguments["Origin"] = "AWS_CLOUDHSM"
    arguments["Tags"] = tags.pairs(inputs.get("tagsAll"), "TagKey", "TagValue")
    key_id = client.create_key(**arguments)["KeyMetadata"]["KeyId"]
    return state.finish(
        cloud,
        _read_key,
        key_id,
        inputs,
        lambda: _rotate(client, key_id, inputs) if inputs.get("enableKeyRotation") else None,
        lambda: client.disable_key(KeyId=key_id) if inputs.get("isEnabled") is False else None,
    )


def _rotate(client: Any, key_id: str, inputs: Properties) -> None:
    if not inputs.get("enableKeyRotation"):
        client.disable_key_rotation(KeyId=key_id)
        return
    period = inputs.get("rotationPeriodInDays")
    client.enable_key_rotation(KeyId=key_id, **({"RotationPeriodInDays": period} if period else {}))


def _read_key(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
    client = cloud.client("kms")
    answer = found(client.describe_key, KeyId=resource_id)
    if answer is None or answer["KeyMetadata"]["KeyState"] in _GOING:
        return None
    key = answer["KeyMetadata"]
    values = shapes.properties(KEY, key, _RENAMES)
    values["policy"] = client.get_key_policy(KeyId=resource_id, PolicyName="default")["Policy"]
    rotation = client.get_key_rotation_status(KeyId=resource_id)
    values["enableKeyRotation"] = rotation["KeyRotationEnabled"]
    values["rotationPeriodInDays"] = rotation.get("RotationPeriodInDays")
    values["description"] = key.get("Description", "")
    values |= tags.outputs(inputs, tags.from_pairs(client.list_resource_tags(KeyId=resource_id).get("Tags")))
    unreadable = ("deletionWindowInDays", "bypassPolicyLockoutSafetyCheck")
    return state.resource(KEY, resource_id, inputs, state.describe(cloud, KEY, inputs, values, unreadable=unreadable))


def _update_key(cloud: Cloud, resource: Resource, inputs: Properties) -> Properties:
    client, key_id = cloud.client("kms"), resource.id

    def changed(*names: str) -> bool:
        return state.changed(resource, inputs, *names)

    def enable() -> None:
        if changed("isEnabled") and inputs.get("isEnabled") is not False:
            client.enable_key(KeyId=key_id)

    def rotation() -> None:
        if changed("enableKeyRotation", "rotationPeriodInDays"):
            _rotate(client, key_id, inputs)

    def description() -> None:
        if changed("description"):
            client.update_key_description(KeyId=key_id, Description=inputs.get("description") or "")

    def policy() -> None:
        if inputs.get("policy") and changed("policy"):
            bypass = bool(inputs.get("bypassPolicyLockoutSafetyCheck"))
            client.put_key_policy(
                KeyId=key_id,
                PolicyName="default",
                Policy=inputs["policy"],
                BypassPolicyLockoutSafetyCheck=bypass,
            )

    def retag() -> None:
        tags.sync(client, key_id, resource.outputs.get("tagsAll"), inputs.get("tagsAll"))

    def disable() -> None:
        if changed("isEnabled") and inputs.get("isEnabled") is False:
            client.disable_key(KeyId=key_id)

    # A disabled key cannot be changed: enable first, disable last.
    steps = (enable, rotation, description, policy, retag, disable)
    return state.finish(cloud, _read_key, key_id, inputs, *steps).outputs


def _delete_key(cloud: Cloud, resource: Resource) -> None:
    client = cloud.client("kms")
    if _read_key(cloud, resource.id, resource.inputs) is None:
        return
    days = resource.outputs.get("deletionWindowInDays")
    client.schedule_key_deletion(KeyId=resource.id, **({"PendingWindowInDays": days} if days else {}))


def _find_alias(cloud: Cloud, name: str) -> dict[str, Any] | None:
    pages = cloud.client("kms").get_paginator("list_aliases").paginate()
    return next((alias for page in pages for alias in page["Aliases"] if alias["AliasName"] == name), None)


def _create_alias(cloud: Cloud, inputs: Properties) -> Resource:
    cloud.client("kms").create_alias(AliasName=inputs["name"], TargetKeyId=inputs["targetKeyId"])
    return state.finish(cloud, _read_alias, inputs["name"], inputs)


def _read_alias(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
    alias = _find_alias(cloud, resource_id)
    if alias is None:
        return None
    key_id = alias["TargetKeyId"]
    key_arn = f"arn:{cloud.partition}:kms:{cloud.region}:{cloud.account_id}:key/{key_id}"
    declared = inputs.get("targetKeyId")
    values: Properties = {
        "arn": alias["AliasArn"],
        "name": resource_id,
        "targetKeyArn": key_arn,
        # A key may be declared by its id or by its ARN, and means the same.
        "targetKeyId": declared if declared in (key_id, key_arn) else key_id,
    }
    outputs = state.describe(cloud, ALIAS, inputs, values, unreadable=("namePrefix",))
    return state.resource(ALIAS, resource_id, inputs, outputs)


def _update_alias(cloud: Cloud, resource: Resource, inputs: Properties) -> Properties:
    cloud.client("kms").update_alias(AliasName=resource.id, TargetKeyId=inputs["targetKeyId"])
    return state.finish(cloud, _read_alias, resource.id, inputs).outputs


def _delete_alias(cloud: Cloud, resource: Resource) -> None:
    remove(cloud.client("kms").delete_alias, AliasName=resource.id)


HANDLERS = {
    KEY: Handler(_create_key, _read_key, _update_key, _delete_key),
    ALIAS: Handler(_create_alias, _read_alias, _update_alias, _delete_alias),
}
