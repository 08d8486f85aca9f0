"""Properties as plain values, with a mark where a value is not known before the update."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pulumi_policy import proxy

_SENTINELS = (
    proxy.UNKNOWN_ARCHIVE_VALUE,
    proxy.UNKNOWN_ARRAY_VALUE,
    proxy.UNKNOWN_ASSET_VALUE,
    proxy.UNKNOWN_BOOLEAN_VALUE,
    proxy.UNKNOWN_NUMBER_VALUE,
    proxy.UNKNOWN_OBJECT_VALUE,
    proxy.UNKNOWN_STRING_VALUE,
)


@dataclass(frozen=True)
class Unknown:
    """A value that the update will tell; ``path`` says where it stands, such as ``inlinePolicies[0].policy``."""

    path: str


def plain(properties: Any, path: str = "") -> Any:
    """Dicts and lists for what the SDK hands to a policy.

    The SDK's own views raise at an unknown value, also from ``in`` and ``get``, which ends a rule before it has
    looked at the rest; and they hand out a text around an unknown value as if it were known.
    """
    if isinstance(properties, str):
        return Unknown(path) if any(sentinel in properties for sentinel in _SENTINELS) else properties
    if isinstance(properties, Mapping):
        # A remediation, unlike a validation, is shown what the engine keeps for itself.
        return {
            name: _at(properties, name, f"{path}.{name}" if path else name)
            for name in properties
            if name != "__defaults"
        }
    if isinstance(properties, Sequence):
        return [_at(properties, index, f"{path}[{index}]") for index in range(len(properties))]
    return properties


def _at(container: Any, key: Any, path: str) -> Any:
    try:
        return plain(container[key], path)
    except proxy.UnknownValueError:
        return Unknown(path)


def has_unknown(value: Any) -> bool:
    """Whether plain properties hold a value that is not known."""
    if isinstance(value, Mapping):
        return any(has_unknown(each) for each in value.values())
    if isinstance(value, list):
        return any(has_unknown(each) for each in value)
    return isinstance(value, Unknown)


def value_at(properties: Any, path: str) -> Any:
    """The value at a path such as `template.scaling.maxInstanceCount`; None where any part of it is missing.

    It is `Unknown` when any part is. A list of one stands for its element, as blocks of which there is one at most may
    be written as either.
    """
    value = properties
    for name in path.split("."):
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if isinstance(value, Unknown):
            return value
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def blocks(properties: Any, path: str) -> list[Any]:
    """The elements of a list at a path, or the one block that stands there without a list."""
    value = value_at(properties, path)
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
