"""Single items of DynamoDB tables, for seed data."""

import base64
import json
from typing import Any

from pulumi_sandbox.aws.handlers import state
from pulumi_sandbox.aws.handlers.presence import found, remove
from pulumi_sandbox.plugin.handler import Cloud, Handler, Properties, Resource

ITEM = "aws:dynamodb/tableItem:TableItem"

AttributeMap = dict[str, Any]


def _parse(text: str) -> AttributeMap:
    """Return an item from JSON in DynamoDB's typed form. Raises ValueError that names the mend."""
    try:
        item = json.loads(text)
    except ValueError as error:
        raise ValueError(f'item: not valid JSON ({error}); write it as {{"id": {{"S": "1"}}}}') from error
    return {name: _binary(value, base64.b64decode) for name, value in item.items()}


def _dump(item: AttributeMap) -> str:
    plain = {name: _binary(value, lambda raw: base64.b64encode(raw).decode()) for name, value in item.items()}
    return json.dumps(plain, separators=(",", ":"), sort_keys=True)


def _binary(value: AttributeMap, convert: Any) -> AttributeMap:
    """JSON holds binary values in base64, boto3 wants bytes."""
    ((kind, content),) = value.items()
    if kind == "B":
        return {"B": convert(content)}
    if kind == "BS":
        return {"BS": [convert(item) for item in content]}
    if kind == "L":
        return {"L": [_binary(item, convert) for item in content]}
    if kind == "M":
        return {"M": {name: _binary(item, convert) for name, item in content.items()}}
    return value


def _key(inputs: Properties, item: AttributeMap) -> AttributeMap:
    names = [inputs["hashKey"], *([inputs["rangeKey"]] if inputs.get("rangeKey") else [])]
    missing = [name for name in names if name not in item]
    if missing:
        raise ValueError(f"item: has no attribute {missing[0]!r}, which is a key of the table; add it")
    return {name: item[name] for name in names}


def _id(inputs: Properties, item: AttributeMap) -> str:
    parts: list[str] = [inputs["tableName"]]
    for name, value in _key(inputs, item).items():
        binary = value.get("B", b"")
        parts += [name, base64.b64encode(binary).decode(), value.get("S", ""), value.get("N", "")]
    return "|".join(parts)


def _create(cloud: Cloud, inputs: Properties) -> Resource:
    item = _parse(inputs["item"])
    resource_id = _id(inputs, item)
    cloud.client("dynamodb").put_item(
        TableName=inputs["tableName"],
        Item=item,
        # An item that is there already is somebody else's.
        ConditionExpression="attribute_not_exists(#hash)",
        ExpressionAttributeNames={"#hash": inputs["hashKey"]},
    )
    return state.finish(cloud, _read, resource_id, inputs)


def _read(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
    client = cloud.client("dynamodb")
    inputs = dict(inputs)
    known = inputs or _from_import_id(client, resource_id)
    key = _key(known, _parse(known["item"]))
    answer = found(client.get_item, TableName=known["tableName"], Key=key, ConsistentRead=True)
    if answer is None or not answer.get("Item"):
        return None
    values: Properties = {
        "tableName": known["tableName"],
        "hashKey": known["hashKey"],
        "rangeKey": known.get("rangeKey"),
        "item": _dump(answer["Item"]),
    }
    outputs = state.describe(cloud, ITEM, inputs, values)
    return state.resource(ITEM, _id(known, answer["Item"]), inputs, outputs)


def _from_import_id(client: Any, import_id: str) -> Properties:
    """Understand ``table|hash value[|range value]``, the same as a JSON list, and an id of our own."""
    parts = json.loads(import_id) if import_id.startswith("[") else import_id.split("|")
    table = client.describe_table(TableName=parts[0])["Table"]
    kinds = {item["AttributeName"]: item["AttributeType"] for item in table["AttributeDefinitions"]}
    names = {key["KeyType"]: key["AttributeName"] for key in table["KeySchema"]}
    hash_key, range_key = names["HASH"], names.get("RANGE")
    if len(parts) in (5, 9):
        values = [next(filter(None, parts[2:5]), ""), next(filter(None, parts[6:9]), "")]
    else:
        values = [*parts[1:], ""]
    item = {hash_key: {kinds[hash_key]: values[0]}}
    if range_key:
        item[range_key] = {kinds[range_key]: values[1]}
    found_keys: Properties = {"tableName": parts[0], "hashKey": hash_key, "item": json.dumps(item)}
    return {**found_keys, **({"rangeKey": range_key} if range_key else {})}


def _update(cloud: Cloud, resource: Resource, inputs: Properties) -> Properties:
    client = cloud.client("dynamodb")
    item, before = _parse(inputs["item"]), _parse(resource.outputs["item"])

    def drop_old_key() -> None:
        old = _key(inputs, before)
        if old != _key(inputs, item):
            client.delete_item(TableName=inputs["tableName"], Key=old)

    return state.finish(
        cloud,
        _read,
        resource.id,
        inputs,
        lambda: client.put_item(TableName=inputs["tableName"], Item=item),
        drop_old_key,
    ).outputs


def _delete(cloud: Cloud, resource: Resource) -> None:
    key = _key(resource.outputs, _parse(resource.outputs["item"]))
    remove(cloud.client("dynamodb").delete_item, TableName=resource.outputs["tableName"], Key=key)


HANDLERS = {ITEM: Handler(_create, _read, _update, _delete)}
