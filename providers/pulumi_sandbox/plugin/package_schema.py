"""The package schema that the engine asks for to generate code (`pulumi import`): the types the sandbox models."""

import functools
import json
from typing import Any

from pulumi_sandbox.plugin.facts import modelled
from pulumi_sandbox.plugin.schema import (
    Properties,
    ResourceSchema,
    Type,
    UnknownTypeError,
    object_properties,
    resource_schema,
    sdk_version,
)


@functools.cache
def as_json(package: str) -> str:
    """Return the schema of the types of ``package`` that there are facts about, as JSON text."""
    types: dict[str, Any] = {}
    resources: dict[str, Any] = {}
    for token in sorted(modelled(package)):
        try:
            found = resource_schema(token)
        except UnknownTypeError:  # facts may know types that this version of the SDK does not have
            continue
        resources[token] = _resource(found, types)
    return json.dumps({"name": package, "version": sdk_version(package), "types": types, "resources": resources})


def _resource(found: ResourceSchema, types: dict[str, Any]) -> dict[str, Any]:
    module = found.token.split("/")[0]
    return {
        "inputProperties": _specs(found.inputs, module, types),
        "requiredInputs": _required(found.inputs),
        "properties": _specs(found.outputs, module, types),
        "required": _required(found.outputs),
    }


def _required(properties: Properties) -> list[str]:
    return sorted(name for name, known in properties.items() if known.required)


def _specs(properties: Properties, module: str, types: dict[str, Any]) -> dict[str, Any]:
    return {name: _spec(known.type, module, types) for name, known in properties.items()}


def _spec(kind: Type, module: str, types: dict[str, Any]) -> dict[str, Any]:
    if kind.kind == "list" and kind.element is not None:
        return {"type": "array", "items": _spec(kind.element, module, types)}
    if kind.kind == "map" and kind.element is not None:
        return {"type": "object", "additionalProperties": _spec(kind.element, module, types)}
    if kind.kind == "object":
        return {"$ref": f"#/types/{_object(kind, module, types)}"}
    if kind.kind in ("asset", "archive", "any"):
        return {"$ref": f"pulumi.json#/{kind.kind.capitalize()}"}
    return {"type": kind.kind}


def _object(kind: Type, module: str, types: dict[str, Any]) -> str:
    name = kind.name.removesuffix("Args")
    token = f"{module}/{name[:1].lower()}{name[1:]}:{name}"
    if token not in types:
        types[token] = {"type": "object"}  # first, because types may refer to themselves
        properties = object_properties(kind)
        types[token] = {
            "type": "object",
            "properties": _specs(properties, module, types),
            "required": _required(properties),
        }
    return token
