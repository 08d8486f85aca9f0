"""Permissions of DynamoDB operations.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
"""

from collections.abc import Iterable, Mapping
from typing import Any

from pulumi_sandbox.aws.access import Access, Place
from pulumi_sandbox.aws.moto_backends import backend_of
from pulumi_sandbox.aws.operations import Operation
from pulumi_sandbox.iam_patterns import ContextValue

_TRANSACTION_ACTIONS = {
    "Get": "GetItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}
_ACCOUNT_WIDE = {"ListTables", "ListBackups", "ListStreams", "DescribeLimits", "DescribeEndpoints"}
_PARTIQL_ACTIONS = {
    "select": "PartiQLSelect",
    "insert": "PartiQLInsert",
    "update": "PartiQLUpdate",
    "delete": "PartiQLDelete",
}


def _table_arn(table: str, place: Place) -> str:
    return table if table.startswith("arn:") else place.arn("dynamodb", f"table/{table}")


def hash_key_name(table_arn: str, place: Place, index: str | None = None) -> str | None:
    """Return the name of a table's (or index's) partition key, or None when there is no such table."""
    backend = backend_of("dynamodb", place.account, place.region)
    table = backend.tables.get(table_arn.split("table/", 1)[-1].split("/")[0])
    if table is None:
        return None
    if index:
        schemas = [found.schema for found in [*table.global_indexes, *table.indexes] if found.name == index]
        schema = schemas[0] if schemas else []
    else:
        schema = table.schema
    return next((key["AttributeName"] for key in schema if key["KeyType"] == "HASH"), None)


def _scalar(value: Any) -> str | None:
    if isinstance(value, Mapping):
        for kind in ("S", "N", "B"):
            if kind in value:
                return str(value[kind])
    return None


def _query_key(parameters: Mapping[str, Any], hash_key: str) -> str | None:
    """Return the partition key that a query asks for: ``pk = :pk``, in either operand order."""
    names = parameters.get("ExpressionAttributeNames") or {}
    values = parameters.get("ExpressionAttributeValues") or {}
    for clause in (
        str(parameters.get("KeyConditionExpression") or "").replace("(", " ").replace(")", " ").split(" AND ")
    ):
        for part in clause.split(" and "):
            sides = [side.strip() for side in part.split("=")]
            if len(sides) == 2:
                left, right = sides
                for name, value in ((left, right), (right, left)):
                    if names.get(name, name) == hash_key and value in values:
                        return _scalar(values[value])
    condition = (parameters.get("KeyConditions") or {}).get(hash_key) or {}
    operands = condition.get("AttributeValueList") or [None]
    return _scalar(operands[0])


def _access(action: str, table: str, place: Place, items: Iterable[Mapping[str, Any]], **more: ContextValue) -> Access:
    arn = _table_arn(table, place)
    context: dict[str, ContextValue] = dict(more)
    hash_key = hash_key_name(arn, place)
    items = list(items)
    if hash_key:
        keys = {key for item in items if (key := _scalar(item.get(hash_key)))}
        if keys:
            context["dynamodb:LeadingKeys"] = sorted(keys)
    attributes = {name for item in items for name in item}
    if attributes:
        context["dynamodb:Attributes"] = sorted(attributes)
    return Access(f"dynamodb:{action}", arn, context)


def _batch_get(parameters: Mapping[str, Any], place: Place) -> list[Access]:
    return [
        _access("BatchGetItem", table, place, request.get("Keys") or [])
        for table, request in (parameters.get("RequestItems") or {}).items()
    ]


def _batch_write(parameters: Mapping[str, Any], place: Place) -> list[Access]:
    return [
        _access(
            "BatchWriteItem",
            table,
            place,
            [
                (request.get("PutRequest") or {}).get("Item") or (request.get("DeleteRequest") or {}).get("Key") or {}
                for request in requests
            ],
        )
        for table, requests in (parameters.get("RequestItems") or {}).items()
    ]


def _transaction(operation: Operation, place: Place) -> list[Access]:
    return [
        _access(
            _TRANSACTION_ACTIONS[kind],
            part["TableName"],
            place,
            [part.get("Key") or part.get("Item") or {}],
            **{"dynamodb:EnclosingOperation": operation.name},
        )
        for item in operation.parameters.get("TransactItems") or []
        for kind, part in item.items()
        if kind in _TRANSACTION_ACTIONS
    ]


def _statements(statements: Iterable[str], place: Place) -> list[Access]:
    found: list[Access] = []
    for statement in statements:
        words = statement.replace('"', " ").replace("'", " ").split()
        verb = words[0].lower() if words else ""
        marker = {"select": "from", "delete": "from", "insert": "into", "update": "update"}.get(verb, "")
        lowered = [word.lower() for word in words]
        table = words[lowered.index(marker) + 1] if marker in lowered[:-1] else "*"
        found.append(Access(f"dynamodb:{_PARTIQL_ACTIONS.get(verb, 'PartiQLSelect')}", _table_arn(table, place)))
    return found


def accesses(operation: Operation, place: Place) -> list[Access]:
    """Return every permission that a DynamoDB operation needs."""
    parameters = operation.parameters
    match operation.name:
        case "BatchGetItem":
            return _batch_get(parameters, place)
        case "BatchWriteItem":
            return _batch_write(parameters, place)
        case "TransactWriteItems" | "TransactGetItems":
            return _transaction(operation, place)
        case "ExecuteStatement":
            return _statements([str(parameters.get("Statement") or "")], place)
        case "BatchExecuteStatement":
            return _statements([str(s.get("Statement") or "") for s in parameters.get("Statements") or []], place)
        case "Query" | "Scan":
            return [_search(operation, place)]
        case name if name in _ACCOUNT_WIDE:
            return [Access(f"dynamodb:{name}")]
        case name:
            arn = parameters.get("StreamArn") or parameters.get("ResourceArn") or parameters.get("TableArn")
            if arn or not parameters.get("TableName"):
                return [Access(f"dynamodb:{name}", arn or "*")]
            item = parameters.get("Key") or parameters.get("Item") or {}
            return [_access(name, parameters["TableName"], place, [item])]


def _search(operation: Operation, place: Place) -> Access:
    parameters = operation.parameters
    table = _table_arn(str(parameters.get("TableName") or "*"), place)
    index = parameters.get("IndexName")
    context: dict[str, ContextValue] = {}
    hash_key = hash_key_name(table, place, index)
    if operation.name == "Query" and hash_key and (key := _query_key(parameters, hash_key)):
        context["dynamodb:LeadingKeys"] = [key]
    if select := parameters.get("Select"):
        context["dynamodb:Select"] = select
    return Access(f"dynamodb:{operation.name}", f"{table}/index/{index}" if index else table, context)
