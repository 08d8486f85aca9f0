"""What is wrong with one state by itself: pairs of a message and a place in the state."""

from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_sandbox.aws.states.language import fields, json_path, jsonata_expressions, map_checks, resources
from pulumi_sandbox.aws.states.language.choice_rules import COMBINATIONS, COMPARISONS, is_number
from pulumi_sandbox.aws.states.language.errors import ALL
from pulumi_sandbox.aws.states.language.fields import JSONATA

Found = Iterator[tuple[str, str]]
_CODE_FIELDS = ("Output", "Arguments", "Items", "ItemSelector", "Assign", "Seconds", "Timestamp", "TimeoutSeconds")
_COUNTS: Mapping[str, tuple[int, int]] = {
    "TimeoutSeconds": (1, 99_999_999),
    "HeartbeatSeconds": (1, 99_999_999),
    "MaxConcurrency": (0, 10_000_000),
    "ToleratedFailureCount": (0, 10_000_000),
    "ToleratedFailurePercentage": (0, 100),
    "Seconds": (0, 99_999_999),
}


def mistakes_of(state: Mapping[str, Any], language: str, machine_type: str) -> Found:
    """Return what is wrong with a state, apart from where it leads and what is inside it."""
    kind: Any = state.get("Type")
    allowed = fields.STATE_FIELDS[language].get(kind)
    if allowed is None:
        yield f"Type must be one of {', '.join(fields.STATE_FIELDS[language])}; it is {kind!r}", "/Type"
        return
    for name in state:
        if name not in allowed:
            yield f"Field '{name}' is not supported in a {kind} state with {language}", f"/{name}"
    missing = [name for name in fields.REQUIRED.get(kind, ()) if name not in state]
    if missing:
        yield f"These fields are required: [{', '.join(missing)}]", ""
    for group in fields.ONE_OF.get(kind, ()):
        given = [name for name in group if name in state]
        if len(given) != 1:
            yield f"Exactly one of {', '.join(name for name in group if name in allowed)} is required", ""
    for first, second in fields.AT_MOST_ONE:
        if first in state and second in state:
            yield f"Only one of {first} and {second} may be set", ""
    if "Next" in allowed and ("Next" in state) == (state.get("End") is True):
        yield "Exactly one of Next and End is required", ""
    yield from _counts(state, language)
    yield from _paths(state)
    if language == JSONATA:
        for name in _CODE_FIELDS:
            yield from _expressions(state.get(name), f"/{name}")
    if kind == "Task" and isinstance(state.get("Resource"), str):
        yield from _resource(state["Resource"], machine_type)
    if kind == "Choice":
        yield from _choices(state.get("Choices"), language)
    if kind == "Map":
        yield from map_checks.mistakes_of(state)
    if "Retry" in allowed:
        yield from _retriers(state.get("Retry", []))
        yield from _catchers(state.get("Catch", []), language)


def _counts(state: Mapping[str, Any], language: str) -> Found:
    for name, (least, most) in _COUNTS.items():
        value = state.get(name)
        if value is None or (language == JSONATA and jsonata_expressions.expression_in(value) is not None):
            continue
        if not is_number(value) or not least <= value <= most:
            yield f"{name} must be a number from {least} to {most}; it is {value!r}", f"/{name}"
    timeout: Any = state.get("TimeoutSeconds")
    heartbeat: Any = state.get("HeartbeatSeconds")
    if is_number(timeout) and is_number(heartbeat) and heartbeat >= timeout:
        yield "HeartbeatSeconds must be smaller than TimeoutSeconds", "/HeartbeatSeconds"


def _paths(state: Mapping[str, Any]) -> Found:
    for name in fields.PATH_FIELDS:
        value = state.get(name)
        if value is not None and not (isinstance(value, str) and json_path.is_path(value.replace("$$", "$", 1))):
            yield f"{name} must be a JSONPath; it is {value!r}", f"/{name}"
    path = state.get("ResultPath")
    if path is not None and (not isinstance(path, str) or json_path.definite_steps(path) is None):
        yield f"ResultPath must be a reference path; it is {path!r}", "/ResultPath"
    for name in ("Parameters", "ResultSelector"):
        yield from _templates(state.get(name), f"/{name}")


def _templates(template: Any, place: str) -> Found:
    if isinstance(template, dict):
        members: dict[str, Any] = template
        for key, value in members.items():
            if not key.endswith(".$"):
                yield from _templates(value, f"{place}/{key}")
            elif not isinstance(value, str) or not value.startswith(("$", "States.")):
                yield f"The value for '{key}' must be a valid JSONPath or an intrinsic function", f"{place}/{key}"
    elif isinstance(template, list):
        items: list[Any] = template
        for number, item in enumerate(items):
            yield from _templates(item, f"{place}[{number}]")


def _expressions(value: Any, place: str) -> Found:
    if isinstance(value, dict):
        members: dict[str, Any] = value
        for key, item in members.items():
            yield from _expressions(item, f"{place}/{key}")
    elif isinstance(value, list):
        items: list[Any] = value
        for number, item in enumerate(items):
            yield from _expressions(item, f"{place}[{number}]")
    elif (expression := jsonata_expressions.expression_in(value)) is not None and (
        reason := jsonata_expressions.check_expression(expression)
    ):
        yield f"The JSONata expression {expression!r} is not valid: {reason}", place


def _resource(text: str, machine_type: str) -> Found:
    if jsonata_expressions.expression_in(text) is not None:
        yield "Resource must be an ARN, not an expression", "/Resource"
        return
    try:
        resource = resources.parse(text)
    except ValueError as error:
        yield f"The resource provided is not recognized: {error}", "/Resource"
        return
    if machine_type == "EXPRESS" and resource.pattern in resources.WAITING:
        yield f"Express state machine does not support '.{resource.pattern}' service integration", "/Resource"


def _choices(choices: Any, language: str) -> Found:
    if not isinstance(choices, list) or not choices:
        yield "Choices must have at least one rule", "/Choices"
        return
    rules: list[Any] = choices
    for number, rule in enumerate(rules):
        place = f"/Choices[{number}]"
        if not isinstance(rule, dict) or "Next" not in rule:
            yield "These fields are required: [Next]", place
        elif language == JSONATA:
            if jsonata_expressions.expression_in(rule.get("Condition")) is None and not isinstance(
                rule.get("Condition"), bool
            ):
                yield "Condition must be a JSONata expression {% ... %}", f"{place}/Condition"
            yield from _expressions(rule, place)
        else:
            yield from _rule(rule, place)


def _rule(rule: Any, place: str) -> Found:
    if not isinstance(rule, dict):
        yield "A rule must be an object", place
        return
    parts: dict[str, Any] = rule
    named = [key for key in parts if key in COMPARISONS or key in COMBINATIONS]
    if len(named) != 1:
        yield "A rule must have exactly one comparison, or And, Or or Not", place
    elif named[0] == "Not":
        yield from _rule(parts["Not"], f"{place}/Not")
    elif named[0] in COMBINATIONS:
        combined: Any = parts[named[0]]
        for number, part in enumerate(combined if isinstance(combined, list) else [None]):
            yield from _rule(part, f"{place}/{named[0]}[{number}]")
    elif not isinstance(parts.get("Variable"), str) or not parts["Variable"].startswith("$"):
        yield "Variable must be a JSONPath", f"{place}/Variable"


def _error_lists(rules: Any, field: str, allowed: frozenset[str]) -> Found:
    if not isinstance(rules, list):
        yield f"{field} must be a list", f"/{field}"
        return
    entries: list[Any] = rules
    for number, rule in enumerate(entries):
        place = f"/{field}[{number}]"
        names: Any = rule.get("ErrorEquals") if isinstance(rule, dict) else None
        if not isinstance(names, list) or not names:
            yield "These fields are required: [ErrorEquals]", place
            continue
        for name in rule:
            if name not in allowed:
                yield f"Field '{name}' is not supported", f"{place}/{name}"
        if ALL in names and (len(names) > 1 or number < len(entries) - 1):
            yield f"{ALL} must appear alone, and in the last rule", f"{place}/ErrorEquals"


def _retriers(rules: Any) -> Found:
    yield from _error_lists(rules, "Retry", fields.RETRY_FIELDS)
    limits = {"IntervalSeconds": (1, 99_999_999), "MaxAttempts": (0, 99_999_999), "BackoffRate": (1, 99_999_999)}
    entries: list[Any] = rules if isinstance(rules, list) else []
    for number, rule in enumerate(entries):
        for name, (least, most) in limits.items():
            value = rule.get(name) if isinstance(rule, dict) else None
            if value is not None and (not is_number(value) or not least <= value <= most):
                yield f"{name} must be a number from {least} up; it is {value!r}", f"/Retry[{number}]/{name}"


def _catchers(rules: Any, language: str) -> Found:
    yield from _error_lists(rules, "Catch", fields.CATCH_FIELDS[language])
    entries: list[Any] = rules if isinstance(rules, list) else []
    for number, rule in enumerate(entries):
        if isinstance(rule, dict) and "Next" not in rule:
            yield "These fields are required: [Next]", f"/Catch[{number}]"
