"""JSONata: strings ``{% ... %}`` anywhere in a value, with ``$states``, variables, and the functions that are added.

Source of the functions: Step Functions developer guide, "Transforming data with JSONata in Step Functions".
"""

import functools
import hashlib
import json
import random
import re
import threading
import uuid
from collections.abc import Mapping
from typing import Any

import jsonata
from jsonata.utils import Utils

from pulumi_sandbox.aws.states.language.errors import QUERY_EVALUATION, StateError
from pulumi_sandbox.aws.states.language.scope import Scope

_EXPRESSION = re.compile(r"\{%(.*)%\}", re.DOTALL)
# An expression object holds the state of one evaluation: each thread compiles its own.
_threads = threading.local()
_ALGORITHMS = {"MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512"}


def expression_in(value: Any) -> str | None:
    """Return the expression that a string consists of, or None for any other value."""
    match = _EXPRESSION.fullmatch(value.strip()) if isinstance(value, str) else None
    return match[1].strip() if match else None


def check_expression(expression: str) -> str | None:
    """Return why an expression cannot be compiled, or None when it can."""
    try:
        jsonata.Jsonata(expression)
    except Exception as error:  # noqa: BLE001 - the library raises several, not all its own
        return str(error)
    return None


def _compiled(expression: str) -> Any:
    kept: dict[str, Any] = _threads.__dict__.setdefault("compiled", {})
    if expression not in kept:
        made = jsonata.Jsonata(expression)
        made.set_output_convert_nulls(False)
        kept[expression] = made
    return kept[expression]


def _range(first: float, last: float, step: float) -> list[float]:
    if not step:
        raise ValueError("$range: the step must not be zero")
    count = int((last - first) / step) + 1
    if count > 1000:  # as the intrinsic function
        raise ValueError("$range: the array would have more than 1000 items")
    return [first + number * step for number in range(count)]


def _partition(items: list[Any], size: int) -> list[list[Any]]:
    return [items[start : start + int(size)] for start in range(0, len(items), int(size))]


def _hash(text: str, algorithm: str) -> str:
    if algorithm not in _ALGORITHMS:
        raise ValueError(f"$hash: the algorithm must be one of {', '.join(sorted(_ALGORITHMS))}")
    return hashlib.new(algorithm.replace("-", ""), text.encode(), usedforsecurity=False).hexdigest()


def _random(seed: float | None = None) -> float:
    return random.Random(seed).random()  # noqa: S311 - no secret


_FUNCTIONS: Mapping[str, Any] = {
    "partition": _partition,
    "range": _range,
    "hash": _hash,
    "random": _random,
    "uuid": lambda: str(uuid.uuid4()),
    "parse": json.loads,
}


def _plain(value: Any) -> Any:
    if value is Utils.NULL_VALUE:
        return None
    if isinstance(value, dict):
        members: dict[str, Any] = value
        return {key: _plain(item) for key, item in members.items()}
    if isinstance(value, list):
        items: list[Any] = value
        return [_plain(item) for item in items]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


@functools.cache
def _no_eval(expression: str) -> None:
    if re.search(r"\$eval\b", expression):
        raise StateError(QUERY_EVALUATION, f"The JSONata expression '{expression}' uses $eval, which is not supported.")


def evaluate(expression: str, scope: Scope) -> Any:
    """Return the value of an expression. Raises StateError (QueryEvaluationError), also when it has no value."""
    _no_eval(expression)
    try:
        compiled = _compiled(expression)
        frame = compiled.create_frame()
        for name, function in _FUNCTIONS.items():
            frame.bind(name, jsonata.Jsonata.JLambda(function))
        for name, value in scope.variables.items():
            frame.bind(name, value)
        frame.bind("states", {**scope.states, "context": scope.context})
        value = compiled.evaluate(None, frame)
    except Exception as error:
        raise StateError(
            QUERY_EVALUATION, f"The JSONata expression '{expression}' threw an evaluation error: {error}"
        ) from error
    if value is None:
        raise StateError(QUERY_EVALUATION, f"The JSONata expression '{expression}' returned nothing (undefined).")
    if callable(value):
        raise StateError(QUERY_EVALUATION, f"The JSONata expression '{expression}' returned a function.")
    return _plain(value)


def fill(template: Any, scope: Scope) -> Any:
    """Return the value with all expressions in it evaluated. Raises StateError."""
    if isinstance(template, dict):
        members: dict[str, Any] = template
        return {key: fill(value, scope) for key, value in members.items()}
    if isinstance(template, list):
        items: list[Any] = template
        return [fill(item, scope) for item in items]
    expression = expression_in(template)
    return template if expression is None else evaluate(expression, scope)
