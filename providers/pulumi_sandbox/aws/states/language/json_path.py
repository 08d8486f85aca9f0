"""JSONPath: reading values, and putting a value at a reference path."""

import copy
import functools
import re
from collections.abc import Callable
from typing import Any

from jsonpath_ng.exceptions import JSONPathError
from jsonpath_ng.ext.parser import parse as parse_path

from pulumi_sandbox.aws.states.language.errors import RESULT_PATH, StateError

_STEP = re.compile(
    r"""\.([^\s.\[\]'"*?@()]+)|\[\s*'((?:[^'\\]|\\.)*)'\s*\]|\[\s*"((?:[^"\\]|\\.)*)"\s*\]|\[\s*(\d+)\s*\]"""
)
Step = str | int


class PathNotFoundError(LookupError):
    """A definite path leads nowhere."""


@functools.lru_cache(maxsize=4096)
def definite_steps(path: str) -> tuple[Step, ...] | None:
    """Return the steps of a path that means one place (``$.a['b'][0]``); None when it may mean several, or none."""
    if not path.startswith("$"):
        return None
    steps: list[Step] = []
    position = 1
    while position < len(path):
        match = _STEP.match(path, position)
        if match is None:
            return None
        name, single, double, index = match.groups()
        if index is not None:
            steps.append(int(index))
        else:
            quoted = single if single is not None else double
            steps.append(name if quoted is None else re.sub(r"\\(.)", r"\1", quoted))
        position = match.end()
    return tuple(steps)


@functools.lru_cache(maxsize=1024)
def _compiled(path: str) -> Callable[[Any], Any]:
    return parse_path(path).find


def is_path(path: str) -> bool:
    """Return whether this is a JSONPath that can be evaluated."""
    if definite_steps(path) is not None:
        return True
    try:
        return path.startswith("$") and bool(_compiled(path))
    except (JSONPathError, ValueError, AttributeError):  # the library lets errors of its lexer through
        return False
    except Exception:  # noqa: BLE001 - its parser raises bare Exception
        return False


def read(path: str, document: Any) -> Any:
    """Return what ``path`` (from ``$``) finds: one value, or a list when the path may find several.

    Raises PathNotFoundError when a path that means one place finds nothing there.
    """
    steps = definite_steps(path)
    if steps is None:
        return [found.value for found in _compiled(path)(document)]
    value: Any = document
    for step in steps:
        try:
            fits = isinstance(value, dict if isinstance(step, str) else list)
            value = value[step] if fits else _missing(path)
        except (KeyError, IndexError) as error:
            raise PathNotFoundError(path) from error
    return value


def _missing(path: str) -> Any:
    raise PathNotFoundError(path)


def put(path: str, document: Any, value: Any) -> Any:
    """Return a copy of ``document`` with ``value`` at the reference path; objects on the way are made as needed.

    Raises StateError (ResultPathMatchFailure) when something on the way is not an object.
    """
    steps = definite_steps(path)
    if steps is None:
        raise StateError(RESULT_PATH, f"The reference path {path!r} does not name one place.")
    if not steps:
        return value
    result = copy.deepcopy(document)
    place: Any = result
    for number, step in enumerate(steps):
        last = number == len(steps) - 1
        fits = _holds(place, step)
        if not fits:
            raise StateError(RESULT_PATH, f"Unable to apply the reference path {path!r} to the input.")
        if last:
            place[step] = value
        elif isinstance(step, str):
            place = place.setdefault(step, {})
        else:
            place = place[step]
    return result


def _holds(place: Any, step: Step) -> bool:
    if isinstance(step, str):
        return isinstance(place, dict)
    return isinstance(place, list) and step < len(place)
