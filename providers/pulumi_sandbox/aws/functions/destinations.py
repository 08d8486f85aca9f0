"""Where the outcome of an asynchronous invocation goes: the destinations and the dead-letter queue of a function.

Deliveries are made with the function's own role through the AWS APIs, so its policies decide.
"""

import json
import logging
import time
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from pulumi_sandbox import iam
from pulumi_sandbox.aws.functions.instance import Invocation
from pulumi_sandbox.aws.functions.lookup import parse_reference
from pulumi_sandbox.aws.functions.platform_lines import iso_time
from pulumi_sandbox.aws.functions.spec import LATEST, FunctionSpec
from pulumi_sandbox.aws.moto_lock import moto_state

MAX_RETRIES = 2
MAX_AGE_SECONDS = 6 * 3600
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EventPolicy:
    """How a function's asynchronous events are handled; ARNs are empty where none is configured."""

    max_retries: int = MAX_RETRIES
    max_age_seconds: float = MAX_AGE_SECONDS
    on_success: str = ""
    on_failure: str = ""
    dead_letters: str = ""


@dataclass(frozen=True, slots=True)
class FinishedEvent:
    """An event that will not be tried again; ``condition`` is Success, RetriesExhausted or EventAgeExceeded."""

    request_id: str
    arn: str
    condition: str
    attempts: int
    payload: Any
    result: Invocation | None


def event_policy(function: str, region: str) -> EventPolicy:
    """Return the policy of a function that exists."""
    from moto.awslambda.models import lambda_backends

    account, region, name, _ = parse_reference(function, region)
    with moto_state():
        latest: Any = lambda_backends[account][region].get_function(name)
        configs = latest.event_invoke_config
        config: dict[str, Any] = configs[-1].config if configs else {}
        dead_letters: dict[str, str] = getattr(latest, "dead_letter_config", None) or {}
    targets = config.get("DestinationConfig") or {}
    return EventPolicy(
        max_retries=config.get("MaximumRetryAttempts", MAX_RETRIES),
        max_age_seconds=config.get("MaximumEventAgeInSeconds", MAX_AGE_SECONDS),
        on_success=(targets.get("OnSuccess") or {}).get("Destination", ""),
        on_failure=(targets.get("OnFailure") or {}).get("Destination", ""),
        dead_letters=dead_letters.get("TargetArn", ""),
    )


def invocation_record(event: FinishedEvent) -> dict[str, Any]:
    """Return what a destination receives."""
    record: dict[str, Any] = {
        "version": "1.0",
        "timestamp": iso_time(time.time()),
        "requestContext": {
            "requestId": event.request_id,
            "functionArn": event.arn if event.arn.count(":") > 6 else f"{event.arn}:{LATEST}",
            "condition": event.condition,
            "approximateInvokeCount": event.attempts,
        },
        "requestPayload": event.payload,
    }
    if event.result is not None:
        context: dict[str, Any] = {"statusCode": 200, "executedVersion": event.result.executed_version}
        if event.result.function_error:
            context["functionError"] = event.result.function_error
        record["responseContext"] = context
        record["responsePayload"] = json.loads(event.result.payload)
    return record


def _client(service: str, arn: str, spec: FunctionSpec, endpoint: str) -> Any:
    credentials = iam.role_credentials(spec.role, session_name=spec.name)
    return boto3.client(  # pyright: ignore[reportCallIssue, reportUnknownVariableType] - the service is not a literal
        service,  # pyright: ignore[reportArgumentType]
        endpoint_url=endpoint,
        region_name=arn.split(":")[3] or spec.region,
        aws_access_key_id=credentials["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=credentials["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=credentials["AWS_SESSION_TOKEN"],
    )


def _queue_url(client: Any, arn: str) -> str:
    _, _, _, _, account, name = arn.split(":", 5)
    return client.meta.endpoint_url.rstrip("/") + f"/{account}/{name}"


def _send(arn: str, body: str, spec: FunctionSpec, endpoint: str, attributes: dict[str, Any]) -> None:
    service = arn.split(":")[2]
    client = _client(service, arn, spec, endpoint)
    match service:
        case "sqs":
            client.send_message(QueueUrl=_queue_url(client, arn), MessageBody=body, MessageAttributes=attributes)
        case "sns":
            client.publish(TopicArn=arn, Message=body, MessageAttributes=attributes)
        case "lambda":
            client.invoke(FunctionName=arn, InvocationType="Event", Payload=body.encode())
        case "s3":
            key = f"aws/lambda/async/{spec.name}/{time.strftime('%Y/%m/%d/%H.%M.%S', time.gmtime())}-{time.time_ns()}"
            client.put_object(Bucket=arn.split(":::")[1], Key=key, Body=body.encode())
        case _:
            raise ValueError(f"a {service} destination ({arn}) is not built in the sandbox: use sqs, sns, lambda or s3")


def _dead_letter_attributes(event: FinishedEvent) -> dict[str, Any]:
    message = ""
    if event.result is not None:
        message = str(json.loads(event.result.payload).get("errorMessage", ""))[:1000]
    values = {
        "RequestID": ("String", event.request_id),
        "ErrorCode": ("Number", "200"),
        "ErrorMessage": ("String", message),
    }
    return {name: {"DataType": kind, "StringValue": value} for name, (kind, value) in values.items() if value}


def deliver(event: FinishedEvent, spec: FunctionSpec, policy: EventPolicy, endpoint: str) -> None:
    """Send the outcome to where the policy says; a delivery that fails is logged, as there is nobody to tell."""
    failed = event.condition != "Success"
    deliveries = [(policy.on_failure if failed else policy.on_success, json.dumps(invocation_record(event)), {})]
    if failed:
        deliveries.append((policy.dead_letters, json.dumps(event.payload), _dead_letter_attributes(event)))
    for arn, body, attributes in deliveries:
        if not arn:
            continue
        try:
            _send(arn, body, spec, endpoint, attributes)
        except (ClientError, BotoCoreError, ValueError, iam.AccessDeniedError) as error:
            _log.warning(
                "the outcome of event %s of %s cannot be sent to %s: %s", event.request_id, spec.name, arn, error
            )
