"""How DynamoDB's API spells keys, indexes, capacity and streams, and how the provider does."""

from collections.abc import Mapping
from typing import Any

from pulumi_sandbox.plugin.handler import Properties


def keys(hash_key: str | None, range_key: str | None) -> list[dict[str, str]]:
    """Return the key schema of a hash key and, if any, a range key."""
    keys = [{"AttributeName": hash_key, "KeyType": "HASH"}] if hash_key else []
    return [*keys, *([{"AttributeName": range_key, "KeyType": "RANGE"}] if range_key else [])]


def capacity(values: Properties) -> dict[str, int]:
    """Return the provisioned throughput that a table or index declares; the least, 1 unit, where it says none."""
    return {
        "ReadCapacityUnits": values.get("readCapacity") or 1,
        "WriteCapacityUnits": values.get("writeCapacity") or 1,
    }


def on_demand(values: Properties | None) -> dict[str, int]:
    """Return the on-demand limits that are declared, in request units; empty when none are."""
    limits = values or {}
    return {
        api: limits[name]
        for name, api in (
            ("maxReadRequestUnits", "MaxReadRequestUnits"),
            ("maxWriteRequestUnits", "MaxWriteRequestUnits"),
        )
        if limits.get(name)
    }


def projection(index: Properties) -> dict[str, Any]:
    """Return which attributes an index holds."""
    projection: dict[str, Any] = {"ProjectionType": index["projectionType"]}
    if index.get("nonKeyAttributes"):
        projection["NonKeyAttributes"] = index["nonKeyAttributes"]
    return projection


def global_index(index: Properties, provisioned: bool) -> dict[str, Any]:
    """Return a global secondary index as ``CreateTable`` and ``UpdateTable`` take it."""
    schemas = index.get("keySchemas")
    declared = (
        [{"AttributeName": key["attributeName"], "KeyType": key["keyType"]} for key in schemas]
        if schemas
        else keys(index.get("hashKey"), index.get("rangeKey"))
    )
    result: dict[str, Any] = {"IndexName": index["name"], "KeySchema": declared, "Projection": projection(index)}
    if provisioned:
        result["ProvisionedThroughput"] = capacity(index)
    elif on_demand(index.get("onDemandThroughput")):
        result["OnDemandThroughput"] = on_demand(index["onDemandThroughput"])
    return result


def local_index(index: Properties, hash_key: str) -> dict[str, Any]:
    """Return a local secondary index, which shares the hash key of its table."""
    return {
        "IndexName": index["name"],
        "KeySchema": keys(hash_key, index["rangeKey"]),
        "Projection": projection(index),
    }


def attributes(inputs: Properties) -> list[dict[str, str]]:
    """Return the attribute definitions of a table."""
    return [{"AttributeName": item["name"], "AttributeType": item["type"]} for item in inputs.get("attributes") or ()]


def encryption(value: Properties | None) -> dict[str, Any]:
    """Return the encryption at rest: disabled is a key of the service, enabled one of KMS."""
    if not value or not value.get("enabled"):
        return {"Enabled": False}
    key = value.get("kmsKeyArn")
    return {"Enabled": True, "SSEType": "KMS", **({"KMSMasterKeyId": key} if key else {})}


def stream(inputs: Properties) -> dict[str, Any]:
    """Return the stream specification of a table."""
    if not inputs.get("streamEnabled"):
        return {"StreamEnabled": False}
    return {"StreamEnabled": True, "StreamViewType": inputs["streamViewType"]}


def key(schema: list[dict[str, str]], kind: str) -> str | None:
    """Return the attribute that is the key of ``kind`` (HASH or RANGE), or None."""
    return next((key["AttributeName"] for key in schema if key["KeyType"] == kind), None)


def global_outputs(index: Mapping[str, Any]) -> Properties:
    """Return a global secondary index of the API in the schema's form."""
    keys: list[dict[str, str]] = index["KeySchema"]
    capacity = index.get("ProvisionedThroughput") or {}
    return {
        "name": index["IndexName"],
        "hashKey": key(keys, "HASH"),
        "rangeKey": key(keys, "RANGE"),
        "keySchemas": [{"attributeName": key["AttributeName"], "keyType": key["KeyType"]} for key in keys],
        "projectionType": index["Projection"]["ProjectionType"],
        "nonKeyAttributes": index["Projection"].get("NonKeyAttributes"),
        "readCapacity": capacity.get("ReadCapacityUnits", 0),
        "writeCapacity": capacity.get("WriteCapacityUnits", 0),
        "onDemandThroughput": limits(index.get("OnDemandThroughput")),
    }


def limits(value: Mapping[str, int] | None) -> Properties | None:
    """Return on-demand limits of the API in the schema's form; None when there are none."""
    if not value:
        return None
    return {
        "maxReadRequestUnits": value.get("MaxReadRequestUnits"),
        "maxWriteRequestUnits": value.get("MaxWriteRequestUnits"),
    }


def local_outputs(index: Mapping[str, Any]) -> Properties:
    """Return a local secondary index of the API in the schema's form."""
    return {
        "name": index["IndexName"],
        "rangeKey": key(index["KeySchema"], "RANGE"),
        "projectionType": index["Projection"]["ProjectionType"],
        "nonKeyAttributes": index["Projection"].get("NonKeyAttributes"),
    }
