"""Property values: between the engine's wire form (protobuf Struct with signatures) and plain Python.

Strings, booleans, lists and dicts stand for themselves, whole numbers are ``int``. What the wire marks with
a signature becomes :data:`UNKNOWN`, :class:`Secret`, :class:`Asset` or :class:`Archive`. Null properties of
objects are dropped: the engine treats them as absent.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from google.protobuf import struct_pb2

from pulumi_sandbox.plugin.assets import Archive, Asset

_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a public type signature, not a credential
_ASSET = "c44067f5952c0a294b673a41bacd8c17"
_ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
_RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"
_OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"

UNKNOWN_STRING: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_UNKNOWNS = frozenset(
    {
        UNKNOWN_STRING,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # boolean
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)
# The bridge keeps the names of the properties that it filled with defaults beside them, in each object.
DEFAULTS: Final = "__defaults"


class _Unknown:
    def __repr__(self) -> str:
        return "UNKNOWN"

    def __deepcopy__(self, _memo: object) -> "_Unknown":
        return self


UNKNOWN: Final = _Unknown()


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that the engine must keep encrypted and hidden."""

    value: Any


def from_struct(message: Any, base: Path | None = None) -> dict[str, Any]:
    """Return the properties of a Struct. ``base`` is where relative paths of assets start (default: here)."""
    return _read_fields(message.fields, base or Path())


def _read_fields(fields: Any, base: Path) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, message in fields.items():
        value = _read(message, base)
        if value is not None:
            result[key] = value
    return result


def _read(message: Any, base: Path) -> Any:
    kind = message.WhichOneof("kind")
    if kind == "string_value":
        text: str = message.string_value
        return UNKNOWN if text in _UNKNOWNS else text
    if kind == "number_value":
        number: float = message.number_value
        return int(number) if number.is_integer() else number
    if kind == "bool_value":
        return bool(message.bool_value)
    if kind == "list_value":
        return [_read(item, base) for item in message.list_value.values]
    if kind == "struct_value":
        fields = message.struct_value.fields
        if _SIGNATURE in fields:
            return _read_special(_read_fields(fields, base), base)
        return _read_fields(fields, base)
    return None


def _read_special(fields: dict[str, Any], base: Path) -> Any:
    signature = fields[_SIGNATURE]
    if signature == _SECRET:
        return Secret(fields.get("value"))
    if signature == _ASSET:
        return Asset(fields.get("text"), fields.get("path"), fields.get("uri"), fields.get("hash", ""), base)
    if signature == _ARCHIVE:
        return Archive(fields.get("assets"), fields.get("path"), fields.get("uri"), fields.get("hash", ""), base)
    if signature == _RESOURCE:
        return fields.get("id") or UNKNOWN
    if signature == _OUTPUT:
        value = fields.get("value", UNKNOWN)
        return Secret(value) if fields.get("secret") else value
    raise ValueError(f"the engine sent a value with the unknown signature {signature!r}; update the sandbox")


def to_struct(properties: Mapping[str, Any]) -> Any:
    """Return the wire form of ``properties``; None values are left out."""
    message = struct_pb2.Struct()
    _write_fields(message, properties)
    return message


def _write_fields(message: Any, properties: Mapping[str, Any]) -> None:
    fields = message.fields
    for key, value in properties.items():
        if value is not None:
            _write(fields[key], value)


def _write(message: Any, value: Any) -> None:
    if isinstance(value, str):
        message.string_value = value
    elif isinstance(value, bool):
        message.bool_value = value
    elif isinstance(value, int | float):
        message.number_value = value
    elif isinstance(value, Mapping):
        message.struct_value.SetInParent()
        _write_fields(message.struct_value, value)
    elif isinstance(value, list | tuple):
        message.list_value.SetInParent()
        for item in value:
            _write(message.list_value.values.add(), item)
    elif value is UNKNOWN:
        message.string_value = UNKNOWN_STRING
    elif isinstance(value, Secret):
        _write(message, {_SIGNATURE: _SECRET, "value": value.value})
    elif isinstance(value, Asset):
        _write(message, {_SIGNATURE: _ASSET, "hash": value.hash, **_source(value)})
    elif isinstance(value, Archive):
        inside = {} if value.assets is None else {"assets": dict(value.assets)}
        _write(message, {_SIGNATURE: _ARCHIVE, "hash": value.hash, **inside, **_source(value)})
    elif value is None:
        message.null_value = struct_pb2.NULL_VALUE
    else:
        raise TypeError(f"{value!r} of type {type(value).__name__} cannot be a Pulumi property value")


def _source(value: Asset | Archive) -> dict[str, Any]:
    parts = {"path": value.path, "uri": value.uri, "text": value.text if isinstance(value, Asset) else None}
    return {key: part for key, part in parts.items() if part is not None}


def unwrap(value: Any) -> Any:
    """Return ``value`` without its own secret wrapper; what is inside keeps its wrappers."""
    while isinstance(value, Secret):
        value = value.value
    return value


def plain(value: Any) -> Any:
    """Return ``value`` with every secret unwrapped and the ``__defaults`` bookkeeping removed."""
    value = unwrap(value)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if key != DEFAULTS}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def _any(value: Any, test: Callable[[Any], bool]) -> bool:
    if test(value):
        return True
    value = unwrap(value)
    if isinstance(value, dict):
        return any(_any(item, test) for item in value.values())
    return isinstance(value, list) and any(_any(item, test) for item in value)


def has_unknown(value: Any) -> bool:
    """Tell whether an unknown is anywhere in ``value``."""
    return _any(value, lambda item: unwrap(item) is UNKNOWN)


def has_secret(value: Any) -> bool:
    """Tell whether a secret is anywhere in ``value``."""
    return _any(value, lambda item: isinstance(item, Secret))
