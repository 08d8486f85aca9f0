"""First-class integrations: a route calls an AWS service itself, with mapped parameters, as the integration's role.

Source: API Gateway developer guide, "Integration subtype reference".
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from botocore.exceptions import BotoCoreError, ClientError

from pulumi_sandbox import iam
from pulumi_sandbox.aws.functions.installed import current
from pulumi_sandbox.aws.gateway.api_model import Integration
from pulumi_sandbox.aws.gateway.parameter_mapping import ParameterMapping
from pulumi_sandbox.aws.gateway.request import GatewayResponse, RefusedError
from pulumi_sandbox.aws.role_clients import Assumer, role_client

_ASSUMER = Assumer("apigateway.amazonaws.com", "BackplaneAssumeRoleSession")
_INTERNAL = "Internal Server Error"


@dataclass(frozen=True, slots=True)
class Action:
    """One subtype. ``json`` are the parameters whose mapped text is JSON; ``answer`` writes the body."""

    service: str
    operation: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    lower_case: bool
    answer: Callable[[Mapping[str, Any]], tuple[str, bytes]]
    json: frozenset[str] = frozenset()


def _json_default(value: Any) -> Any:
    return value.timestamp() if isinstance(value, datetime) else str(value)


def _as_json(result: Mapping[str, Any]) -> tuple[str, bytes]:
    return "application/json", json.dumps(result, default=_json_default).encode()


def _sent_message(result: Mapping[str, Any]) -> tuple[str, bytes]:
    # SQS answers these calls in its older protocol.
    members = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in result.items())
    text = (
        '<?xml version="1.0"?><SendMessageResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/">'
        f"<SendMessageResult>{members}</SendMessageResult></SendMessageResponse>"
    )
    return "text/xml", text.encode()


ACTIONS: Mapping[str, Action] = {
    "SQS-SendMessage": Action(
        "sqs",
        "send_message",
        ("QueueUrl", "MessageBody"),
        ("DelaySeconds", "MessageAttributes", "MessageDeduplicationId", "MessageGroupId", "Region"),
        lower_case=False,
        answer=_sent_message,
        json=frozenset({"DelaySeconds", "MessageAttributes"}),
    ),
    "StepFunctions-StartExecution": Action(
        "stepfunctions",
        "start_execution",
        ("StateMachineArn",),
        ("Name", "Input", "Region"),
        lower_case=True,
        answer=_as_json,
    ),
    "StepFunctions-StartSyncExecution": Action(
        "stepfunctions",
        "start_sync_execution",
        ("StateMachineArn",),
        ("Name", "Input", "Region", "TraceHeader"),
        lower_case=True,
        answer=_as_json,
    ),
}


def check(integration: Integration) -> None:
    """Return if the gateway can make this integration's calls. Raises RefusedError that says what is wrong."""
    action = ACTIONS.get(integration.subtype or "")
    if action is None:
        raise RefusedError(500, _INTERNAL, f"the sandbox's gateway has no {integration.subtype} integration")
    if not integration.credentials_arn:
        raise RefusedError(500, _INTERNAL, f"the {integration.subtype} integration needs a credentials role")
    missing = [name for name in action.required if name not in integration.parameters]
    unknown = [name for name in integration.parameters if name not in (*action.required, *action.optional)]
    if missing or unknown:
        told = f"parameters missing: {missing}, not known: {unknown}"
        raise RefusedError(500, _INTERNAL, f"the {integration.subtype} integration is not complete: {told}")


def call(integration: Integration, mapping: ParameterMapping, region: str) -> GatewayResponse:
    """Return the service's answer. Raises RefusedError."""
    action = ACTIONS[integration.subtype or ""]
    mapped = {name: mapping.value(text) for name, text in integration.parameters.items()}
    missing = [name for name in action.required if mapped.get(name) is None]
    if missing:
        raise RefusedError(400, "Bad Request", f"the request gives no value for {', '.join(missing)}")
    try:
        given = {name: json.loads(text) if name in action.json else text for name, text in mapped.items() if text}
    except ValueError as error:
        raise RefusedError(400, "Bad Request", f"a mapped parameter is not JSON: {error}") from error
    place = given.pop("Region", region)
    arguments = {name[:1].lower() + name[1:] if action.lower_case else name: value for name, value in given.items()}
    endpoint = current().executor.home.endpoint
    try:
        client = role_client(action.service, integration.credentials_arn or "", place, endpoint, _ASSUMER)
        result: dict[str, Any] = getattr(client, action.operation)(**arguments)
    except ClientError as error:
        return _refusal(error)
    except iam.AccessDeniedError as error:
        raise RefusedError(500, _INTERNAL, f"the integration's role cannot be assumed: {error}") from error
    except BotoCoreError as error:
        raise RefusedError(400, "Bad Request", f"the call of {action.service} is not valid: {error}") from error
    metadata = result.pop("ResponseMetadata", {})
    kind, body = action.answer(result)
    headers = (("content-type", kind), ("x-amzn-requestid", str(metadata.get("RequestId", ""))))
    return GatewayResponse(200, body, headers)


def _refusal(error: ClientError) -> GatewayResponse:
    details: Mapping[str, Any] = error.response.get("Error", {})
    status: int = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
    body = json.dumps({"__type": details.get("Code", ""), "message": details.get("Message", "")})
    return GatewayResponse(status, body.encode(), (("content-type", "application/json"),))
