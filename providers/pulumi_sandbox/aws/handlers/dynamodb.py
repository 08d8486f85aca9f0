"""DynamoDB tables."""

from collections.abc import Mapping
from typing import Any

from pulumi_sandbox.aws.handlers import dynamodb_forms, state, tags
from pulumi_sandbox.aws.handlers.presence import found, remove
from pulumi_sandbox.aws.handlers.waiting import until
from pulumi_sandbox.plugin.handler import Cloud, Handler, Properties, Resource

TABLE = "aws:dynamodb/table:Table"


def _provisioned(inputs: Properties) -> bool:
    return (inputs.get("billingMode") or "PROVISIONED") == "PROVISIONED"


def _refuse_unsupported(inputs: Properties) -> None:
    for name in ("replicas", "importTable", "restoreSourceName", "restoreSourceTableArn", "restoreBackupArn"):
        if inputs.get(name):
            raise ValueError(f"{name}: the sandbox does not have this for DynamoDB tables; leave it out there")


def _create(cloud: Cloud, inputs: Properties) -> Resource:
    _refuse_unsupported(inputs)
    client, name, provisioned = cloud.client("dynamodb"), inputs["name"], _provisioned(inputs)
    arguments: dict[str, Any] = {
        "TableName": name,
        "AttributeDefinitions": dynamodb_forms.attributes(inputs),
        "KeySchema": dynamodb_forms.keys(inputs.get("hashKey"), inputs.get("rangeKey")),
        "BillingMode": inputs.get("billingMode") or "PROVISIONED",
        "DeletionProtectionEnabled": bool(inputs.get("deletionProtectionEnabled")),
        "TableClass": inputs.get("tableClass") or "STANDARD",
        "Tags": tags.pairs(inputs.get("tagsAll")),
    }
    if provisioned:
        arguments["ProvisionedThroughput"] = dynamodb_forms.capacity(inputs)
    elif dynamodb_forms.on_demand(inputs.get("onDemandThroughput")):
        arguments["OnDemandThroughput"] = dynamodb_forms.on_demand(inputs["onDemandThroughput"])
    if inputs.get("globalSecondaryIndexes"):
        indexes = inputs["globalSecondaryIndexes"]
        arguments["GlobalSecondaryIndexes"] = [dynamodb_forms.global_index(index, provisioned) for index in indexes]
    if inputs.get("localSecondaryIndexes"):
        indexes = inputs["localSecondaryIndexes"]
        arguments["LocalSecondaryIndexes"] = [dynamodb_forms.local_index(index, inputs["hashKey"]) for index in indexes]
    if inputs.get("streamEnabled"):
        arguments["StreamSpecification"] = dynamodb_forms.stream(inputs)
    if inputs.get("serverSideEncryption"):
        arguments["SSESpecification"] = dynamodb_forms.encryption(inputs["serverSideEncryption"])
    client.create_table(**arguments)
    return state.finish(
        cloud,
        _read,
        name,
        inputs,
        lambda: _set_ttl(client, name, None, inputs.get("ttl")),
        lambda: _set_recovery(client, name, inputs.get("pointInTimeRecovery")),
    )


def _set_ttl(client: Any, name: str, before: Properties | None, after: Properties | None) -> None:
    was_on, on = bool(before and before.get("enabled")), bool(after and after.get("enabled"))
    if after and on:
        attribute = after["attributeName"]
    elif before and was_on:
        attribute = before["attributeName"]
    else:
        return
    setting = {"Enabled": on, "AttributeName": attribute}
    client.update_time_to_live(TableName=name, TimeToLiveSpecification=setting)


def _set_recovery(client: Any, name: str, value: Properties | None) -> None:
    if value is None:
        return
    setting: dict[str, Any] = {"PointInTimeRecoveryEnabled": bool(value.get("enabled"))}
    if value.get("enabled") and value.get("recoveryPeriodInDays"):
        setting["RecoveryPeriodInDays"] = value["recoveryPeriodInDays"]
    client.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=setting)


def _compact(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _compact(item) for key, item in value.items() if item is not None}
    return [_compact(item) for item in value] if isinstance(value, list) else value


def _read(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
    client = cloud.client("dynamodb")
    answer = found(client.describe_table, TableName=resource_id)
    if answer is None:
        return None
    table = answer["Table"]
    billing = table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")
    capacity = table.get("ProvisionedThroughput") or {}
    backups = client.describe_continuous_backups(TableName=resource_id)["ContinuousBackupsDescription"]
    recovery = backups.get("PointInTimeRecoveryDescription") or {}
    ttl = client.describe_time_to_live(TableName=resource_id)["TimeToLiveDescription"]
    encryption = table.get("SSEDescription") or {}
    stream = table.get("StreamSpecification") or {}
    own_tags = client.list_tags_of_resource(ResourceArn=table["TableArn"]).get("Tags")
    recovery_on = recovery.get("PointInTimeRecoveryStatus") == "ENABLED"
    values: Properties = {
        "name": table["TableName"],
        "arn": table["TableArn"],
        "attributes": [
            {"name": item["AttributeName"], "type": item["AttributeType"]} for item in table["AttributeDefinitions"]
        ],
        "billingMode": billing,
        "deletionProtectionEnabled": table.get("DeletionProtectionEnabled", False),
        "globalSecondaryIndexes": [
            dynamodb_forms.global_outputs(index) for index in table.get("GlobalSecondaryIndexes") or ()
        ],
        "hashKey": dynamodb_forms.key(table["KeySchema"], "HASH"),
        "localSecondaryIndexes": [
            dynamodb_forms.local_outputs(index) for index in table.get("LocalSecondaryIndexes") or ()
        ],
        "onDemandThroughput": dynamodb_forms.limits(table.get("OnDemandThroughput")),
        "pointInTimeRecovery": {
            "enabled": recovery_on,
            "recoveryPeriodInDays": recovery.get("RecoveryPeriodInDays", 35) if recovery_on else 0,
        },
        "rangeKey": dynamodb_forms.key(table["KeySchema"], "RANGE"),
        "readCapacity": capacity.get("ReadCapacityUnits", 0),
        "writeCapacity": capacity.get("WriteCapacityUnits", 0),
        "serverSideEncryption": {
            "enabled": encryption.get("Status") in ("ENABLED", "UPDATING"),
            "kmsKeyArn": encryption.get("KMSMasterKeyArn", ""),
        },
        "streamEnabled": stream.get("StreamEnabled", False),
        "streamViewType": stream.get("StreamViewType", ""),
        "streamArn": table.get("LatestStreamArn", ""),
        "streamLabel": table.get("LatestStreamLabel", ""),
        "tableClass": table.get("TableClassSummary", {}).get("TableClass", "STANDARD"),
        "ttl": {
            "attributeName": ttl.get("AttributeName", ""),
            "enabled": ttl.get("TimeToLiveStatus") in ("ENABLED", "ENABLING"),
        },
        **tags.outputs(inputs, tags.from_pairs(own_tags)),
    }
    unreadable = ("warmThroughput", "globalTableWitness", "restoreDateTime", "restoreToLatestTime")
    outputs = state.describe(cloud, TABLE, inputs, _compact(values), unreadable=unreadable)
    return state.resource(TABLE, resource_id, inputs, outputs)


def _update_table(client: Any, name: str, inputs: Properties, **arguments: Any) -> None:
    client.update_table(TableName=name, AttributeDefinitions=dynamodb_forms.attributes(inputs), **arguments)


def _billing(client: Any, resource: Resource, inputs: Properties) -> None:
    names = ("billingMode", "readCapacity", "writeCapacity", "onDemandThroughput")
    if not state.changed(resource, inputs, *names):
        return
    arguments: dict[str, Any] = {"BillingMode": inputs.get("billingMode") or "PROVISIONED"}
    if _provisioned(inputs):
        arguments["ProvisionedThroughput"] = dynamodb_forms.capacity(inputs)
    elif dynamodb_forms.on_demand(inputs.get("onDemandThroughput")):
        arguments["OnDemandThroughput"] = dynamodb_forms.on_demand(inputs["onDemandThroughput"])
    _update_table(client, resource.id, inputs, **arguments)


def _indexes(client: Any, resource: Resource, inputs: Properties) -> None:
    """Make the global indexes as declared, one change a call as the API wants it."""
    provisioned = _provisioned(inputs)
    table = client.describe_table(TableName=resource.id)["Table"]
    present = {index["IndexName"]: index for index in table.get("GlobalSecondaryIndexes") or ()}
    wanted = {
        index["name"]: dynamodb_forms.global_index(index, provisioned)
        for index in inputs.get("globalSecondaryIndexes") or ()
    }
    remade = {
        name
        for name in set(present) & set(wanted)
        if present[name]["KeySchema"] != wanted[name]["KeySchema"]
        or not _same_projection(present[name]["Projection"], wanted[name]["Projection"])
    }
    for name in (set(present) - set(wanted)) | remade:
        _change_index(client, resource.id, inputs, {"Delete": {"IndexName": name}})
    for name in (set(wanted) - set(present)) | remade:
        _change_index(client, resource.id, inputs, {"Create": wanted[name]})
    for name in (set(wanted) & set(present)) - remade:
        capacity = wanted[name].get("ProvisionedThroughput")
        before = present[name].get("ProvisionedThroughput") or {}
        if capacity and any(before.get(unit) != amount for unit, amount in capacity.items()):
            change = {"Update": {"IndexName": name, "ProvisionedThroughput": capacity}}
            _change_index(client, resource.id, inputs, change)


def _same_projection(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return one["ProjectionType"] == other["ProjectionType"] and set(one.get("NonKeyAttributes") or ()) == set(
        other.get("NonKeyAttributes") or ()
    )


def _change_index(client: Any, name: str, inputs: Properties, change: dict[str, Any]) -> None:
    _update_table(client, name, inputs, GlobalSecondaryIndexUpdates=[change])
    until(
        f"table {name}",
        lambda: client.describe_table(TableName=name)["Table"],
        _index_status,
        wanted=("ACTIVE",),
        pending=("CREATING", "UPDATING", "DELETING"),
    )


def _index_status(table: dict[str, Any]) -> str:
    statuses = {index.get("IndexStatus", "ACTIVE") for index in table.get("GlobalSecondaryIndexes") or ()}
    return next(iter(statuses - {"ACTIVE"}), table["TableStatus"])


def _update(cloud: Cloud, resource: Resource, inputs: Properties) -> Properties:
    _refuse_unsupported(inputs)
    client, name = cloud.client("dynamodb"), resource.id

    def changed(*names: str) -> bool:
        return state.changed(resource, inputs, *names)

    def stream() -> None:
        if changed("streamEnabled", "streamViewType"):
            if resource.outputs.get("streamEnabled") and inputs.get("streamEnabled"):
                # Another view type is another stream: the API wants the old one off first.
                _update_table(client, name, inputs, StreamSpecification={"StreamEnabled": False})
            if resource.outputs.get("streamEnabled") or inputs.get("streamEnabled"):
                _update_table(client, name, inputs, StreamSpecification=dynamodb_forms.stream(inputs))

    def protection() -> None:
        if changed("deletionProtectionEnabled"):
            on = bool(inputs.get("deletionProtectionEnabled"))
            _update_table(client, name, inputs, DeletionProtectionEnabled=on)

    def table_class() -> None:
        if changed("tableClass"):
            _update_table(client, name, inputs, TableClass=inputs.get("tableClass") or "STANDARD")

    def encryption() -> None:
        if changed("serverSideEncryption"):
            _update_table(
                client, name, inputs, SSESpecification=dynamodb_forms.encryption(inputs.get("serverSideEncryption"))
            )

    def ttl() -> None:
        if changed("ttl"):
            _set_ttl(client, name, resource.outputs.get("ttl"), inputs.get("ttl"))

    def recovery() -> None:
        if changed("pointInTimeRecovery"):
            _set_recovery(client, name, inputs.get("pointInTimeRecovery") or {"enabled": False})

    def retag() -> None:
        tags.sync(client, resource.outputs["arn"], resource.outputs.get("tagsAll"), inputs.get("tagsAll"))

    steps = (
        lambda: _billing(client, resource, inputs),
        lambda: _indexes(client, resource, inputs),
        stream,
        protection,
        table_class,
        encryption,
        ttl,
        recovery,
        retag,
    )
    return state.finish(cloud, _read, name, inputs, *steps).outputs


def _delete(cloud: Cloud, resource: Resource) -> None:
    # The API itself refuses while deletion protection is on.
    remove(cloud.client("dynamodb").delete_table, TableName=resource.id)


HANDLERS = {TABLE: Handler(_create, _read, _update, _delete)}
