"""Bedrock: where the calls of models of an account and region are logged (the control plane of the setting).

``invocation_records`` writes the log.
"""

from typing import Any

from moto.logs.models import logs_backends

from pulumi_sandbox import iam
from pulumi_sandbox.aws.moto_lock import moto_state
from pulumi_sandbox.durable import open_map

from .control_plane import permissions_for
from .rest_json import Call, InvalidRequestError, routes_for

SIGNING_NAME = "bedrock"
STREAM = "aws/bedrock/modelinvocations"
_settings = open_map("bedrock.invocation_logging")


def setting_of(region: str) -> dict[str, Any] | None:
    """Return the setting of a region; None where calls are not logged."""
    return _settings.get(region)


def trust_context(region: str, account: str) -> dict[str, str]:
    """Return the condition keys with which Bedrock acts for this log."""
    return {"aws:SourceAccount": account, "aws:SourceArn": f"arn:aws:bedrock:{region}:{account}:model-invocation-log"}


def _put(call: Call) -> dict[str, Any]:
    config = call.parameters["loggingConfig"]
    if log := config.get("cloudWatchConfig"):
        _require_log(call, log["logGroupName"], log["roleArn"])
    elif "s3Config" not in config:
        raise InvalidRequestError("loggingConfig: name a log group or a bucket.")
    _settings[call.region] = config
    return {}


def _require_log(call: Call, group: str, role: str) -> None:
    arn = call.arn(f"log-group:{group}", "logs")
    with moto_state():
        is_there = group in logs_backends[call.account][call.region].groups
    trusted = iam.may_assume(role, "bedrock.amazonaws.com", trust_context(call.region, call.account))
    if not is_there or not trusted or not iam.may(role, "logs:PutLogEvents", f"{arn}:log-stream:{STREAM}"):
        raise InvalidRequestError(
            f"Failed to validate permissions for log group: {group}, with role: {role}. Verify the IAM role permissions"
            " are correct."
        )


def _get(call: Call) -> dict[str, Any]:
    return {"loggingConfig": setting_of(call.region)}


def _delete(call: Call) -> dict[str, Any]:
    _settings.pop(call.region, None)
    return {}


routes = routes_for(
    "bedrock",
    {
        "PutModelInvocationLoggingConfiguration": _put,
        "GetModelInvocationLoggingConfiguration": _get,
        "DeleteModelInvocationLoggingConfiguration": _delete,
    },
)
actions = permissions_for(routes, "bedrock", lambda _operation, _labels, _caller: ["*"])
