"""Distributed Map states: a child execution for each item, or batch of items."""

import dataclasses
import json
import time
import uuid
from collections import ChainMap
from typing import Any

from pulumi_sandbox.aws.states import flow, map_items, map_runs
from pulumi_sandbox.aws.states.control import Control, ExecutionTimeoutError
from pulumi_sandbox.aws.states.fan_out import gather
from pulumi_sandbox.aws.states.frame import Frame, encode, iso_time
from pulumi_sandbox.aws.states.history import Event, History
from pulumi_sandbox.aws.states.item_reader import read_items
from pulumi_sandbox.aws.states.language.errors import TIMEOUT, TOLERATED_FAILURES, StateError
from pulumi_sandbox.aws.states.language.scope import independent
from pulumi_sandbox.aws.states.result_writer import write_results
from pulumi_sandbox.aws.states.run_states import State, run_part

EXPRESS_SECONDS = 300.0
"""The most that an express execution may take (Step Functions developer guide, "Quotas")."""
MOST_AT_ONCE = 64  # as many as the machine bears; the cloud runs up to 10,000


def run(state: State, processor: State, value: Any, frame: Frame, most: int) -> Any:
    """Return the outputs of the children, or where they were written. Raises StateError."""
    label = state.get("Label") or str(uuid.uuid4())
    machine_name = frame.machine.arn.rpartition(":")[2]
    place = f"arn:aws:states:{frame.machine.region}:{frame.machine.account}"
    map_run = f"{place}:mapRun:{machine_name}/{label}:{uuid.uuid4()}"
    items = read_items(state, value, frame) if "ItemReader" in state else map_items.items_of(state, value, frame)
    chosen = [
        map_items.selected(
            state, value, item, frame.inner(frame.control, Map={"Item": {"Index": number, "Value": item}})
        )
        for number, item in enumerate(items)
    ]
    inputs = map_items.batched(state, value, chosen, frame)
    tolerance = _tolerance(state, value, frame)
    frame.record("MapStateStarted", "mapStateStarted", length=len(items))
    frame.record("MapRunStarted", "mapRunStarted", mapRunArn=map_run)
    counts = map_runs.Counts(map_run, frame.machine.execution_arn, len(inputs), most, tolerance)
    children: list[dict[str, Any]] = []

    def child(number: int, control: Control) -> dict[str, Any]:
        counts.begin()
        arn = f"{place}:execution:{machine_name}/{label}:{uuid.uuid4()}"
        return _run_child(arn, inputs[number], processor, flow.language_of(state, frame), control, frame)

    def ended(made: dict[str, Any]) -> dict[str, Any]:
        children.append(made)
        if counts.end(made["Status"]):
            raise StateError(TOLERATED_FAILURES, "The specified tolerated failure threshold was exceeded")
        return made

    try:
        results = gather(
            frame.control, len(inputs), lambda number, control: ended(child(number, control)), most=most or MOST_AT_ONCE
        )
        if "ResultWriter" in state:
            output: Any = write_results(state, value, results, map_run, frame)
        else:
            output = [json.loads(each["Output"]) for each in results if each["Status"] == "SUCCEEDED"]
    except StateError as error:
        if "ResultWriter" in state and error.error == TOLERATED_FAILURES:
            write_results(state, value, children, map_run, frame)
        counts.close("FAILED")
        frame.record("MapRunFailed", "mapRunFailed", error=error.error, cause=error.cause)
        frame.record("MapStateFailed")
        raise
    counts.close("SUCCEEDED")
    frame.record("MapRunSucceeded")
    frame.record("MapStateSucceeded")
    return output


def _tolerance(state: State, value: Any, frame: Frame) -> map_runs.Tolerance:
    return map_runs.Tolerance(
        flow.whole_number(state, "ToleratedFailureCount", value, frame) or 0,
        float(flow.setting(state, "ToleratedFailurePercentage", value, frame) or 0),
    )


def _nothing(_event: Event) -> None:
    """Keep no history of children."""


def _run_child(arn: str, value: Any, processor: State, language: str, control: Control, frame: Frame) -> dict[str, Any]:
    express = processor["ProcessorConfig"]["ExecutionType"] == "EXPRESS"
    own = Control(time.monotonic() + EXPRESS_SECONDS, control) if express else control.inner()
    began = time.time()
    execution = {"Id": arn, "Input": value, "Name": arn.rpartition(":")[2], "RoleArn": frame.machine.role}
    inner = Frame(
        machine=dataclasses.replace(frame.machine, execution_arn=arn, express=express),
        control=own,
        history=History(_nothing),
        context={
            "Execution": {**execution, "StartTime": iso_time(began)},
            "StateMachine": frame.context["StateMachine"],
        },
        variables=ChainMap[str, Any](),
        language=language,
    )
    outcome: dict[str, Any]
    try:
        output = run_part(processor, independent(value), inner)
        outcome = {"Status": "SUCCEEDED", "Output": encode(output)}
    except StateError as error:
        outcome = {"Status": "FAILED", "Error": error.error, "Cause": error.cause}
    except ExecutionTimeoutError:
        control.check()  # it may be the whole execution that has no more time
        outcome = {"Status": "FAILED", "Error": TIMEOUT, "Cause": ""}
    return {
        "ExecutionArn": arn,
        "Input": encode(value),
        "InputDetails": {"Included": True},
        "Name": execution["Name"],
        "OutputDetails": {"Included": True},
        "RedriveCount": 0,
        "RedriveStatus": "NOT_REDRIVABLE",
        "StartDate": iso_time(began),
        "StateMachineArn": f"{frame.machine.arn}/{arn.split('/')[-1].split(':')[0]}",
        "StopDate": iso_time(),
        **outcome,
    }
