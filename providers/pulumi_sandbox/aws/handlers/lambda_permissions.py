"""Permissions to invoke Lambda functions: statements of a function's resource policy."""

import json
import re
import threading
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from pulumi_sandbox.aws.handlers import shapes, state
from pulumi_sandbox.aws.handlers.presence import found, remove
from pulumi_sandbox.plugin.handler import Cloud, Handler, Properties, Resource

PERMISSION = "aws:lambda/permission:Permission"

# The API loses permissions that are added to one function at the same time.
_permission_locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

_PERMISSION_RENAMES = {"function": "FunctionName"}
_CONDITIONS = {
    "eventSourceToken": ("StringEquals", "lambda:EventSourceToken"),
    "functionUrlAuthType": ("StringEquals", "lambda:FunctionUrlAuthType"),
    "principalOrgId": ("StringEquals", "aws:PrincipalOrgID"),
    "sourceAccount": ("StringEquals", "AWS:SourceAccount"),
    "sourceArn": ("ArnLike", "AWS:SourceArn"),
}


def _create_permission(cloud: Cloud, inputs: Properties) -> Resource:
    client = cloud.client("lambda")
    with _permission_locks[inputs["function"]]:
        client.add_permission(**shapes.arguments(client, "add_permission", inputs, _PERMISSION_RENAMES))
    return state.finish(cloud, _read_permission, inputs["statementId"], inputs)


def _split_import_id(import_id: str) -> Properties:
    function, _, statement = import_id.rpartition("/")
    if not function or not statement:
        raise ValueError(
            f"import id {import_id!r}: write FUNCTION_NAME/STATEMENT_ID or FUNCTION_NAME:QUALIFIER/STATEMENT_ID"
        )
    name, _, qualifier = function.partition(":") if not function.startswith("arn:") else (function, "", "")
    return {"function": name, "statementId": statement, **({"qualifier": qualifier} if qualifier else {})}


def _read_permission(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
    known = inputs or _split_import_id(resource_id)
    statement_id = known.get("statementId") or resource_id
    qualifier = known.get("qualifier")
    policy = found(
        cloud.client("lambda").get_policy,
        FunctionName=known["function"],
        **({"Qualifier": qualifier} if qualifier else {}),
    )
    statements = json.loads(policy["Policy"])["Statement"] if policy else []
    statement = next((item for item in statements if item.get("Sid") == statement_id), None)
    if statement is None:
        return None
    values: Properties = {
        "action": statement["Action"],
        "function": _spelt_like(known["function"], statement["Resource"]),
        "principal": _principal(statement["Principal"]),
        "qualifier": qualifier,
        "statementId": statement_id,
    }
    conditions: Mapping[str, Any] = statement.get("Condition") or {}
    lowered = {operator: {key.lower(): value for key, value in tests.items()} for operator, tests in conditions.items()}
    for name, (operator, key) in _CONDITIONS.items():
        values[name] = lowered.get(operator, {}).get(key.lower())
    via_url = lowered.get("Bool", {}).get("lambda:invokedviafunctionurl")
    values["invokedViaFunctionUrl"] = str(via_url).lower() == "true" if via_url is not None else None
    # Some answers tell less than was asked for, and a condition that was lost is no harmless drift.
    outputs = state.describe(cloud, PERMISSION, inputs, values, unreadable=("statementIdPrefix",))
    return state.resource(PERMISSION, statement_id, inputs, outputs)


def _spelt_like(declared: str, function_arn: str) -> str:
    """Return a function as it was declared: by name, or by ARN."""
    parts = function_arn.split(":")
    name = parts[6] if len(parts) > 6 else function_arn
    same = re.split(r":", declared)[6] == name if declared.startswith("arn:") else declared.split(":")[0] == name
    return declared if same else name


def _principal(value: Any) -> str:
    if isinstance(value, Mapping):
        return str(value.get("Service") or value.get("AWS"))
    return str(value)


def _delete_permission(cloud: Cloud, resource: Resource) -> None:
    function, qualifier = resource.outputs["function"], resource.outputs.get("qualifier")
    with _permission_locks[function]:
        remove(
            cloud.client("lambda").remove_permission,
            FunctionName=function,
            StatementId=resource.id,
            **({"Qualifier": qualifier} if qualifier else {}),
        )


HANDLERS = {PERMISSION: Handler(_create_permission, _read_permission, None, _delete_permission)}
