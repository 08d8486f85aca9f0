"""Inputs as they are compared: without what differs between two declarations of the same thing.

Left out are values that a provider filled in (its `__defaults`, among them generated physical names), empty values and
the code of dynamic providers. Secrets are one mark, whatever they hold; assets are their hashes; JSON in a text is
compared as JSON.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Set
from typing import Any

SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The key that marks secrets, assets and archives in states; pulumi/sdk go/common/resource/sig."""
SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the mark of one
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What a preview shows for a value that is not known yet; pulumi/sdk go/common/resource/plugin/rpc.go."""

NAME = "\N{BLACK SQUARE}"
"""Stands for the resource's own name."""

_LEFT_OUT = frozenset({"__defaults", "__provider", "__internal"})
_EMPTY: tuple[Any, ...] = (None, "", [], {})
_SECRET = "[secret]"  # noqa: S105 - the engine's mask, and ours


def normal_inputs(inputs: Mapping[str, Any], waiting: Set[str], own_name: str | None = None) -> dict[str, Any]:
    """Return inputs to compare.

    Args:
        inputs: as in a state or a preview.
        waiting: properties that are made of outputs of resources which are not settled: what they hold is not
            comparable, that they are there is.
        own_name: a logical name to be taken out of texts, for what is named after its resource.
    """
    filled_in = set(inputs.get("__defaults") or ())
    result = {name: _normal(value, own_name) for name, value in inputs.items() if name not in filled_in | _LEFT_OUT}
    return {
        name: {"reference": True} if name in waiting else value for name, value in result.items() if value not in _EMPTY
    }


def _normal(value: Any, own_name: str | None) -> Any:
    match value:
        case dict():
            return _normal_object(value, own_name)
        case list():
            return [_normal(each, own_name) for each in value]
        case str():
            return _normal_text(value, own_name)
        case bool() | None:
            return value
        case _:
            return float(value)  # 30 in a program is 30.0 in some states


def _normal_object(value: Mapping[str, Any], own_name: str | None) -> Any:
    signature = value.get(SIGNATURE)
    if signature == SECRET_SIGNATURE:
        return _SECRET
    if signature and "hash" in value:
        return {"hash": value["hash"]}
    if signature:
        return {"reference": True}  # to a resource, or an output that is not known
    normal = normal_inputs(value, frozenset(), own_name)
    return dict(sorted(normal.items()))


def _normal_text(text: str, own_name: str | None) -> Any:
    if text[:1] in ("{", "["):
        try:
            return {"json": _normal(json.loads(text), own_name)}
        except (ValueError, RecursionError):
            pass
    return text.replace(own_name, NAME) if own_name and len(own_name) >= 3 else text


def digest(value: Any) -> int:
    """A fingerprint, of 60 bits, of a value that JSON can hold."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return int(hashlib.sha256(text.encode()).hexdigest()[:15], 16)


def leaves(value: Any) -> Iterator[Any]:
    """The single values in nested ones."""
    if isinstance(value, dict):
        for each in value.values():
            yield from leaves(each)
    elif isinstance(value, list):
        for each in value:
            yield from leaves(each)
    else:
        yield value


def tells_apart(inputs: Mapping[str, Any]) -> bool:
    """Whether inputs say enough to know a resource by: a text of three characters or more, or two values. One flag or
    one number may be the same by chance."""
    values = [
        value for value in leaves(inputs) if value not in (None, _SECRET, UNKNOWN) and not isinstance(value, bool)
    ]
    texts = [value for value in values if isinstance(value, str) and NAME not in value]
    numbers = [value for value in values if not isinstance(value, str)]
    return len(texts) + len(numbers) >= 2 or any(len(text) >= 3 for text in texts)
