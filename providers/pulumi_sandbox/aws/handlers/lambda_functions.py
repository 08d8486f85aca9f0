"""Lambda functions and the permissions to invoke them."""

import base64
import hashlib
import json
import re
import threading
import time
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pulumi_sandbox.aws.handlers import shapes, state, tags
from pulumi_sandbox.aws.handlers.presence import found, remove
from pulumi_sandbox.plugin.handler import Asset, Cloud, Handler, Properties, Resource

FUNCTION = "aws:lambda/function:Function"
PERMISSION = "aws:lambda/permission:Permission"

_RENAMES = {
    "name": "FunctionName",
    "arn": "FunctionArn",
    "fileSystemConfig": "FileSystemConfigs",
    "imageConfig": "ImageConfig",
    "imageConfig.commands": "Command",
    "sourceCodeSize": "CodeSize",
    "codeSha256": "CodeSha256",
    # Not the API's: state of the provider alone, or read by a call of its own.
    "code": "",
    "tags": "",
    "version": "",
}
# Declared, but never told by the API.
_UNREADABLE = (
    "code",
    "publish",
    "publishTo",
    "s3Bucket",
    "s3Key",
    "s3ObjectVersion",
    "skipDestroy",
    "sourceCodeHash",
    "replaceSecurityGroupsOnDestroy",
    "replacementSecurityGroupIds",
    "useResourceTimeoutForPropagation",
)
_CODE = ("code", "s3Bucket", "s3Key", "s3ObjectVersion", "imageUri", "architectures", "sourceCodeHash")
_CONFIGURATION = (
    "deadLetterConfig",
    "description",
    "durableConfig",
    "environment",
    "ephemeralStorage",
    "fileSystemConfig",
    "handler",
    "imageConfig",
    "kmsKeyArn",
    "layers",
    "loggingConfig",
    "memorySize",
    "role",
    "runtime",
    "snapStart",
    "timeout",
    "tracingConfig",
    "vpcConfig",
)
# What makes a setting empty again, where leaving it out would leave it alone.
_EMPTY: Mapping[str, Any] = {
    "deadLetterConfig": {"targetArn": ""},
    "description": "",
    "environment": {"variables": {}},
    "ephemeralStorage": {"size": 512},
    "fileSystemConfig": [],
    "kmsKeyArn": "",
    "layers": [],
    "memorySize": 128,
    "snapStart": {"applyOn": "None"},
    "timeout": 3,
    "tracingConfig": {"mode": "PassThrough"},
    "vpcConfig": {"subnetIds": [], "securityGroupIds": []},
}
_STREAMING_API_VERSION = "2021-11-15"
_API_VERSION = "2015-03-31"
_READY_SECONDS = 60.0
_POLL_SECONDS = 0.05

# The API loses permissions that are added to one function at the same time.
_permission_locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


def invoke_arn(cloud: Cloud, function_arn: str, streaming: bool = False) -> str:
    """Return the ARN under which API Gateway invokes a function."""
    version = _STREAMING_API_VERSION if streaming else _API_VERSION
    action = "response-streaming-invocations" if streaming else "invocations"
    return f"arn:{cloud.partition}:apigateway:{cloud.region}:lambda:path/{version}/functions/{function_arn}/{action}"


def _code(inputs: Properties) -> dict[str, Any]:
    if inputs.get("imageUri"):
        return {"ImageUri": inputs["imageUri"]}
    if inputs.get("s3Bucket"):
        version = inputs.get("s3ObjectVersion")
        place = {"S3Bucket": inputs["s3Bucket"], "S3Key": inputs["s3Key"]}
        return {**place, **({"S3ObjectVersion": version} if version else {})}
    code = inputs.get("code")
    if code is None:
        raise ValueError("code: the function has none; set one of code, imageUri, s3Bucket")
    return {"ZipFile": Path(code).read_bytes() if isinstance(code, str) else code.bytes()}


def _settings(client: Any, operation: str, inputs: Properties) -> dict[str, Any]:
    given = {name: value for name, value in inputs.items() if name not in ("code", "tags")}
    if given.get("environment") == {}:
        given["environment"] = {"variables": {}}
    if "vpcConfig" in given:
        given["vpcConfig"] = {key: value for key, value in given["vpcConfig"].items() if key != "vpcId"}
    if "snapStart" in given:
        given["snapStart"] = {"applyOn": given["snapStart"]["applyOn"]}
    return shapes.arguments(client, operation, given, _RENAMES)


def _create(cloud: Cloud, inputs: Properties) -> Resource:
    client, name = cloud.client("lambda"), inputs["name"]
    arguments = _settings(client, "create_function", inputs)
    code = _code(inputs)
    if inputs.get("sourceKmsKeyArn"):
        code["SourceKMSKeyArn"] = inputs["sourceKmsKeyArn"]
    client.create_function(**{**arguments, "Code": code, "Tags": inputs.get("tagsAll") or {}})
    return state.finish(
        cloud,
        _read,
        name,
        inputs,
        lambda: _wait_ready(client, name),
        lambda: _reserve(client, name, inputs.get("reservedConcurrentExecutions")),
    )


def _wait_ready(client: Any, name: str) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        function = client.get_function_configuration(FunctionName=name)
        if function.get("State", "Active") == "Failed" or function.get("LastUpdateStatus") == "Failed":
            reason = function.get("StateReason") or function.get("LastUpdateStatusReason") or "no reason given"
            raise ValueError(f"Lambda function {name} failed: {reason}")
        if function.get("State", "Active") == "Active" and function.get("LastUpdateStatus", "") != "InProgress":
            return
        time.sleep(_POLL_SECONDS)
    raise ValueError(f"Lambda function {name} was not ready in {_READY_SECONDS:.0f} s")


def _reserve(client: Any, name: str, amount: int | None) -> None:
    if amount is not None and amount >= 0:
        client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=amount)


def _latest_version(client: Any, name: str) -> dict[str, Any]:
    pages = client.get_paginator("list_versions_by_function").paginate(FunctionName=name)
    return [version for page in pages for version in page["Versions"]][-1]


def _read(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
    client = cloud.client("lambda")
    answer = found(client.get_function, FunctionName=resource_id)
    if answer is None:
        return None
    function = answer["Configuration"]
    # With "$LATEST" alone, the last of the versions is "$LATEST" itself.
    latest = _latest_version(client, resource_id)
    arn = function["FunctionArn"].removesuffix(":$LATEST")
    qualified = latest["FunctionArn"] if latest["Version"] != "$LATEST" else f"{arn}:$LATEST"
    values: Properties = {
        "description": "",
        **shapes.properties(FUNCTION, _flat(function), _RENAMES),
        "arn": arn,
        "imageUri": answer.get("Code", {}).get("ImageUri"),
        "invokeArn": invoke_arn(cloud, arn),
        "responseStreamingInvokeArn": invoke_arn(cloud, arn, streaming=True),
        "qualifiedArn": qualified,
        "qualifiedInvokeArn": invoke_arn(cloud, qualified),
        "version": latest["Version"],
        "reservedConcurrentExecutions": answer.get("Concurrency", {}).get("ReservedConcurrentExecutions", -1),
        "tracingConfig": {"mode": function.get("TracingConfig", {}).get("Mode", "PassThrough")},
        **tags.outputs(inputs, answer.get("Tags")),
    }
    if not values.get("environment"):
        values.pop("environment", None)
    outputs = state.describe(cloud, FUNCTION, inputs, values, unreadable=_UNREADABLE)
    outputs["codeSha256"] = function["CodeSha256"]
    outputs.setdefault("sourceCodeHash", function["CodeSha256"])
    leave_out = ("codeSha256", "sourceCodeHash")
    return state.resource(FUNCTION, resource_id, inputs, outputs, leave_out)


def _flat(function: Mapping[str, Any]) -> dict[str, Any]:
    """Return the API's description in the schema's form: layers as ARNs, without empty settings."""
    flat = dict(function)
    flat["Layers"] = [layer["Arn"] for layer in function.get("Layers") or ()]
    flat["ImageConfig"] = (function.get("ImageConfigResponse") or {}).get("ImageConfig")
    if not (function.get("VpcConfig") or {}).get("SubnetIds"):
        flat.pop("VpcConfig", None)
    if (function.get("SnapStart") or {}).get("ApplyOn", "None") == "None":
        flat.pop("SnapStart", None)
    if not (function.get("DeadLetterConfig") or {}).get("TargetArn"):
        flat.pop("DeadLetterConfig", None)
    return {name: value for name, value in flat.items() if value not in (None, [], "")}


def _update(cloud: Cloud, resource: Resource, inputs: Properties) -> Properties:
    client, name = cloud.client("lambda"), resource.id

    def configuration() -> None:
        if not state.changed(resource, inputs, *_CONFIGURATION):
            return
        emptied = {key: _EMPTY[key] for key in _EMPTY if resource.outputs.get(key) and inputs.get(key) is None}
        given = {key: value for key, value in inputs.items() if key in (*_CONFIGURATION, "name")}
        client.update_function_configuration(**_settings(client, "update_function_configuration", {**emptied, **given}))
        _wait_ready(client, name)

    def code() -> None:
        if not state.changed(resource, inputs, *_CODE) and not _code_drifted(resource, inputs):
            return
        architectures = inputs.get("architectures")
        more = {"Architectures": architectures} if architectures else {}
        client.update_function_code(FunctionName=name, **_code(inputs), **more)
        _wait_ready(client, name)

    def concurrency() -> None:
        if not state.changed(resource, inputs, "reservedConcurrentExecutions"):
            return
        amount = inputs.get("reservedConcurrentExecutions")
        if amount is not None and amount >= 0:
            _reserve(client, name, amount)
        else:
            client.delete_function_concurrency(FunctionName=name)

    def retag() -> None:
        tags.sync(client, resource.outputs["arn"], resource.outputs.get("tagsAll"), inputs.get("tagsAll"))

    def publish() -> None:
        turned_on = inputs.get("publish") and not resource.inputs.get("publish")
        if inputs.get("publish") and (turned_on or state.changed(resource, inputs, *_CODE, *_CONFIGURATION)):
            client.publish_version(FunctionName=name)

    return state.finish(cloud, _read, name, inputs, configuration, code, concurrency, retag, publish).outputs


def _code_drifted(resource: Resource, inputs: Properties) -> bool:
    """Tell whether the function has other code than the archive, e.g. after someone else's upload."""
    code = inputs.get("code")
    if code is None or isinstance(code, str | Asset):
        return False
    digest = hashlib.sha256(code.bytes()).digest()
    return base64.b64encode(digest).decode() != resource.outputs.get("codeSha256")


def _delete(cloud: Cloud, resource: Resource) -> None:
    if not resource.outputs.get("skipDestroy"):
        remove(cloud.client("lambda").delete_function, FunctionName=resource.id)


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


HANDLERS = {
    FUNCTION: Handler(_create, _read, _update, _delete),
    PERMISSION: Handler(_create_permission, _read_permission, None, _delete_permission),
}
