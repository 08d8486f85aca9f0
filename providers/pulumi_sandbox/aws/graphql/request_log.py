"""What an API logs of a request: its summary, and the errors of its fields.

Source: AppSync developer guide, "Using CloudWatch to monitor and log GraphQL API data".
"""

import json
import time
import uuid
from collections.abc import Mapping
from typing import Any

from pulumi_sandbox.aws import functions
from pulumi_sandbox.aws.functions.log_writer import LogEvent, LogStream
from pulumi_sandbox.aws.graphql.store import Api


def write(api: Api, request_id: str, status: int, body: Mapping[str, Any], latency_seconds: float) -> None:
    """Write the lines of a request as the API's role, where the API logs. Returns at once."""
    config = api.settings.get("logConfig")
    if not config:
        return
    common = {"graphQLAPIId": api.id, "requestId": request_id}
    lines: list[dict[str, Any]] = [
        {"logType": "RequestSummary", **common, "statusCode": status, "latency": round(latency_seconds * 1e9)}
    ]
    if config["fieldLogLevel"] != "NONE":
        lines += [
            {"logType": "FieldError", **common, "path": error["path"], "errorType": error.get("errorType")}
            for error in body.get("errors", ())
            if error.get("path")
        ]
    now = round(time.time() * 1000)
    stream = LogStream(
        api.account,
        api.region,
        f"/aws/appsync/apis/{api.id}",
        uuid.uuid5(uuid.NAMESPACE_URL, api.arn).hex,
        config["cloudWatchLogsRoleArn"],
        "APPSYNC_ASSUME_ROLE",
    )
    for line in lines:
        functions.log_writer().put(stream, LogEvent(now, json.dumps(line, separators=(",", ":"))))
