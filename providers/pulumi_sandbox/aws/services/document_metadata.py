"""The metadata of a document: the sidecar file `<name>.metadata.json` beside it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SUFFIX = ".metadata.json"
_MOST_BYTES = 10 * 1024
# Typed values: the member that holds the value, by the type's name.
_TYPED: Mapping[str, tuple[str, type | tuple[type, ...]]] = {
    "STRING": ("stringValue", str),
    "NUMBER": ("numberValue", (int, float)),
    "BOOLEAN": ("booleanValue", bool),
    "STRING_LIST": ("stringListValue", list),
}


class MetadataError(ValueError):
    """The sidecar file is not what Bedrock reads; the message says why."""


@dataclass(frozen=True)
class DocumentMetadata:
    """The attributes to filter by, and the text that goes into the embedding with each chunk."""

    attributes: Mapping[str, Any]
    embedded_text: str = ""


def read_metadata(content: bytes) -> DocumentMetadata:
    """Return what a sidecar file says; raises MetadataError."""
    if len(content) > _MOST_BYTES:
        raise MetadataError(f"it has {len(content)} bytes, and {_MOST_BYTES} are allowed")
    try:
        document = json.loads(content)
    except ValueError as error:
        raise MetadataError(f"it is not JSON: {error}") from error
    given = document.get("metadataAttributes") if isinstance(document, dict) else None
    if not isinstance(given, dict) or not given:
        raise MetadataError("it has no object metadataAttributes with at least one attribute")
    attributes: dict[str, Any] = {}
    embedded: list[str] = []
    for name, value in given.items():
        attributes[name] = _value(name, value)
        if isinstance(value, dict) and value.get("includeForEmbedding"):
            embedded.append(f"{name}: {attributes[name]}")
    return DocumentMetadata(attributes, "\n".join(embedded))


def _value(name: str, given: Any) -> Any:
    if isinstance(given, dict):
        typed = given.get("value", {})
        member, kind = _TYPED.get(typed.get("type", ""), ("", ()))
        value = typed.get(member)
        if not member or not isinstance(value, kind):
            raise MetadataError(f"attribute {name} has no value of type {', '.join(_TYPED)}")
        return value
    is_list = isinstance(given, list) and all(isinstance(item, str) for item in given)
    if not is_list and not isinstance(given, str | int | float | bool):
        raise MetadataError(f"attribute {name} is {given!r}; it must be a string, number, boolean or list of strings")
    return given
