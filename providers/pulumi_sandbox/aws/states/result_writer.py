"""ResultWriter: what the child executions of a distributed map returned, in S3."""

import json
from collections.abc import Sequence
from typing import Any

from botocore.exceptions import ClientError

from pulumi_sandbox import iam
from pulumi_sandbox.aws.states import flow
from pulumi_sandbox.aws.states.frame import Frame
from pulumi_sandbox.aws.states.integrations import clients_of
from pulumi_sandbox.aws.states.language.errors import RESULT_WRITER, StateError
from pulumi_sandbox.aws.states.run_states import State

_STATUSES = ("FAILED", "PENDING", "SUCCEEDED")


def write_results(state: State, value: Any, children: Sequence[dict[str, Any]], map_run: str, frame: Frame) -> Any:
    """Write the results of all children and a manifest as the machine's role; returns where. Raises StateError."""
    writer: State = state["ResultWriter"]
    given = {name: writer[name] for name in ("Parameters", "Arguments") if name in writer}
    where = flow.arguments({"QueryLanguage": flow.language_of(state, frame), **given}, value, frame)
    bucket, prefix = where["Bucket"], str(where.get("Prefix", "")).strip("/")
    folder = "/".join(part for part in (prefix, map_run.rpartition(":")[2]) if part)
    client = clients_of(frame.machine)("s3")
    files: dict[str, list[dict[str, Any]]] = {status: [] for status in _STATUSES}
    try:
        for status in _STATUSES:
            results = [child for child in children if child["Status"] == status]
            if results:
                key, content = f"{folder}/{status}_0.json", json.dumps(results).encode()
                client.put_object(Bucket=bucket, Key=key, Body=content)
                files[status].append({"Key": key, "Size": len(content)})
        key = f"{folder}/manifest.json"
        manifest = {"DestinationBucket": bucket, "MapRunArn": map_run, "ResultFiles": files}
        client.put_object(Bucket=bucket, Key=key, Body=json.dumps(manifest).encode())
    except (ClientError, iam.AccessDeniedError) as error:
        raise StateError(RESULT_WRITER, f"Attempting to write to {bucket}/{folder}: {error}") from error
    return {"MapRunArn": map_run, "ResultWriterDetails": {"Bucket": bucket, "Key": key}}
