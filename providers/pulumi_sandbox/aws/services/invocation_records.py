"""The records of model calls: one line of a log each, and bodies that are too large for it in a bucket.

The shape is that of Bedrock's schema ModelInvocationLog 1.0, as in the Amazon Bedrock user guide, "Monitor model
invocation using CloudWatch Logs and Amazon S3".
"""

import gzip
import json
import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from botocore.eventstream import EventStreamBuffer
from botocore.exceptions import ClientError

from pulumi_sandbox import iam
from pulumi_sandbox.aws import functions
from pulumi_sandbox.aws.functions.log_writer import LogEvent, LogStream
from pulumi_sandbox.aws.role_clients import deployer_client

from .bedrock_invocation_log import STREAM, setting_of, trust_context
from .foundation_models import resolve_model
from .rest_json import Call, ServiceError, rendered, service_model

LARGE_BYTES = 100 * 1024
"""A body up to this size is in the record itself."""
_SERVICE = "bedrock.amazonaws.com"
_log = logging.getLogger(__name__)
_Answer = Mapping[str, Any] | Iterator[bytes]


def logged(handler: Callable[[Call], _Answer]) -> Callable[[Call], _Answer]:
    """Return a handler of a model operation that also logs each call, where the region has a log."""

    def answer(call: Call) -> _Answer:
        setting = setting_of(call.region)
        if setting is None:
            return handler(call)
        try:
            answered = handler(call)
        except ServiceError as error:
            _write(call, setting, None, error.code)
            raise
        if isinstance(answered, Mapping):
            _write(call, setting, _body(call, answered))
            return answered
        return _streamed(call, setting, answered)

    return answer


def _streamed(call: Call, setting: Mapping[str, Any], frames: Iterator[bytes]) -> Iterator[bytes]:
    buffer, text = EventStreamBuffer(), ""
    body: dict[str, Any] = {}
    for frame in frames:
        yield frame
        buffer.add_data(frame)
        for message in buffer:
            event: Any = json.loads(message.payload)
            text += event.get("delta", {}).get("text", "")
            body |= {name: event[name] for name in ("stopReason", "usage", "metrics") if name in event}
    body["output"] = {"message": {"role": "assistant", "content": [{"text": text}]}}
    _write(call, setting, body)


def _body(call: Call, answered: Mapping[str, Any]) -> Any:
    if call.operation == "InvokeModel":
        return json.loads(answered["body"])
    return rendered(service_model("bedrock-runtime").operation_model(call.operation).output_shape, answered)


def _asked(call: Call) -> Any:
    if call.operation.startswith("InvokeModel"):
        return json.loads(call.parameters.get("body") or b"{}")
    shape: Any = service_model("bedrock-runtime").operation_model(call.operation).input_shape
    document = rendered(shape, call.parameters)
    del document["modelId"]
    return document


def _write(call: Call, setting: Mapping[str, Any], answered: Any, error_code: str = "") -> None:
    log = setting.get("cloudWatchConfig")
    if log is None or not _is_wanted(call, setting):
        return
    request_id = str(uuid4())
    usage: dict[str, int] = (answered or {}).get("usage", {}) if isinstance(answered, dict) else {}
    record = {
        "timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "accountId": call.account,
        "identity": {"arn": call.role_arn or f"arn:aws:iam::{call.account}:root"},
        "region": call.region,
        "requestId": request_id,
        "operation": call.operation,
        "modelId": call.parameters["modelId"],
        **({"errorCode": error_code} if error_code else {}),
        "input": {
            "inputContentType": "application/json",
            **_delivered("input", _asked(call), call, setting, request_id),
            "inputTokenCount": usage.get("inputTokens", 0),
        },
        "schemaType": "ModelInvocationLog",
        "schemaVersion": "1.0",
    }
    if answered is not None:
        record["output"] = {
            "outputContentType": "application/json",
            **_delivered("output", answered, call, setting, request_id),
            "outputTokenCount": usage.get("outputTokens", 0),
        }
    stream = LogStream(call.account, call.region, log["logGroupName"], STREAM, log["roleArn"], "BedrockLogging")
    line = json.dumps(record, separators=(",", ":"), ensure_ascii=False)
    functions.log_writer().put(stream, LogEvent(round(time.time() * 1000), line))


def _is_wanted(call: Call, setting: Mapping[str, Any]) -> bool:
    if setting.get("embeddingDataDeliveryEnabled", True):
        return True
    try:
        return not resolve_model(call.parameters["modelId"], call.region, call.account).model.dimensions
    except ServiceError:
        return True


def _delivered(side: str, body: Any, call: Call, setting: Mapping[str, Any], request_id: str) -> dict[str, Any]:
    """The body, the place of one that is too large, or nothing where texts are not wanted."""
    if not setting.get("textDataDeliveryEnabled", True):
        return {}
    encoded = json.dumps(body).encode()
    if len(encoded) <= LARGE_BYTES:
        return {f"{side}BodyJson": body}
    target: Mapping[str, str] | None = setting["cloudWatchConfig"].get("largeDataDeliveryS3Config")
    if target is None:
        return {}
    hour = datetime.now(UTC).strftime("%Y/%m/%d/%H")
    prefix = target.get("keyPrefix", "").rstrip("/")
    folder = f"AWSLogs/{call.account}/BedrockModelInvocationLogs/{call.region}/{hour}/data"
    key = "/".join(part for part in (prefix, folder, f"{request_id}_{side}.json.gz") if part)
    arn, context = f"arn:aws:s3:::{target['bucketName']}/{key}", trust_context(call.region, call.account)
    try:
        iam.authorize_service(_SERVICE, "s3:PutObject", arn, context, region=call.region)
        client = deployer_client("s3", call.region, os.environ["PULUMI_SANDBOX_ENDPOINT"])
        client.put_object(Bucket=target["bucketName"], Key=key, Body=gzip.compress(encoded))
    except (iam.AccessDeniedError, ClientError) as error:
        _log.warning("the body of a call of %s is not logged: %s", call.parameters["modelId"], error)
        return {}
    return {f"{side}BodyS3Path": f"s3://{target['bucketName']}/{key}"}
