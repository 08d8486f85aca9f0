"""Task states: a call, and for some the wait for its outcome."""

import functools
import json
import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from pulumi_sandbox.aws.states import flow, integrations, task_tokens
from pulumi_sandbox.aws.states.api_errors import optimised_error
from pulumi_sandbox.aws.states.control import StoppedError
from pulumi_sandbox.aws.states.frame import Frame, check_size, encode
from pulumi_sandbox.aws.states.integrations import Clients
from pulumi_sandbox.aws.states.language import resources
from pulumi_sandbox.aws.states.language.errors import TASK_FAILED, TIMEOUT, StateError
from pulumi_sandbox.aws.states.language.resources import Resource
from pulumi_sandbox.aws.states.run_states import State

_POLL_SECONDS = 0.1
_MOST_POLL_SECONDS = 2.0
_WHOLE = {"truncated": False}


def run(_name: str, state: State, value: Any, frame: Frame) -> Any:
    """Return the task's result. Raises StateError and StoppedError."""
    resource = resources.parse(state["Resource"])
    timeout = flow.whole_number(state, "TimeoutSeconds", value, frame, least=1)
    heartbeat = flow.whole_number(state, "HeartbeatSeconds", value, frame, least=1)
    token = _token(resource, frame)
    role = _credentials(state, value, frame)
    clients = integrations.clients_of(frame.machine, role)
    try:
        if frame.resumed and frame.resumed.token:
            return _recorded(resource, frame, lambda: task_tokens.wait(token or "", frame.control, timeout, heartbeat))
        given = flow.arguments(state, value, frame)
        _record_start(resource, given, timeout, heartbeat, role, frame)
        return _recorded(
            resource, frame, lambda: _performed(resource, given, clients, token, timeout, heartbeat, frame)
        )
    finally:
        if token:
            task_tokens.forget(token)
            frame.context.pop("Task", None)


def _recorded(resource: Resource, frame: Frame, work: Callable[[], Any]) -> Any:
    try:
        result = work()
        check_size(result, f"The state/task '{resource.arn}'")
    except StateError as error:
        _record_failure(resource, error, frame)
        raise
    if resource.kind == "lambda":
        frame.record_data("LambdaFunctionSucceeded", "lambdaFunctionSucceeded", "output", result)
    else:
        _record_task("TaskSucceeded", "taskSucceeded", resource, frame, output=encode(result), outputDetails=_WHOLE)
    return result


def _token(resource: Resource, frame: Frame) -> str | None:
    if resource.pattern != "waitForTaskToken":
        return None
    resumed = frame.resumed.token if frame.resumed else None
    token = resumed or task_tokens.new_token(frame.machine.execution_arn)
    task_tokens.expect(token, frame.control)
    frame.context["Task"] = {"Token": token}
    return token


def _credentials(state: State, value: Any, frame: Frame) -> str | None:
    given = state.get("Credentials")
    if given is None:
        return None
    jsonata = flow.is_jsonata(state, frame)
    filled = flow.arguments({"Arguments" if jsonata else "Parameters": given}, value, frame)
    return filled["RoleArn"]


def _performed(
    resource: Resource,
    given: Any,
    clients: Clients,
    token: str | None,
    timeout: float | None,
    heartbeat: float | None,
    frame: Frame,
) -> Any:
    started = time.monotonic()
    try:
        answer = frame.control.call(functools.partial(integrations.call, resource, given, clients), timeout)
    except TimeoutError as error:
        raise StateError(TIMEOUT) from error
    if not resource.pattern:
        return answer
    _record_task("TaskSubmitted", "taskSubmitted", resource, frame, output=encode(answer), outputDetails=_WHOLE)
    left = None if timeout is None else max(0.0, started + timeout - time.monotonic())
    if token:
        if frame.checkpoint:
            frame.checkpoint(token=token)
        return task_tokens.wait(token, frame.control, left, heartbeat)
    return _followed(resource, answer["ExecutionArn"], clients, left, frame)


def _followed(resource: Resource, execution_arn: str, clients: Clients, left: float | None, frame: Frame) -> Any:
    """Wait for another execution, and stop it when this one is stopped."""
    client = clients("stepfunctions")
    until = None if left is None else time.monotonic() + left
    pause = _POLL_SECONDS
    try:
        while True:
            answer, _ = integrations.send(client, "describeExecution", {"ExecutionArn": execution_arn})
            if answer["Status"] != "RUNNING":
                break
            if until is not None and time.monotonic() >= until:
                client.stop_execution(executionArn=execution_arn)
                raise StateError(TIMEOUT)
            frame.control.sleep(pause)
            pause = min(pause * 1.5, _MOST_POLL_SECONDS)
    except StoppedError:
        client.stop_execution(executionArn=execution_arn)
        raise
    except ClientError as error:
        raise optimised_error("states", error) from error
    if answer["Status"] != "SUCCEEDED":
        raise StateError(TASK_FAILED, encode(answer))
    if resource.pattern == "sync:2":
        answer = {**answer, "Input": json.loads(answer["Input"]), "Output": json.loads(answer["Output"])}
    return answer


def _record_task(kind: str, name: str, resource: Resource, frame: Frame, **details: Any) -> None:
    service = f"aws-sdk:{resource.service}" if resource.kind == "aws-sdk" else resource.service
    action = resource.action + (f".{resource.pattern}" if resource.pattern else "")
    shown = {key: value for key, value in details.items() if value is not None}
    frame.record(kind, name, resourceType=service, resource=action, **shown)


def _record_start(
    resource: Resource, given: Any, timeout: float | None, heartbeat: float | None, role: str | None, frame: Frame
) -> None:
    credentials = {"roleArn": role} if role else None
    if resource.kind == "lambda":
        limits = {} if timeout is None else {"timeoutInSeconds": timeout}
        limits |= {"taskCredentials": credentials} if credentials else {}
        frame.record_data(
            "LambdaFunctionScheduled", "lambdaFunctionScheduled", "input", given, resource=resource.arn, **limits
        )
        frame.record("LambdaFunctionStarted")
        return
    _record_task(
        "TaskScheduled",
        "taskScheduled",
        resource,
        frame,
        region=frame.machine.region,
        parameters=encode(given),
        timeoutInSeconds=timeout,
        heartbeatInSeconds=heartbeat,
        taskCredentials=credentials,
    )
    _record_task("TaskStarted", "taskStarted", resource, frame)


def _record_failure(resource: Resource, error: StateError, frame: Frame) -> None:
    ending = "TimedOut" if error.error == TIMEOUT else "Failed"
    if resource.kind == "lambda":
        frame.record(f"LambdaFunction{ending}", f"lambdaFunction{ending}", **_shown(error))
    else:
        _record_task(f"Task{ending}", f"task{ending}", resource, frame, **_shown(error))


def _shown(error: StateError) -> dict[str, str]:
    return {"error": error.error, **({"cause": error.cause} if error.cause else {})}
