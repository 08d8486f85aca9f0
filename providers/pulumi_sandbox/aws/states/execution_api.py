"""The operations on executions, task tokens and map runs."""

import json
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from moto.core.responses import ActionResult, EmptyResult

from pulumi_sandbox.aws.moto_gaps.wrapping import add, wrap
from pulumi_sandbox.aws.moto_lock import moto_state_released
from pulumi_sandbox.aws.states import installed, machines, map_runs, store, task_tokens
from pulumi_sandbox.aws.states.frame import MAX_DATA_BYTES
from pulumi_sandbox.aws.states.refusals import RefusedError, no_execution, wrong_type

_INCLUDED = {"included": True}


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _record(response: Any, machine: Any, *, express: bool) -> store.Record:
    """Return the record of a new execution. Raises RefusedError."""
    given: str = response._get_param("input") or "{}"
    if len(given.encode()) > MAX_DATA_BYTES:
        raise RefusedError("InvalidExecutionInput", f"The input is over {MAX_DATA_BYTES} bytes")
    try:
        json.loads(given)
    except ValueError as error:
        message = f"Invalid State Machine Execution Input: '{error}'"
        raise RefusedError("InvalidExecutionInput", message) from error
    name: str = response._get_param("name") or str(uuid.uuid4())
    response.stepfunction_backend._validate_name(name)
    asked: str = response._get_param("stateMachineArn")
    place, machine_name = asked.split(":stateMachine:")
    kind, suffix = ("express", f":{uuid.uuid4()}") if express else ("execution", "")
    return {
        "executionArn": f"{place}:{kind}:{machine_name.split(':')[0]}:{name}{suffix}",
        "stateMachineArn": ":".join([place, "stateMachine", machine_name.split(":")[0]]),
        **({"stateMachineVersionArn": machine.arn} if machine.arn.count(":") == 7 else {}),
        "name": name,
        "status": "RUNNING",
        "startDate": time.time(),
        "input": given,
        "definition": machine.definition,
        "roleArn": machine.roleArn,
        "loggingConfiguration": dict(machine.loggingConfiguration),
        "traceHeader": response._get_param("traceHeader"),
        "line": None,
    }


def _start(_original: Callable[..., Any], response: Any) -> ActionResult:
    machine = machines.find(response.stepfunction_backend, response._get_param("stateMachineArn"))
    express = machine.type == "EXPRESS"
    record = _record(response, machine, express=express)
    earlier = None if express else store.find(record["executionArn"])
    if earlier is not None:
        # The same name and input again is the same execution, as long as it runs.
        if earlier["status"] != "RUNNING" or earlier["input"] != record["input"]:
            raise RefusedError("ExecutionAlreadyExists", f"Execution Already Exists: '{record['executionArn']}'")
        record = earlier
    else:
        installed.current().executions.start(record, express=express)
    return ActionResult({"executionArn": record["executionArn"], "startDate": _time(record["startDate"])})


def _start_sync(response: Any) -> ActionResult:
    machine = machines.find(response.stepfunction_backend, response._get_param("stateMachineArn"))
    if machine.type != "EXPRESS":
        raise wrong_type(machine.arn)
    record = _record(response, machine, express=True)
    with moto_state_released():
        outcome = installed.current().executions.run(record)
    ended = time.time()
    status = "FAILED" if outcome["status"] == "ABORTED" else outcome["status"]
    milliseconds = max(100, round((ended - record["startDate"]) * 10 + 0.5) * 100)
    data = {"outputDetails": _INCLUDED} if "output" in outcome else {}
    return ActionResult(
        {
            **{name: record[name] for name in ("executionArn", "stateMachineArn", "name", "input")},
            **outcome,
            **data,
            "inputDetails": _INCLUDED,
            "status": status,
            "startDate": _time(record["startDate"]),
            "stopDate": _time(ended),
            "billingDetails": {"billedMemoryUsedInMB": 64, "billedDurationInMilliseconds": milliseconds},
        }
    )


def _found(response: Any) -> store.Record:
    arn: str = response._get_param("executionArn") or ""
    parts = arn.split(":")
    if len(parts) > 5 and parts[5] == "express":
        raise RefusedError("InvalidArn", f"Invalid Arn: 'Resource type not valid in this context: express': '{arn}'")
    record = store.find(arn)
    if record is None:
        raise no_execution(arn)
    return record


def _summary(record: Mapping[str, Any], *names: str) -> dict[str, Any]:
    shown = ("executionArn", "stateMachineArn", "stateMachineVersionArn", "name", "status", *names)
    summary = {name: record[name] for name in shown if record.get(name) is not None}
    stop = {"stopDate": _time(record["stopDate"])} if record.get("stopDate") else {}
    return {**summary, "startDate": _time(record["startDate"]), **stop}


def _describe(_original: Callable[..., Any], response: Any) -> ActionResult:
    record = _found(response)
    details = {f"{name}Details": _INCLUDED for name in ("input", "output") if record.get(name) is not None}
    shown = _summary(record, "input", "output", "error", "cause", "traceHeader")
    return ActionResult({**shown, **details, "redriveCount": 0})


def _describe_machine(_original: Callable[..., Any], response: Any) -> ActionResult:
    record = _found(response)
    return ActionResult(
        {
            "stateMachineArn": record["stateMachineArn"],
            "name": record["stateMachineArn"].rpartition(":")[2],
            "definition": record["definition"],
            "roleArn": record["roleArn"],
            "updateDate": _time(record["startDate"]),
            "loggingConfiguration": record["loggingConfiguration"],
        }
    )


def _page(response: Any, items: list[Any]) -> tuple[list[Any], dict[str, str]]:
    start, most = int(response._get_param("nextToken") or 0), int(response._get_param("maxResults") or 100)
    following = {"nextToken": str(start + most)} if start + most < len(items) else {}
    return items[start : start + most], following


def _list(_original: Callable[..., Any], response: Any) -> ActionResult:
    arn: str = response._get_param("stateMachineArn") or ""
    if not arn:
        raise RefusedError("ValidationException", "The sandbox lists the executions of a stateMachineArn only")
    machine = machines.find(response.stepfunction_backend, arn)
    if machine.type == "EXPRESS":
        raise wrong_type(arn)
    wanted = response._get_param("statusFilter")
    found = [each for each in store.executions(":".join(arn.split(":")[:7])) if wanted in (None, each["status"])]
    shown, following = _page(response, found)
    return ActionResult({"executions": [_summary(record) for record in shown], **following})


def _history(_original: Callable[..., Any], response: Any) -> ActionResult:
    record = _found(response)
    events = store.events(record["executionArn"])
    if response._get_param("reverseOrder"):
        events.reverse()
    if response._get_param("includeExecutionData") is False:
        events = [_without_data(event) for event in events]
    shown, following = _page(response, events)
    timed = [{**event, "timestamp": _time(event["timestamp"])} for event in shown]
    return ActionResult({"events": timed, **following})


def _without_data(event: dict[str, Any]) -> dict[str, Any]:
    data = ("input", "output", "parameters")
    return {
        key: {name: item for name, item in value.items() if name not in data} if isinstance(value, dict) else value
        for key, value in event.items()
    }


def _stop(_original: Callable[..., Any], response: Any) -> ActionResult:
    record = _found(response)
    if record["status"] == "RUNNING":
        error, cause = response._get_param("error"), response._get_param("cause")
        with moto_state_released():
            installed.current().executions.abort(record["executionArn"], error, cause)
    stopped = store.find(record["executionArn"]) or record
    return ActionResult({"stopDate": _time(stopped.get("stopDate") or time.time())})


def _with_token(act: Callable[[Any], None]) -> Callable[..., Any]:
    def answer(_original: Callable[..., Any], response: Any) -> EmptyResult:
        try:
            act(response)
        except task_tokens.InvalidTokenError as error:
            raise RefusedError("InvalidToken", f"Invalid Token: '{error}'") from error
        except task_tokens.LateTokenError as error:
            raise RefusedError("TaskTimedOut", f"Task Timed Out: '{error}'") from error
        except ValueError as error:
            raise RefusedError("InvalidOutput", f"Invalid Output: '{error}'") from error
        return EmptyResult()

    return answer


def _succeed(response: Any) -> None:
    task_tokens.succeed(response._get_param("taskToken"), response._get_param("output"))


def _fail(response: Any) -> None:
    error, cause = response._get_param("error"), response._get_param("cause")
    task_tokens.fail(response._get_param("taskToken"), error or "", cause or "")


def _beat(response: Any) -> None:
    task_tokens.beat(response._get_param("taskToken"))


def _map_run(record: Mapping[str, Any]) -> dict[str, Any]:
    times = {name: _time(record[name]) for name in ("startDate", "stopDate") if name in record}
    return {**record, **times, "redriveCount": 0}


def _describe_map_run(_original: Callable[..., Any], response: Any) -> ActionResult:
    arn: str = response._get_param("mapRunArn")
    record = map_runs.records.get(arn)
    if record is None:
        raise RefusedError("ResourceNotFound", f"Resource not found: '{arn}'")
    return ActionResult(_map_run(record))


def _list_map_runs(_original: Callable[..., Any], response: Any) -> ActionResult:
    record = _found(response)
    runs = [each for each in map_runs.records.snapshot().values() if each["executionArn"] == record["executionArn"]]
    shown = ("executionArn", "mapRunArn", "startDate", "stopDate")
    listed = [{name: value for name, value in _map_run(each).items() if name in shown} for each in runs]
    return ActionResult({"mapRuns": [{**each, "stateMachineArn": record["stateMachineArn"]} for each in listed]})


def install() -> None:
    """Replace moto's operations, which run nothing."""
    from moto.stepfunctions.responses import StepFunctionResponse

    for name, method in (
        ("start_execution", _start),
        ("describe_execution", _describe),
        ("describe_state_machine_for_execution", _describe_machine),
        ("list_executions", _list),
        ("get_execution_history", _history),
        ("stop_execution", _stop),
        ("send_task_success", _with_token(_succeed)),
        ("send_task_failure", _with_token(_fail)),
        ("send_task_heartbeat", _with_token(_beat)),
        ("describe_map_run", _describe_map_run),
        ("list_map_runs", _list_map_runs),
    ):
        wrap(StepFunctionResponse, name, method)
    add(StepFunctionResponse, "start_sync_execution", _start_sync)
