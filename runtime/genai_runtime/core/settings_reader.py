"""Reads a JSON object as a dataclass of settings, and names everything that does not fit."""

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from types import UnionType
from typing import Any, Final, TypeVar, get_args, get_origin, get_type_hints

_Kind = TypeVar("_Kind")


class ConfigError(ValueError):
    """The deployment's settings are wrong; the message names every wrong field, its value and the mend."""


def read_settings(kind: type[_Kind], text: str | None, out_of_range: Callable[[_Kind], list[str]]) -> _Kind:
    """Return the settings of a dataclass that the JSON object `text` holds. `out_of_range` lists what is wrong with
    values of the right types.

    Raises:
        ConfigError: the text is missing or no JSON object, or a field is unknown, missing, of the wrong type,
            or out of its range; every such field is named.
    """
    if not text:
        raise ConfigError("GENAI_CONFIG is not set: set it to a JSON object with the deployment's settings")
    try:
        raw = json.loads(text)
    except ValueError as error:
        raise ConfigError(f"GENAI_CONFIG is not JSON: {error}") from error
    mistakes: list[str] = []
    config = _read(kind, raw, "GENAI_CONFIG", mistakes)
    if not mistakes:
        mistakes.extend(out_of_range(config))
    if mistakes:
        raise ConfigError("; ".join(mistakes))
    return config


def _read(kind: Any, value: Any, path: str, mistakes: list[str]) -> Any:
    """Return `value` as `kind`: a dataclass or None, a tuple, str or int; note what does not fit."""
    origin = get_origin(kind)
    if origin is UnionType:
        return None if value is None else _read(get_args(kind)[0], value, path, mistakes)
    if origin is tuple:
        if isinstance(value, list):
            items: list[Any] = value
            return tuple(_read(get_args(kind)[0], item, f"{path}[{i}]", mistakes) for i, item in enumerate(items))
    elif is_dataclass(kind):
        if isinstance(value, dict):
            return _read_object(kind, value, path, mistakes)
    elif type(value) is kind:
        return value
    expected = _EXPECTED.get(kind, "a list" if origin else "an object")
    mistakes.append(f"{path} is {json.dumps(value)[:60]}: expected {expected}")
    return None


_EXPECTED: Final[Mapping[Any, str]] = {str: "a string", int: "an integer", bool: "true or false"}


def _read_object(kind: Any, value: Mapping[str, Any], path: str, mistakes: list[str]) -> Any:
    kinds = get_type_hints(kind)
    known = [field.name for field in fields(kind)]
    for name in value:
        if name not in kinds:
            mistakes.append(f"{path}.{name} is not a setting: remove it, or use one of {', '.join(known)}")
    read: dict[str, Any] = {}
    for name in known:
        given = value.get(name, MISSING)
        if given is MISSING:
            mistakes.append(f"{path}.{name} is missing")
        else:
            read[name] = _read(kinds[name], given, f"{path}.{name}", mistakes)
    return kind(**read) if len(read) == len(known) else None
