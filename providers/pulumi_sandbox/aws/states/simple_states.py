"""Pass, Choice, Wait, Succeed and Fail."""

import time
from typing import Any

from pulumi_sandbox.aws.states import flow
from pulumi_sandbox.aws.states.frame import Frame
from pulumi_sandbox.aws.states.language import choice_rules, jsonata_expressions
from pulumi_sandbox.aws.states.language.errors import NO_CHOICE, QUERY_EVALUATION, RUNTIME, StateError
from pulumi_sandbox.aws.states.language.scope import independent
from pulumi_sandbox.aws.states.language.templates import dynamic_value
from pulumi_sandbox.aws.states.run_states import State, Transition


def run_pass(_name: str, state: State, value: Any, frame: Frame) -> Any:
    """Return the state's fixed result, or its input."""
    return independent(state["Result"]) if "Result" in state else flow.arguments(state, value, frame)


def _chosen(state: State, value: Any, frame: Frame) -> State | None:
    if not flow.is_jsonata(state, frame):
        scope = frame.scope(flow.effective_input(state, value, frame))
        return next((rule for rule in state["Choices"] if choice_rules.holds(rule, scope)), None)
    scope = frame.scope(value, input=value)
    for rule in state["Choices"]:
        met = jsonata_expressions.fill(rule["Condition"], scope)
        if not isinstance(met, bool):
            raise StateError(QUERY_EVALUATION, f"The condition {rule['Condition']!r} gave {met!r}, not true or false.")
        if met:
            return rule
    return None


def run_choice(state: State, value: Any, frame: Frame) -> Transition:
    """Follow the first rule that holds, else the default."""
    rule = _chosen(state, value, frame)
    if rule is not None:
        return Transition(rule["Next"], flow.passed(state, value, frame, rule))
    if "Default" not in state:
        raise StateError(NO_CHOICE, "No choice rule is true, and the Choice state has no Default.")
    return Transition(state["Default"], flow.passed(state, value, frame))


def run_wait(state: State, value: Any, frame: Frame) -> Transition:
    """Wait, counted from when the state was entered, even if the sandbox stopped meanwhile."""
    began = frame.resumed.entered if frame.resumed else time.time()
    until: Any = flow.setting(state, "Timestamp", value, frame)
    seconds = flow.whole_number(state, "Seconds", value, frame)
    if seconds is None:
        try:
            seconds = choice_rules.timestamp(until).timestamp() - began
        except ValueError as error:
            raise StateError(RUNTIME, f"Timestamp: {error}.") from error
    frame.control.sleep(began + seconds - time.time())
    return Transition(state.get("Next"), flow.passed(state, value, frame))


def run_succeed(state: State, value: Any, frame: Frame) -> Transition:
    """End well."""
    return Transition(None, flow.passed(state, value, frame))


def _text(state: State, field: str, value: Any, frame: Frame) -> str:
    if f"{field}Path" in state:
        return str(dynamic_value(state[f"{field}Path"], frame.scope(value)))
    return str(flow.setting(state, field, value, frame) or "")


def run_fail(state: State, value: Any, frame: Frame) -> Transition:
    """End badly. Raises the state's StateError."""
    raise StateError(_text(state, "Error", value, frame), _text(state, "Cause", value, frame))
