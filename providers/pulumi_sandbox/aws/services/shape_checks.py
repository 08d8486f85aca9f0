"""Checks a request against botocore's shapes as AWS does, for what botocore itself leaves to the service."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "long": int,
    "float": (int, float),
    "double": (int, float),
    "boolean": bool,
    "list": list,
    "map": dict,
    "structure": dict,
    "blob": bytes,
    "timestamp": (int, float, str),
}
_NUMBERS = {"integer", "long", "float", "double"}


def mistakes_in(shape: Any, value: Any) -> list[str]:
    """Return what is wrong with the value by its botocore shape (None: it must be nothing), in AWS's words."""
    return list(_mistakes(shape, value, "")) if shape is not None else []


def _mistakes(shape: Any, value: Any, path: str) -> Iterator[str]:
    kind = shape.type_name
    if kind == "structure" and shape.is_document_type:
        return
    if not _has_type(kind, value):
        yield f"Value at '{path.lstrip('.')}' failed to satisfy constraint: Member must be of type {kind}"
        return
    if kind == "structure":
        yield from _structure_mistakes(shape, value, path)
    elif kind == "list":
        yield from _size_mistakes(shape, len(value), path, "Member must have length")
        for index, item in enumerate(value, 1):
            yield from _mistakes(shape.member, item, f"{path}.{index}.member")
    elif kind == "map":
        yield from _size_mistakes(shape, len(value), path, "Member must have length")
        for key, item in value.items():
            yield from _mistakes(shape.key, key, f"{path}.{key}")
            yield from _mistakes(shape.value, item, f"{path}.{key}.member")
    elif kind == "string":
        yield from _string_mistakes(shape, value, path)
    elif kind in _NUMBERS:
        yield from _size_mistakes(shape, value, path, "Member must have value", shown=value)


def _has_type(kind: str, value: Any) -> bool:
    # To Python, True is a number.
    return isinstance(value, _TYPES[kind]) and not (kind in _NUMBERS and isinstance(value, bool))


def _structure_mistakes(shape: Any, value: dict[str, Any], path: str) -> Iterator[str]:
    for name in shape.required_members:
        if name not in value:
            full = f"{path}.{name}".lstrip(".")
            yield f"Value null at '{full}' failed to satisfy constraint: Member must not be null"
    if getattr(shape, "is_tagged_union", False) and len(value) != 1:
        full = path.lstrip(".")
        yield f"Value at '{full}' failed to satisfy constraint: exactly one of {', '.join(shape.members)} must be set"
    for name, item in value.items():
        yield from _mistakes(shape.members[name], item, f"{path}.{name}")


def _string_mistakes(shape: Any, value: str, path: str) -> Iterator[str]:
    where = path.lstrip(".")
    metadata = shape.metadata
    if metadata.get("enum") and value not in metadata["enum"]:
        allowed = ", ".join(metadata["enum"])
        yield (
            f"Value '{value}' at '{where}' failed to satisfy constraint: "
            f"Member must satisfy enum value set: [{allowed}]"
        )
    elif metadata.get("pattern") and not _matches(metadata["pattern"], value):
        yield (
            f"Value '{value}' at '{where}' failed to satisfy constraint: "
            f"Member must satisfy regular expression pattern: {metadata['pattern']}"
        )
    yield from _size_mistakes(shape, len(value), path, "Member must have length", shown=value)


def _size_mistakes(shape: Any, size: float, path: str, rule: str, *, shown: object = None) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    told = "Value" if shown is None else f"Value '{shown}'"
    where = path.lstrip(".")
    if least is not None and size < least:
        yield f"{told} at '{where}' failed to satisfy constraint: {rule} greater than or equal to {least}"
    if most is not None and size > most:
        yield f"{told} at '{where}' failed to satisfy constraint: {rule} less than or equal to {most}"


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    try:
        # The model of bedrock-agent's tag operations writes "/d{12}" for twelve digits; the service does not.
        return re.compile(pattern.replace("/d{", r"\d{"))
    except re.error:
        # Some are Java's alone (\P{C}); what they forbid is control characters, which JSON texts hardly hold.
        return None


def _matches(pattern: str, value: str) -> bool:
    compiled = _compiled(pattern)
    return compiled is None or compiled.fullmatch(value) is not None
