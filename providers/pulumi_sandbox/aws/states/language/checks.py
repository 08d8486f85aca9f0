"""What is wrong with a definition, as CreateStateMachine says it: every mistake, with its place."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pulumi_sandbox.aws.states.language import fields, state_checks
from pulumi_sandbox.aws.states.language.fields import JSON_PATH, JSONATA

MAX_NAME_CHARACTERS = 80
SCHEMA, MISSING_TARGET, UNREACHABLE, NO_END = (
    "SCHEMA_VALIDATION_FAILED",
    "MISSING_TRANSITION_TARGET",
    "UNREACHABLE_STATE",
    "MISSING_END_STATE",
)


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake; ``place`` is a path into the definition."""

    code: str
    message: str
    place: str

    def __str__(self) -> str:
        return f"{self.code}: {self.message} at {self.place or '/'}"


def mistakes(definition: str, machine_type: str) -> list[Mistake]:
    """Return everything that is wrong with a definition, for a machine of type STANDARD or EXPRESS."""
    try:
        machine = json.loads(definition)
    except ValueError as error:
        return [Mistake("INVALID_JSON_DESCRIPTION", f"The definition is not valid JSON: {error}", "")]
    if not isinstance(machine, dict):
        return [Mistake(SCHEMA, "The definition must be an object", "")]
    parts: dict[str, Any] = machine
    language = parts.get("QueryLanguage", JSON_PATH)
    if language not in fields.STATE_FIELDS:
        return [Mistake(SCHEMA, "QueryLanguage must be JSONPath or JSONata", "/QueryLanguage")]
    return list(_states(parts, "", language, fields.MACHINE_FIELDS, machine_type))


def _states(
    machine: Mapping[str, Any], place: str, language: str, allowed: frozenset[str], machine_type: str
) -> Iterator[Mistake]:
    for name in machine:
        if name not in allowed:
            yield Mistake(SCHEMA, f"Field '{name}' is not supported", f"{place}/{name}")
    states: Any = machine.get("States")
    if not isinstance(states, dict) or not states:
        yield Mistake(SCHEMA, "These fields are required: [States]", place)
        return
    start = machine.get("StartAt")
    if not isinstance(start, str):
        yield Mistake(SCHEMA, "These fields are required: [StartAt]", place)
    elif start not in states:
        yield Mistake(MISSING_TARGET, f"Missing 'Next' target: {start}", f"{place}/StartAt")
    for name, state in states.items():
        here = f"{place}/States/{name}"
        if len(name) > MAX_NAME_CHARACTERS:
            yield Mistake(SCHEMA, f"A state's name has at most {MAX_NAME_CHARACTERS} characters", here)
        if not isinstance(state, dict):
            yield Mistake(SCHEMA, "A state must be an object", here)
            continue
        yield from _state(state, here, states, language, machine_type)
    reached = _reachable(start, states)
    for name in states:
        if reached and name not in reached:
            yield Mistake(UNREACHABLE, f"State '{name}' is not reachable", f"{place}/States/{name}")
    if not any(isinstance(state, dict) and _ends(state) for state in states.values()):
        yield Mistake(NO_END, "No state ends the workflow: set End, or add a Succeed or Fail state", f"{place}/States")


def _ends(state: Mapping[str, Any]) -> bool:
    return state.get("End") is True or state.get("Type") in ("Succeed", "Fail")


def _targets(state: Any) -> Iterator[tuple[str, Any]]:
    """Return the places in a state that name a next state, with the names."""
    if not isinstance(state, dict):
        return
    parts: dict[str, Any] = state
    for field in ("Next", "Default"):
        if field in parts:
            yield f"/{field}", parts[field]
    for field in ("Choices", "Catch"):
        given: Any = parts.get(field)
        rules: list[Any] = given if isinstance(given, list) else []
        for number, rule in enumerate(rules):
            if isinstance(rule, dict) and "Next" in rule:
                yield f"/{field}[{number}]/Next", rule["Next"]


def _reachable(start: Any, states: Mapping[str, Any]) -> set[str]:
    reached: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if isinstance(name, str) and name in states and name not in reached:
            reached.add(name)
            waiting += [target for _, target in _targets(states[name])]
    return reached


def _state(
    state: Mapping[str, Any], place: str, states: Mapping[str, Any], outer_language: str, machine_type: str
) -> Iterator[Mistake]:
    language = state.get("QueryLanguage", outer_language)
    if language not in fields.STATE_FIELDS:
        yield Mistake(SCHEMA, "QueryLanguage must be JSONPath or JSONata", f"{place}/QueryLanguage")
        return
    if outer_language == JSONATA and language == JSON_PATH:
        message = "A state of a JSONata workflow cannot be JSONPath"
        yield Mistake(SCHEMA, message, f"{place}/QueryLanguage")
        return
    for message, where in state_checks.mistakes_of(state, language, machine_type):
        yield Mistake(SCHEMA, message, f"{place}{where}")
    for where, target in _targets(state):
        if target not in states:
            yield Mistake(MISSING_TARGET, f"Missing 'Next' target: {target}", f"{place}{where}")
    branches: Any = state.get("Branches", ()) if state.get("Type") == "Parallel" else ()
    for number, branch in enumerate(branches if isinstance(branches, Sequence) else ()):
        yield from _part(branch, f"{place}/Branches[{number}]", language, fields.BRANCH_FIELDS, machine_type)
    for field in ("ItemProcessor", "Iterator") if state.get("Type") == "Map" else ():
        if field in state:
            yield from _processor(state[field], f"{place}/{field}", language, machine_type)


def _part(part: Any, place: str, language: str, allowed: frozenset[str], machine_type: str) -> Iterator[Mistake]:
    if not isinstance(part, dict):
        yield Mistake(SCHEMA, "This must be an object with StartAt and States", place)
        return
    parts: dict[str, Any] = part
    yield from _states(parts, place, parts.get("QueryLanguage", language), allowed, machine_type)


def _processor(part: Any, place: str, language: str, machine_type: str) -> Iterator[Mistake]:
    config: Any = part.get("ProcessorConfig", {}) if isinstance(part, dict) else {}
    mode = config.get("Mode", "INLINE")
    inner_type = machine_type
    if mode == "DISTRIBUTED":
        inner_type = config.get("ExecutionType")
        if machine_type == "EXPRESS":
            yield Mistake(SCHEMA, "Express state machine does not support DISTRIBUTED mode", f"{place}/ProcessorConfig")
        if inner_type not in ("STANDARD", "EXPRESS"):
            message = "ExecutionType must be STANDARD or EXPRESS in DISTRIBUTED mode"
            yield Mistake(SCHEMA, message, f"{place}/ProcessorConfig/ExecutionType")
            inner_type = machine_type
    elif mode != "INLINE":
        yield Mistake(SCHEMA, "Mode must be INLINE or DISTRIBUTED", f"{place}/ProcessorConfig/Mode")
    yield from _part(part, place, language, fields.PROCESSOR_FIELDS, inner_type)
