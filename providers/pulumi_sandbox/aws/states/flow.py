"""How data goes into a state and comes out of it, in both query languages."""

from collections.abc import Mapping
from typing import Any

from pulumi_sandbox.aws.states.frame import Frame
from pulumi_sandbox.aws.states.language import json_path, jsonata_expressions, templates
from pulumi_sandbox.aws.states.language.errors import QUERY_EVALUATION, RUNTIME, StateError
from pulumi_sandbox.aws.states.language.fields import JSONATA

State = Mapping[str, Any]


def language_of(state: State, frame: Frame) -> str:
    """Return the query language of a state."""
    return state.get("QueryLanguage") or frame.language


def is_jsonata(state: State, frame: Frame) -> bool:
    """Return whether the state is in JSONata."""
    return language_of(state, frame) == JSONATA


def _by_path(state: State, field: str, value: Any, frame: Frame) -> Any:
    path = state.get(field, "$")
    return {} if path is None else templates.dynamic_value(path, frame.scope(value), RUNTIME)


def effective_input(state: State, value: Any, frame: Frame) -> Any:
    """Return the input after InputPath; in JSONata, the input. Raises StateError."""
    return value if is_jsonata(state, frame) else _by_path(state, "InputPath", value, frame)


def arguments(state: State, value: Any, frame: Frame) -> Any:
    """Return what a state works on: Parameters or Arguments filled, else its input. Raises StateError."""
    if is_jsonata(state, frame):
        template = state.get("Arguments")
        return value if template is None else jsonata_expressions.fill(template, frame.scope(value, input=value))
    chosen = effective_input(state, value, frame)
    template = state.get("Parameters")
    return chosen if template is None else templates.fill(template, frame.scope(chosen))


def setting(state: State, field: str, value: Any, frame: Frame) -> Any:
    """Return a setting given as a value, as an expression, or as a path (``<field>Path``); None when it is not set."""
    if field in state:
        given = state[field]
        return jsonata_expressions.fill(given, frame.scope(value, input=value)) if is_jsonata(state, frame) else given
    path = state.get(f"{field}Path")
    if path is None:
        return None
    return templates.dynamic_value(path, frame.scope(effective_input(state, value, frame)), RUNTIME)


def whole_number(state: State, field: str, value: Any, frame: Frame, *, least: int = 0) -> int | None:
    """Return a setting that must be a whole number. Raises StateError."""
    number = setting(state, field, value, frame)
    if number is not None and (not isinstance(number, int) or isinstance(number, bool) or number < least):
        raise StateError(
            QUERY_EVALUATION if is_jsonata(state, frame) else RUNTIME,
            f"{field} must be a whole number of at least {least}; it is {number!r}.",
        )
    return number


def output(state: State, value: Any, result: Any, frame: Frame) -> Any:
    """Return a state's output, and set its variables. ``result`` is what its work returned. Raises StateError."""
    if is_jsonata(state, frame):
        scope = frame.scope(value, input=value, result=result)
        assigned = jsonata_expressions.fill(state.get("Assign", {}), scope)
        made = jsonata_expressions.fill(state["Output"], scope) if "Output" in state else result
    else:
        assigned = templates.fill(state.get("Assign", {}), frame.scope(result))
        if "ResultSelector" in state:
            result = templates.fill(state["ResultSelector"], frame.scope(result))
        path = state.get("ResultPath", "$")
        combined = value if path is None else json_path.put(path, value, result)
        made = _by_path(state, "OutputPath", combined, frame)
    frame.assign(assigned)
    return made


def passed(state: State, value: Any, frame: Frame, rule: State | None = None) -> Any:
    """Return the output of a state that has no result (Wait, Choice, Succeed); ``rule`` may say it otherwise."""
    chosen = effective_input(state, value, frame)
    saying = state if rule is None else rule
    if not is_jsonata(state, frame):
        frame.assign(templates.fill(saying.get("Assign", {}), frame.scope(chosen)))
        return _by_path(state, "OutputPath", chosen, frame)
    scope = frame.scope(value, input=value)
    assigned = jsonata_expressions.fill(saying.get("Assign", {}), scope)
    made = jsonata_expressions.fill(saying["Output"], scope) if "Output" in saying else value
    frame.assign(assigned)
    return made


def caught(state: State, catcher: State, value: Any, error: StateError, frame: Frame) -> Any:
    """Return what a catcher hands on, and set its variables. Raises StateError."""
    if is_jsonata(state, frame):
        scope = frame.scope(value, input=value, errorOutput=error.output)
        assigned = jsonata_expressions.fill(catcher.get("Assign", {}), scope)
        made = jsonata_expressions.fill(catcher["Output"], scope) if "Output" in catcher else error.output
    else:
        assigned = templates.fill(catcher.get("Assign", {}), frame.scope(error.output))
        path = catcher.get("ResultPath", "$")
        made = value if path is None else json_path.put(path, value, error.output)
    frame.assign(assigned)
    return made
