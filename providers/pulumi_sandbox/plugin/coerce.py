"""Type agreement: whether a value fits a declared type, with the conversions that the bridged providers make."""

import json
from typing import Any

from pulumi_sandbox.plugin.assets import Archive, Asset
from pulumi_sandbox.plugin.schema import Type

_WORDS = {
    "string": "a string",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "a boolean",
    "list": "a list",
    "map": "a map",
    "object": "an object",
    "asset": "an asset or archive",
    "archive": "an archive",
}


class MismatchError(ValueError):
    """A value that does not fit its type."""


def describe(value: Any) -> str:
    """Return what kind of value this is, in words."""
    kinds: list[tuple[type | tuple[type, ...], str]] = [
        (bool, "a boolean"),
        (int, "a whole number"),
        (float, "a number"),
        (str, "a string"),
        (list, "a list"),
        (dict, "an object"),
        (Asset, "an asset"),
        (Archive, "an archive"),
    ]
    return next((words for kind, words in kinds if isinstance(value, kind)), type(value).__name__)


def scalar(value: Any, kind: Type) -> Any:
    """Return ``value`` as ``kind`` (anything but a list, map or object). Raises MismatchError.

    Numbers and booleans become strings, and the other way round where the text reads as one.
    """
    converted = _CONVERSIONS.get(kind.kind, _as_it_is)(value, kind)
    if converted is None:
        raise MismatchError(f"expected {_WORDS[kind.kind]}, got {describe(value)}")
    return converted


def expect_container(value: Any, kind: Type) -> None:
    """Raise MismatchError unless ``value`` is the list or dict that ``kind`` needs."""
    if not isinstance(value, list if kind.kind == "list" else dict):
        raise MismatchError(f"expected {_WORDS[kind.kind]}, got {describe(value)}")


def _as_it_is(value: Any, _kind: Type) -> Any:
    return value


def _string(value: Any, _kind: Type) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return json.dumps(value)
    return None


def _boolean(value: Any, _kind: Type) -> bool | None:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value) if isinstance(value, str) else None


def _integer(value: Any, _kind: Type) -> int | None:
    number = _number(value, _kind)
    return int(number) if number is not None and float(number).is_integer() else None


def _number(value: Any, _kind: Type) -> int | float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    if not isinstance(value, str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return int(number) if number.is_integer() else number


def _asset(value: Any, _kind: Type) -> Asset | Archive | None:
    return value if isinstance(value, Asset | Archive) else None


def _archive(value: Any, _kind: Type) -> Archive | None:
    return value if isinstance(value, Archive) else None


_CONVERSIONS = {
    "string": _string,
    "boolean": _boolean,
    "integer": _integer,
    "number": _number,
    "asset": _asset,
    "archive": _archive,
}
