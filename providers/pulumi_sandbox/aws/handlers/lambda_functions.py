"""Lambda functions."""

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pulumi_sandbox.aws.handlers import shapes, state, tags
from pulumi_sandbox.aws.handlers.presence import found, remove
from pulumi_sandbox.aws.handlers.waiting import until
from pulumi_sandbox.plugin.handler import Asset, Cloud, Handler, Properties, Resource

FUNCTION = "aws:lambda/function:Function"

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


def _status(function: dict[str, Any]) -> str:
    creating, updating = function.get("State", "Active"), function.get("LastUpdateStatus", "Successful")
    return creating if creating != "Active" else updating


def _wait_ready(client: Any, name: str) -> None:
    until(
        f"Lambda function {name}",
        lambda: client.get_function_configuration(FunctionName=name),
        _status,
        wanted=("Successful",),
        pending=("Pending", "InProgress"),
    )


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


HANDLERS = {FUNCTION: Handler(_create, _read, _update, _delete)}
