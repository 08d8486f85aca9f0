"""The names that failures of AWS APIs have in state machines.

Source: Step Functions developer guide, "Handling errors" and the pages of the service integrations: the optimised
ones name errors as the AWS SDK for Java 1 does, AWS SDK integrations as the SDK for Java 2 does.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from pulumi_sandbox.aws.states.language.errors import StateError


class _Names(NamedTuple):
    prefix: str
    generic: str
    service: str
    suffix: str = ""


_OPTIMISED: Mapping[str, _Names] = {
    "bedrock": _Names("Bedrock", "BedrockException", "BedrockRuntime"),
    "dynamodb": _Names("DynamoDB", "AmazonDynamoDBException", "AmazonDynamoDBv2"),
    "events": _Names("EventBridge", "AmazonEventBridgeException", "AmazonEventBridge"),
    "lambda": _Names("Lambda", "AWSLambdaException", "AWSLambda"),
    "sns": _Names("SNS", "AmazonSNSException", "AmazonSNS"),
    "sqs": _Names("SQS", "AmazonSQSException", "AmazonSQS"),
    "states": _Names("StepFunctions", "AWSStepFunctionsException", "AWSStepFunctions", "Exception"),
}


def sdk_name(service_id: str) -> str:
    """Return how the SDK for Java 2 writes a service (``S3``, ``DynamoDb``, ``BedrockRuntime``)."""
    return re.sub(r"[A-Z]{2,}(?=[A-Z][a-z]|\d|$)", lambda found: found[0].capitalize(), service_id.replace(" ", ""))


def _code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")


def _is_modelled(error: ClientError) -> bool:
    return type(error) is not ClientError


def _with_suffix(name: str, suffix: str) -> str:
    return name if name.endswith(suffix) else name + suffix


def optimised_error(service: str, error: ClientError) -> StateError:
    """Return the failure of an optimised integration."""
    names, code = _OPTIMISED[service], _code(error)
    details: Any = error.response.get("ResponseMetadata", {})
    message = error.response.get("Error", {}).get("Message", "")
    cause = (
        f"{message} (Service: {names.service}; Status Code: {details.get('HTTPStatusCode')}; "
        f"Error Code: {code}; Request ID: {details.get('RequestId')}; Proxy: null)"
    )
    name = _with_suffix(code, names.suffix) if _is_modelled(error) else names.generic
    return StateError(f"{names.prefix}.{name}", cause)


def sdk_error(service_id: str, error: ClientError) -> StateError:
    """Return the failure of an AWS SDK integration."""
    service = sdk_name(service_id)
    details: Any = error.response.get("ResponseMetadata", {})
    message = error.response.get("Error", {}).get("Message", "")
    cause = (
        f"{message} (Service: {service}, Status Code: {details.get('HTTPStatusCode')}, "
        f"Request ID: {details.get('RequestId')})"
    )
    name = _with_suffix(_code(error), "Exception") if _is_modelled(error) else f"{service}Exception"
    return StateError(f"{service}.{name}", cause)
