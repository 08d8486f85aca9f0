"""Sends one event to one target, by its ARN: as a role, whose policies decide, or as a service, by the target's own.

What is sent goes through the AWS APIs of the sandbox, so it is on disk at the target when it counts as sent.
"""

import base64
import functools
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError

from pulumi_sandbox import iam
from pulumi_sandbox.aws.access import Access, Place
from pulumi_sandbox.aws.functions.errors import InvokeError
from pulumi_sandbox.aws.key_access import key_accesses
from pulumi_sandbox.aws.moto_lock import moto_state
from pulumi_sandbox.aws.operations import Operation
from pulumi_sandbox.layout import ACCOUNT_ID

# Service of a target -> the permission that sending to it needs.
_ACTIONS = {
    "events": "events:PutEvents",
    "lambda": "lambda:InvokeFunction",
    "sns": "sns:Publish",
    "sqs": "sqs:SendMessage",
    "states": "states:StartExecution",
}
# Services whose calls tell whose resource they are about, which is all that a topic's default policy asks for.
_TELL_OWNER = frozenset({"cloudwatch.amazonaws.com"})
_THROTTLES = frozenset({"Throttling", "ThrottlingException", "TooManyRequestsException", "OverLimit"})


class RefusedError(Exception):
    """The target will never take this event: it is gone, or does not allow it. ``code`` is the API's error code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends: a service (``sns.amazonaws.com``) for a resource of its own, with or without a role."""

    service: str
    source_arn: str
    role: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """What is sent where. ``parameters`` are further ones of the target's API call, as botocore names them."""

    target: str
    body: str
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def service(self) -> str:
        """The target's service."""
        return self.target.split(":")[2]

    @property
    def region(self) -> str:
        """The target's region."""
        return self.target.split(":")[3]

    @property
    def name(self) -> str:
        """The target's name."""
        return self.target.split(":", 5)[5]


@functools.lru_cache(maxsize=256)
def api_client(
    service: str, region: str, endpoint: str, keys: tuple[str, str, str | None] = ("sandbox", "sandbox", None)
) -> Any:
    """Return a client of the sandbox's own APIs, with a role's keys or as the deployer."""
    return boto3.client(  # pyright: ignore[reportCallIssue, reportUnknownVariableType] - the service is a variable
        service,  # pyright: ignore[reportArgumentType]
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id=keys[0],
        aws_secret_access_key=keys[1],
        aws_session_token=keys[2],
        config=Config(retries={"total_max_attempts": 1}),
    )


def send(letter: Letter, sender: Sender, endpoint: str) -> None:
    """Send, and return when the target has it. Raises RefusedError, or what the API raises for other failures."""
    if letter.service not in _SENDERS:
        raise RefusedError("UNSUPPORTED_TARGET", f"the sandbox does not deliver to {letter.service}: {letter.target}")
    try:
        if not sender.role:
            _authorize(letter, sender)
        _SENDERS[letter.service](letter, _clients(sender, endpoint))
    except iam.AccessDeniedError as error:
        raise RefusedError("NO_PERMISSIONS", str(error)) from error
    except InvokeError as error:
        raise RefusedError(error.code, str(error)) from error
    except ClientError as error:
        code: str = error.response.get("Error", {}).get("Code", "")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
        if status >= 500 or code in _THROTTLES:
            raise
        raise RefusedError(code, str(error)) from error


def _authorize(letter: Letter, sender: Sender) -> None:
    context = {"aws:SourceArn": sender.source_arn, "aws:SourceAccount": ACCOUNT_ID}
    if sender.service in _TELL_OWNER:
        context["aws:SourceOwner"] = ACCOUNT_ID
    needed = Access(_ACTIONS[letter.service], letter.target)
    place = Place(letter.region, ACCOUNT_ID)
    iam.authorize_service(sender.service, needed.action, needed.resource, context, region=letter.region)
    with moto_state():
        keys = key_accesses([needed], Operation(letter.service, ""), place)
    for key in keys:
        key_context = {**key.context, **context}
        iam.authorize_service(sender.service, key.action, key.resource, key_context, region=letter.region)


def _clients(sender: Sender, endpoint: str) -> Callable[[str, str], Any]:
    # The target of a call of any API names no region: it is the schedule's.
    own_region = sender.source_arn.split(":")[3]
    if not sender.role:
        return lambda service, region: api_client(service, region or own_region, endpoint)
    session = sender.service.split(".", 1)[0]
    given = iam.role_credentials(sender.role, session_name=session, service=sender.service)
    keys = given["AWS_ACCESS_KEY_ID"], given["AWS_SECRET_ACCESS_KEY"], given["AWS_SESSION_TOKEN"]
    return lambda service, region: api_client(service, region or own_region, endpoint, keys)


def _to_queue(letter: Letter, clients: Callable[[str, str], Any]) -> None:
    client = clients("sqs", letter.region)
    account, name = letter.target.split(":")[4:6]
    url = client.meta.endpoint_url.rstrip("/") + f"/{account}/{name}"
    attributes = {
        # Kept as text in a letter, which is JSON on disk.
        name: {**value, "BinaryValue": base64.b64decode(value["BinaryValue"])} if "BinaryValue" in value else value
        for name, value in letter.parameters.get("MessageAttributes", {}).items()
    }
    parameters = {**letter.parameters, "MessageAttributes": attributes}
    client.send_message(QueueUrl=url, MessageBody=letter.body, **parameters)


def _to_topic(letter: Letter, clients: Callable[[str, str], Any]) -> None:
    clients("sns", letter.region).publish(TopicArn=letter.target, Message=letter.body, **letter.parameters)


def _to_function(letter: Letter, clients: Callable[[str, str], Any]) -> None:
    clients("lambda", letter.region).invoke(
        FunctionName=letter.target, InvocationType="Event", Payload=letter.body.encode()
    )


def _to_state_machine(letter: Letter, clients: Callable[[str, str], Any]) -> None:
    clients("stepfunctions", letter.region).start_execution(
        stateMachineArn=letter.target, input=letter.body, name=str(uuid.uuid4())
    )


def _to_bus(letter: Letter, clients: Callable[[str, str], Any]) -> None:
    event: dict[str, Any] = json.loads(letter.body)
    entry = {
        "EventBusName": letter.target,
        "Source": letter.parameters.get("Source") or event["source"],
        "DetailType": letter.parameters.get("DetailType") or event["detail-type"],
        "Detail": letter.body if letter.parameters else json.dumps(event["detail"]),
        "Resources": [] if letter.parameters else event.get("resources", []),
    }
    answer = clients("events", letter.region).put_events(Entries=[entry])
    for failure in answer["Entries"]:
        if failure.get("ErrorCode"):
            raise RefusedError(failure["ErrorCode"], failure["ErrorMessage"])


def _to_any_api(letter: Letter, clients: Callable[[str, str], Any]) -> None:
    # arn:aws:scheduler:::aws-sdk:SERVICE:OPERATION, the event being the operation's parameters.
    _, service, operation = letter.name.split(":")
    service = "stepfunctions" if service == "sfn" else service
    getattr(clients(service, ""), xform_name(operation))(**json.loads(letter.body))


_SENDERS: dict[str, Callable[[Letter, Callable[[str, str], Any]], None]] = {
    "events": _to_bus,
    "lambda": _to_function,
    "scheduler": _to_any_api,
    "sns": _to_topic,
    "sqs": _to_queue,
    "states": _to_state_machine,
}
