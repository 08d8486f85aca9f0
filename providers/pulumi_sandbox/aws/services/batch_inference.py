"""Runs batch inference jobs: JSONL from S3 through a model and back, as the job's role.

Sources: Bedrock user guide, "Format and upload your batch inference data", "View the results of a batch inference
job", "Create a custom service role for batch inference", "Monitor batch inference jobs with EventBridge"; the limits
are the quotas "Minimum number of records per batch inference job" and "Records per batch inference job".
"""

import json
import logging
import os
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from pulumi_sandbox.aws.service_events import put_event
from pulumi_sandbox.durable import open_map
from pulumi_sandbox.iam import AccessDeniedError, authorize

from .bedrock_runtime import invoke_model, model_permissions
from .converse import converse
from .knowledge_role import is_assumable, role_client
from .rest_json import Call, ServiceError, checked_parameters

MIN_RECORDS = 100
MAX_RECORDS = 50_000
jobs = open_map("bedrock.invocation_jobs")
_SESSION = "BatchInference"
_LIVE = frozenset({"Submitted", "Validating", "Scheduled", "InProgress", "Stopping"})
_log = logging.getLogger(__name__)
_threads = ThreadPoolExecutor(4, thread_name_prefix="batch-inference")
_lock = threading.Lock()
_running: set[str] = set()
_stopping: set[str] = set()


class _JobFailed(Exception):  # noqa: N818 - the job's outcome, named as its status
    """The job as a whole cannot go on."""


def ensure_running(arn: str) -> None:
    """Start the job unless it has ended or runs already in this process."""
    with _lock:
        if jobs[arn]["status"] not in _LIVE or arn in _running:
            return
        _running.add(arn)
    _threads.submit(_run, arn)


def stop_job(arn: str) -> None:
    """Let the job end after the record that it is at."""
    with _lock:
        _stopping.add(arn)
        _update(arn, status="Stopping")


def _update(arn: str, **members: Any) -> None:
    jobs[arn] = {**jobs[arn], **members, "lastModifiedTime": time.time()}


def _enter(arn: str, status: str) -> None:
    with _lock:
        if arn not in _stopping:
            _update(arn, status=status)
    _announce(arn)


def _run(arn: str) -> None:
    counts = {"totalRecordCount": 0, "processedRecordCount": 0, "successRecordCount": 0, "errorRecordCount": 0}
    ended: dict[str, Any]
    try:
        ended = {"status": _infer(arn, counts)}
    except _JobFailed as error:
        ended = {"status": "Failed", "message": str(error)}
    except Exception as error:  # noqa: BLE001 - a job must end
        _log.exception("batch inference job %s failed", arn)
        ended = {"status": "Failed", "message": f"The sandbox failed: {error!r}; its log has more."}
    with _lock:
        _running.discard(arn)
        _stopping.discard(arn)
        _update(arn, **ended, **counts, endTime=time.time())
    _announce(arn)


def _infer(arn: str, counts: dict[str, int]) -> str:
    job = jobs[arn]
    region, account = arn.split(":")[3:5]
    _enter(arn, "Validating")
    if not is_assumable(job["roleArn"], arn, account):
        raise _JobFailed(f"Bedrock is unable to assume the role {job['roleArn']}.")
    s3 = role_client("s3", job["roleArn"], region, _SESSION)
    _check_model_access(job, region, account)
    try:
        files = dict(_input_files(s3, job["inputDataConfig"]["s3InputDataConfig"]["s3Uri"]))
    except (ClientError, BotoCoreError) as error:
        raise _JobFailed(f"The role cannot read the input: {error}") from error
    counts["totalRecordCount"] = sum(len(records) for records in files.values())
    if not MIN_RECORDS <= counts["totalRecordCount"] <= MAX_RECORDS:
        raise _JobFailed(
            f"Batch job {arn} contains {counts['totalRecordCount']} records: at least {MIN_RECORDS} and at most "
            f"{MAX_RECORDS} are required."
        )
    _enter(arn, "Scheduled")
    _enter(arn, "InProgress")
    tokens = {"inputTokenCount": 0, "outputTokenCount": 0}
    for key, records in files.items():
        made: list[str] = []
        for line in records:
            if arn in _stopping:
                break
            made.append(_answered(job, line, region, account, counts, tokens))
        _write(s3, job, f"{key.rpartition('/')[2]}.out", "\n".join(made) + "\n")
    _write(s3, job, "manifest.json.out", json.dumps({**counts, **tokens}))
    if arn in _stopping:
        return "Stopped"
    if counts["errorRecordCount"] == 0:
        return "Completed"
    return "PartiallyCompleted" if counts["successRecordCount"] else "Failed"


def _check_model_access(job: Mapping[str, Any], region: str, account: str) -> None:
    # The role's guide asks for InvokeModel only where an inference profile is invoked.
    if ":inference-profile/" not in job["modelId"] and ":application-inference-profile/" not in job["modelId"]:
        return
    call = Call("InvokeModel", {}, region, account, job["roleArn"])
    try:
        for action, resources, context in model_permissions("bedrock:InvokeModel", job["modelId"], call):
            for resource in resources:
                authorize(job["roleArn"], action, resource, context, session_name=_SESSION, region=region)
    except AccessDeniedError as error:
        raise _JobFailed(str(error)) from error


def _place(uri: str) -> tuple[str, str]:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


def _input_files(s3: Any, uri: str) -> Iterator[tuple[str, list[str]]]:
    """Return the lines of each JSONL file at an object's or a folder's URI."""
    bucket, prefix = _place(uri)
    keys = [prefix]
    if not prefix.endswith(".jsonl"):
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        keys = [each["Key"] for page in pages for each in page.get("Contents", ()) if each["Key"].endswith(".jsonl")]
    for key in keys:
        text: str = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
        yield key, [line for line in text.splitlines() if line.strip()]


def _write(s3: Any, job: Mapping[str, Any], name: str, text: str) -> None:
    config = job["outputDataConfig"]["s3OutputDataConfig"]
    bucket, prefix = _place(config["s3Uri"])
    folder = "/".join(part for part in (prefix.strip("/"), job["jobArn"].rpartition("/")[2]) if part)
    key_of = config.get("s3EncryptionKeyId")
    encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key_of} if key_of else {}
    try:
        s3.put_object(Bucket=bucket, Key=f"{folder}/{name}", Body=text.encode(), **encryption)
    except (ClientError, BotoCoreError) as error:
        raise _JobFailed(f"The role cannot write the output: {error}") from error


def _answered(
    job: Mapping[str, Any], line: str, region: str, account: str, counts: dict[str, int], tokens: dict[str, int]
) -> str:
    """Return the output line of one record."""
    record: dict[str, Any] = {}
    try:
        record = json.loads(line)
        output = _output(job, record["modelInput"], region, account)
    except ServiceError as error:
        told = {"errorCode": 400, "errorMessage": error.message, "expired": False, "retryable": False}
        kind, made = "errorRecordCount", {**record, "error": told}
    except (ValueError, KeyError, TypeError) as error:
        message = f"The record is not a JSON object with recordId and modelInput: {error!r}"
        told = {"errorCode": 400, "errorMessage": message, "expired": False, "retryable": False}
        kind, made = "errorRecordCount", {"record": line, "error": told}
    else:
        kind, made = "successRecordCount", {**record, "modelOutput": output}
        usage: Mapping[str, int] = output.get("usage", {})
        tokens["inputTokenCount"] += usage.get("inputTokens", usage.get("input_tokens", 0))
        tokens["inputTokenCount"] += output.get("inputTextTokenCount", 0)
        tokens["outputTokenCount"] += usage.get("outputTokens", usage.get("output_tokens", 0))
    counts["processedRecordCount"] += 1
    counts[kind] += 1
    return json.dumps(made, ensure_ascii=False)


def _output(job: Mapping[str, Any], model_input: Mapping[str, Any], region: str, account: str) -> dict[str, Any]:
    if job["modelInvocationType"] == "Converse":
        asked = checked_parameters("bedrock-runtime", "Converse", {**model_input, "modelId": job["modelId"]})
        return dict(converse(Call("Converse", asked, region, account, None)))
    asked = {"modelId": job["modelId"], "body": json.dumps(model_input).encode()}
    return json.loads(invoke_model(Call("InvokeModel", asked, region, account, None))["body"])


def _announce(arn: str) -> None:
    """Tell the default event bus of a job's state."""
    job = jobs[arn]
    detail = {
        "version": "0.0",
        "accountId": arn.split(":")[4],
        "batchJobName": job["jobName"],
        "batchJobArn": arn,
        "batchModelId": job["modelId"],
        "status": job["status"],
        "failureMessage": job.get("message", ""),
        "creationTime": datetime.fromtimestamp(job["submitTime"], UTC).strftime("%b %d, %Y, %I:%M:%S %p"),
    }
    endpoint = os.environ["PULUMI_SANDBOX_ENDPOINT"]
    put_event("aws.bedrock", "Batch Inference Job State Change", arn, detail, endpoint)
