"""Bedrock: batch inference jobs (the control plane); ``batch_inference`` does the work."""

import time
from collections.abc import Mapping
from typing import Any

from .batch_inference import ensure_running, jobs, stop_job
from .bedrock_tags import from_pairs, set_tags
from .control_plane import once, page, permissions_for, random_id
from .foundation_models import resolve_model
from .knowledge_role import is_assumable
from .rest_json import Call, InvalidRequestError, NotFoundError, ServiceError, routes_for

SIGNING_NAME = "bedrock"
_ID_LENGTH = 12
_DEFAULT_TIMEOUT_HOURS = 24
_ENDED = frozenset({"Completed", "PartiallyCompleted", "Failed", "Stopped", "Expired"})
_ECHOED = ("jobName", "roleArn", "modelId", "inputDataConfig", "outputDataConfig", "clientRequestToken", "vpcConfig")


def _create(call: Call) -> dict[str, Any]:
    return once(call, "clientRequestToken", lambda: _created(call))


def _created(call: Call) -> dict[str, Any]:
    asked = call.parameters
    if any(job["jobName"] == asked["jobName"] for job in _own(call)):
        raise ServiceError("ConflictException", f"The job name {asked['jobName']} is in use by another job.")
    for config, member in (("inputDataConfig", "s3InputDataConfig"), ("outputDataConfig", "s3OutputDataConfig")):
        uri: str = asked[config].get(member, {}).get("s3Uri", "")
        if not uri.startswith("s3://") or uri == "s3://":
            raise InvalidRequestError(f"{config}: the s3Uri must be s3://bucket/key; it is {uri!r}.")
    invocable = resolve_model(asked["modelId"], call.region, call.account)
    if not is_assumable(asked["roleArn"], call.arn("model-invocation-job/*"), call.account):
        raise InvalidRequestError(f"Bedrock is unable to assume the role {asked['roleArn']}.")
    arn, now = call.arn(f"model-invocation-job/{random_id(_ID_LENGTH)}"), time.time()
    hours = asked.get("timeoutDurationInHours", _DEFAULT_TIMEOUT_HOURS)
    jobs[arn] = {
        **{name: asked[name] for name in _ECHOED if name in asked},
        "jobArn": arn,
        "modelId": invocable.profile_arn or invocable.model_arns[0],
        "modelInvocationType": asked.get("modelInvocationType", "InvokeModel"),
        "timeoutDurationInHours": hours,
        "status": "Submitted",
        "submitTime": now,
        "lastModifiedTime": now,
        "jobExpirationTime": now + hours * 3600,
    }
    set_tags(arn, from_pairs(asked.get("tags", ())))
    ensure_running(arn)
    return {"jobArn": arn}


def _own(call: Call) -> list[dict[str, Any]]:
    scope = call.arn("model-invocation-job/")
    return [job for arn, job in jobs.snapshot().items() if arn.startswith(scope)]


def _job(call: Call) -> dict[str, Any]:
    identifier: str = call.parameters["jobIdentifier"]
    arn = identifier if identifier.startswith("arn:") else call.arn(f"model-invocation-job/{identifier}")
    if arn not in jobs:
        raise NotFoundError(f"The batch inference job {identifier} does not exist.")
    ensure_running(arn)
    return jobs[arn]


def _get(call: Call) -> dict[str, Any]:
    return _job(call)


def _stop(call: Call) -> dict[str, Any]:
    job = _job(call)
    if job["status"] in _ENDED:
        raise ServiceError("ConflictException", f"The job is {job['status']} and cannot be stopped.")
    stop_job(job["jobArn"])
    return {}


def _list(call: Call) -> dict[str, Any]:
    asked = call.parameters
    found = [
        job
        for job in _own(call)
        if asked.get("statusEquals", job["status"]) == job["status"]
        and asked.get("nameContains", "") in job["jobName"]
        and _seconds(asked.get("submitTimeAfter"), 0.0) <= job["submitTime"]
        and job["submitTime"] <= _seconds(asked.get("submitTimeBefore"), float("inf"))
    ]
    found.sort(key=lambda job: job["submitTime"], reverse=asked.get("sortOrder", "Descending") == "Descending")
    return page(found, "invocationJobSummaries", asked)


def _seconds(moment: Any, otherwise: float) -> float:
    return otherwise if moment is None else float(moment.timestamp() if hasattr(moment, "timestamp") else moment)


def _resource(_operation: str, labels: Mapping[str, str], caller: Any) -> list[str]:
    identifier = labels.get("jobIdentifier")
    if identifier is None:
        return ["*"]
    scope = f"arn:aws:bedrock:{caller.region}:{caller.account}:model-invocation-job/"
    return [identifier if identifier.startswith("arn:") else scope + identifier]


routes = routes_for(
    "bedrock",
    {
        "CreateModelInvocationJob": _create,
        "StopModelInvocationJob": _stop,
        "GetModelInvocationJob": _get,
        "ListModelInvocationJobs": _list,
    },
)
actions = permissions_for(routes, "bedrock", _resource)
