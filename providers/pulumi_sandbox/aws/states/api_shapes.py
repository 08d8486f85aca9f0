"""Parameters and results of AWS APIs: between the form that state machines have and botocore's."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.response import StreamingBody


class UnknownMemberError(ValueError):
    """The API has no such parameter."""


def to_request(value: Any, shape: Any) -> Any:
    """Return botocore's form: its member names, JSON as text where the API takes text. Raises UnknownMemberError."""
    kind: str = shape.type_name
    if value is None:
        return None
    if kind == "structure" and isinstance(value, dict) and not getattr(shape, "is_document_type", False):
        members: dict[str, Any] = value
        names = {name.lower(): name for name in shape.members}
        made: dict[str, Any] = {}
        for key, item in members.items():
            if key.lower() not in names:
                raise UnknownMemberError(f'The field "{key}" is not supported by Step Functions')
            name = names[key.lower()]
            made[name] = to_request(item, shape.members[name])
        return made
    if kind == "list" and isinstance(value, list):
        items: list[Any] = value
        return [to_request(item, shape.member) for item in items]
    if kind == "map" and isinstance(value, dict):
        entries: dict[str, Any] = value
        return {key: to_request(item, shape.value) for key, item in entries.items()}
    if kind in ("string", "blob") and not isinstance(value, str):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return value


def _member_name(name: str) -> str:
    return name[:1].upper() + name[1:]


def from_response(value: Any, shape: Any) -> Any:
    """Return the form that state machines see: capital first letters, times and bytes as text."""
    if isinstance(value, StreamingBody):
        return value.read().decode(errors="replace")
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    kind = getattr(shape, "type_name", "")
    if isinstance(value, Mapping):
        members: Mapping[str, Any] = value
        if kind == "structure" and not getattr(shape, "is_document_type", False):
            known: Mapping[str, Any] = shape.members
            return {_member_name(key): from_response(item, known.get(key)) for key, item in members.items()}
        inner = shape.value if kind == "map" else None
        return {key: from_response(item, inner) for key, item in members.items()}
    if isinstance(value, list):
        items: list[Any] = value
        return [from_response(item, shape.member if kind == "list" else None) for item in items]
    return value
