"""Translate between Pulumi's property values and the parameters and answers of the AWS API.

The API side is walked by botocore's service model, the Pulumi side by the schema of the installed SDK, and the
two are matched by name without regard to case, underscores and plurals. What the names do not tell is data:
``renames`` maps a property's dotted path (list items add nothing to it) to the API's member name, or to ""
where the API's member of that name is something else.
"""

import datetime
import functools
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from pulumi_sandbox.plugin import schema
from pulumi_sandbox.plugin.assets import Archive, Asset

Renames = Mapping[str, str]
_NO_RENAMES: Renames = {}


def arguments(client: Any, operation: str, values: Mapping[str, Any], renames: Renames = _NO_RENAMES) -> Any:
    """Return the keyword arguments of ``client``'s ``operation`` (boto3 name) that ``values`` has.

    Properties that the operation does not take are left out at the top level; inside an object they are an
    error, since they would be lost in silence.
    """
    model = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[operation])
    if model.input_shape is None:
        return {}
    return _structure(model.input_shape, values, renames, "")


def member(client: Any, operation: str, name: str, value: Any, renames: Renames = _NO_RENAMES) -> Any:
    """Return ``value`` in the form that the member ``name`` of ``operation``'s input has.

    For an API that wraps the properties in an object of its own, e.g. ``LifecycleConfiguration``.
    """
    model = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[operation])
    return _to_api(model.input_shape.members[name], value, renames, name)


def properties(token: str, answer: Mapping[str, Any], renames: Renames = _NO_RENAMES) -> dict[str, Any]:
    """Return the output properties of ``token`` that an API's ``answer`` holds; absent ones are left out."""
    return _object(schema.resource_schema(token).outputs, answer, renames, "")


def _structure(shape: Any, values: Mapping[str, Any], renames: Renames, path: str) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, value in values.items():
        if value is None:
            continue
        inner = f"{path}.{name}" if path else name
        wanted = renames.get(inner, name)
        found = _match(wanted, shape.members)
        if found is not None:
            result[found] = _to_api(shape.members[found], value, renames, inner)
        elif path:
            raise ValueError(f"{inner}: the API's {shape.name} has no such member; known: {', '.join(shape.members)}")
    return result


def _to_api(shape: Any, value: Any, renames: Renames, path: str) -> Any:
    kind = shape.type_name
    if kind == "structure":
        # An object that the schema has as a list of at most one.
        value = (value[0] if value else {}) if isinstance(value, list) else value
        return _structure(shape, value, renames, path) if isinstance(value, Mapping) else value
    if kind == "list":
        return _list(shape, value, renames, path)
    if kind == "map":
        return {str(key): _to_api(shape.value, item, renames, path) for key, item in value.items()}
    if kind == "blob":
        return value.bytes() if isinstance(value, Asset | Archive) else value
    return _scalar(kind, value)


def _list(shape: Any, value: Any, renames: Renames, path: str) -> list[Any]:
    if isinstance(value, Mapping):
        pair = _pair(shape.member)
        if pair is not None:
            return [{pair[0]: key, pair[1]: str(item)} for key, item in value.items()]
        # A list of at most one item is a plain object in Pulumi.
        return [_to_api(shape.member, value, renames, path)]
    items: Iterable[Any] = value if isinstance(value, list | tuple) else [value]
    return [_to_api(shape.member, item, renames, path) for item in items]


def _pair(shape: Any) -> tuple[str, str] | None:
    """Return the member names of a name and value structure, e.g. of tags and dimensions; else None."""
    members: list[str] = list(getattr(shape, "members", ()))
    if len(members) != 2:
        return None
    value = next((name for name in members if name.lower() in ("value", "tagvalue")), None)
    key = next((name for name in members if name.lower() in ("key", "name", "tagkey")), None)
    return (key, value) if key and value else None


def _scalar(kind: str, value: Any) -> Any:
    if kind == "string":
        if isinstance(value, bool):
            return "true" if value else "false"
        return json.dumps(value) if isinstance(value, dict | list) else str(value)
    if kind in ("integer", "long"):
        return int(value)
    if kind in ("float", "double"):
        return float(value)
    if kind == "boolean":
        return value.lower() == "true" if isinstance(value, str) else bool(value)
    return value


def _object(wanted: schema.Properties, answer: Mapping[str, Any], renames: Renames, path: str) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, prop in wanted.items():
        inner = f"{path}.{name}" if path else name
        found = _match(renames.get(inner, name), answer)
        value = None if found is None else _from_api(prop.type, answer[found], renames, inner)
        if value is not None:
            result[name] = value
    return result


def _from_api(kind: schema.Type, value: Any, renames: Renames, path: str) -> Any:
    if value is None:
        return None
    if kind.kind == "object":
        if isinstance(value, list):
            return _from_api(kind, value[0], renames, path) if value else None
        return _object(schema.object_properties(kind), value, renames, path)
    if kind.kind == "list" and kind.element is not None:
        items = value.get("Items", [value]) if isinstance(value, Mapping) else value
        items = items if isinstance(items, list) else [items]
        return [_from_api(kind.element, item, renames, path) for item in items]
    if kind.kind == "map":
        return {str(key): text(item) for key, item in _as_map(value).items()}
    return _plain(kind.kind, value)


def _as_map(value: Any) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return value
    pairs: dict[str, Any] = {}
    for item in value:
        key = next(item[name] for name in item if name.lower() in ("key", "name", "tagkey"))
        pairs[key] = next((item[name] for name in item if name.lower() in ("value", "tagvalue")), "")
    return pairs


def _plain(kind: str, value: Any) -> Any:
    if isinstance(value, list):
        return _plain(kind, value[0]) if value else None
    if kind == "string":
        return text(value)
    if kind == "integer":
        return int(value)
    if kind == "number":
        return float(value)
    if kind == "boolean":
        return value.lower() == "true" if isinstance(value, str) else bool(value)
    return value


def text(value: Any) -> str:
    """Return an API's scalar as the provider's state spells it; times are RFC 3339 in UTC, to the second."""
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value) if isinstance(value, dict | list) else str(value)


def _match(name: str, members: Iterable[str]) -> str | None:
    present = list(members)
    if name in present:
        return name
    plain = {_normal(item): item for item in present}
    return next((plain[form] for form in _forms(_normal(name)) if form in plain), None)


@functools.cache
def _normal(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


@functools.cache
def _forms(name: str) -> tuple[str, ...]:
    forms = [name, f"{name}s", f"{name}es"]
    if name.endswith("y"):
        forms.append(f"{name[:-1]}ies")
    if name.endswith("ies"):
        forms.append(f"{name[:-3]}y")
    if name.endswith("es"):
        forms.append(name[:-2])
    if name.endswith("s"):
        forms.append(name[:-1])
    return tuple(forms)
