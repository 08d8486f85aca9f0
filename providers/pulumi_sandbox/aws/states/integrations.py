"""Calls that Task states make: any AWS API, as the machine's role."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError

from pulumi_sandbox import iam
from pulumi_sandbox.aws.role_clients import Assumer, assumed_client, role_client
from pulumi_sandbox.aws.states import api_errors, api_shapes, bedrock_models
from pulumi_sandbox.aws.states.frame import Machine
from pulumi_sandbox.aws.states.language.errors import RUNTIME, TASK_FAILED, StateError
from pulumi_sandbox.aws.states.language.resources import Resource
from pulumi_sandbox.aws.states.sdk_services import botocore_name

Clients = Callable[[str], Any]
ASSUMER = Assumer("states.amazonaws.com", "StepFunctions")
_OPTIMISED_CLIENTS = {"states": "stepfunctions"}


def clients_of(machine: Machine, other_role: str | None = None) -> Clients:
    """Return what makes clients by botocore's service name, as the machine's role or one that it assumes."""

    regional = Assumer(f"states.{machine.region}.amazonaws.com", ASSUMER.session)
    assumer = ASSUMER if iam.may_assume(machine.role, ASSUMER.service) else regional

    def own(service: str) -> Any:
        return role_client(service, machine.role, machine.region, machine.endpoint, assumer)

    def other(service: str) -> Any:
        return assumed_client(service, own("sts"), other_role or "", machine.endpoint, ASSUMER.session)

    return other if other_role else own


def call(resource: Resource, parameters: Any, clients: Clients) -> Any:
    """Return the result of a task's call. Raises StateError."""
    try:
        if resource.kind == "aws-sdk":
            return _call_sdk(resource, parameters, clients)
        if resource.kind == "lambda":
            return invoke(resource.arn, parameters, clients)
        return _call_optimised(resource, parameters, clients)
    except iam.AccessDeniedError as error:
        raise StateError(TASK_FAILED, str(error)) from error
    except api_shapes.UnknownMemberError as error:
        raise StateError(RUNTIME, f"An error occurred while executing the state: {error}") from error
    except BotoCoreError as error:
        raise StateError(
            f"{api_errors.sdk_name(resource.service.capitalize())}.SdkClientException", str(error)
        ) from error


def _operation(client: Any, action: str) -> tuple[Any, Callable[..., Any]]:
    names = {name.lower(): name for name in client.meta.service_model.operation_names}
    name = names.get(action.lower())
    if name is None:
        raise StateError(RUNTIME, f"{client.meta.service_model.service_name} has no API action {action}")
    return client.meta.service_model.operation_model(name), getattr(client, xform_name(name))


def send(client: Any, action: str, parameters: Any) -> tuple[Any, dict[str, Any]]:
    """Return the result of an API call in the form of state machines, and its metadata.

    Raises ClientError, BotoCoreError and UnknownMemberError.
    """
    model, method = _operation(client, action)
    given = parameters if isinstance(parameters, dict) else {}
    answer = method(**(api_shapes.to_request(given, model.input_shape) if model.input_shape else {}))
    metadata = answer.pop("ResponseMetadata", {})
    return api_shapes.from_response(answer, model.output_shape), metadata


def _call_sdk(resource: Resource, parameters: Any, clients: Clients) -> Any:
    try:
        client = clients(botocore_name(resource.service))
    except LookupError as error:
        raise StateError(RUNTIME, f"There is no AWS service {resource.service}.") from error
    try:
        return send(client, resource.action, parameters)[0]
    except ClientError as error:
        raise api_errors.sdk_error(str(client.meta.service_model.service_id), error) from error


def invoke(function: str, payload: Any, clients: Clients) -> Any:
    """Return what a function returns, called by its ARN alone. Raises StateError."""
    return _invoke({"FunctionName": function, "Payload": payload}, clients)["Payload"]


def _invoke(parameters: Mapping[str, Any], clients: Clients) -> dict[str, Any]:
    client = clients("lambda")
    given = dict(parameters)
    payload = given.pop("Payload", {})
    body = payload if isinstance(payload, str) and _is_json(payload) else json.dumps(payload)
    try:
        answer: dict[str, Any] = client.invoke(**given, Payload=body.encode())
    except ClientError as error:
        raise api_errors.optimised_error("lambda", error) from error
    text = answer["Payload"].read().decode()
    result = json.loads(text) if text else None
    if answer.get("FunctionError"):
        failure: Any = result if isinstance(result, dict) else {}
        raise StateError(failure.get("errorType", "Exception"), text)
    members = {name: answer[name] for name in ("ExecutedVersion", "LogResult") if name in answer}
    return {
        **members,
        "Payload": result,
        **_sdk_metadata(answer["ResponseMetadata"]),
        "StatusCode": answer["StatusCode"],
    }


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _sdk_metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    headers: dict[str, str] = metadata.get("HTTPHeaders", {})
    return {
        "SdkHttpMetadata": {
            "AllHttpHeaders": {name: [value] for name, value in headers.items()},
            "HttpHeaders": headers,
            "HttpStatusCode": metadata.get("HTTPStatusCode"),
        },
        "SdkResponseMetadata": {"RequestId": metadata.get("RequestId")},
    }


def _call_optimised(resource: Resource, parameters: Any, clients: Clients) -> Any:
    given: dict[str, Any] = parameters if isinstance(parameters, dict) else {}
    if resource.service == "lambda":
        return _invoke(given, clients)
    client_name = _OPTIMISED_CLIENTS.get(resource.service, resource.service)
    try:
        if resource.service == "bedrock":
            return bedrock_models.invoke_model(given, clients)
        result, metadata = send(clients(client_name), resource.action, given)
    except ClientError as error:
        raise api_errors.optimised_error(resource.service, error) from error
    if result.get("FailedEntryCount"):
        raise StateError("EventBridge.FailedEntry", json.dumps(result))
    return {**result, **_sdk_metadata(metadata)}
