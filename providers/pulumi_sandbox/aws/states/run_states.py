"""Runs states one after another, with their retriers and catchers."""

import random
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from pulumi_sandbox.aws.states import flow
from pulumi_sandbox.aws.states.control import StoppedError
from pulumi_sandbox.aws.states.frame import Frame, Resumed, check_size, iso_time
from pulumi_sandbox.aws.states.language.errors import StateError, takes

State = Mapping[str, Any]
Work = Callable[[str, State, Any, Frame], Any]

_ABORTED_KINDS = frozenset({"Map", "Parallel", "Task", "Wait"})


class Transition(NamedTuple):
    """Where a state leads, and with what; the last state leads to None."""

    next: str | None
    output: Any


def run_part(part: State, value: Any, frame: Frame, start: str | None = None) -> Any:
    """Run the states of a machine, a branch or an item processor from ``start``; returns the last output.

    Raises StateError for a failure that nothing caught, and StoppedError.
    """
    frame.language = part.get("QueryLanguage", frame.language)
    name: str = start or part["StartAt"]
    while True:
        frame.control.check()
        transition = _run_state(name, part["States"][name], value, frame)
        if transition.next is None:
            return transition.output
        name, value = transition.next, transition.output


def _run_state(name: str, state: State, value: Any, frame: Frame) -> Transition:
    from pulumi_sandbox.aws.states.kinds import DECIDING, WORKING

    kind = state["Type"]
    resumed = frame.resumed
    entered = resumed.entered if resumed else time.time()
    frame.context["State"] = {
        "EnteredTime": iso_time(entered),
        "Name": name,
        "RetryCount": resumed.retries if resumed else 0,
    }
    if resumed is None:
        if frame.checkpoint:
            frame.checkpoint(
                state=name, input=value, variables=dict(frame.variables), entered=entered, retries=0, token=None
            )
        frame.record_data(f"{kind}StateEntered", "stateEntered", "input", value, name=name)
        frame.resumed = Resumed(entered) if kind == "Wait" else None
    try:
        if kind in DECIDING:
            transition = DECIDING[kind](state, value, frame)
        else:
            transition = _worked(name, state, value, frame, WORKING[kind])
    except StoppedError:
        if kind in _ABORTED_KINDS:
            frame.record(f"{kind}StateAborted")
        raise
    frame.resumed = None
    check_size(transition.output, f"The state '{name}'")
    frame.record_data(f"{kind}StateExited", "stateExited", "output", transition.output, name=name)
    return transition


def _worked(name: str, state: State, value: Any, frame: Frame, work: Work) -> Transition:
    try:
        made = _with_retries(name, state, value, frame, work)
    except StateError as error:
        catcher = next((each for each in state.get("Catch", ()) if takes(each["ErrorEquals"], error.error)), None)
        if catcher is None:
            raise
        return Transition(catcher["Next"], flow.caught(state, catcher, value, error, frame))
    return Transition(state.get("Next"), made)


def _with_retries(name: str, state: State, value: Any, frame: Frame, work: Work) -> Any:
    retriers: list[State] = state.get("Retry", [])
    used = [0] * len(retriers)
    while True:
        try:
            result = work(name, state, value, frame)
            return flow.output(state, value, result, frame)
        except StateError as error:
            found = [number for number, each in enumerate(retriers) if takes(each["ErrorEquals"], error.error)]
            if not found or used[found[0]] >= retriers[found[0]].get("MaxAttempts", 3):
                raise
            delay = _delay_seconds(retriers[found[0]], used[found[0]])
        used[found[0]] += 1
        frame.resumed = None
        frame.context["State"]["RetryCount"] += 1
        if frame.checkpoint:
            frame.checkpoint(retries=frame.context["State"]["RetryCount"], token=None)
        frame.control.sleep(delay)


def _delay_seconds(retrier: State, attempts: int) -> float:
    delay = retrier.get("IntervalSeconds", 1) * retrier.get("BackoffRate", 2.0) ** attempts
    delay = min(delay, retrier.get("MaxDelaySeconds", delay))
    return random.uniform(0, delay) if retrier.get("JitterStrategy") == "FULL" else delay  # noqa: S311 - no secret
