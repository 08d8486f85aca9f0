"""A part of JSON Schema, by hand: what a client may ask of an answer, and whether an answer fits it.

Keywords: `type` (one name), `properties`, `required`, `additionalProperties` (true or false), `items`, `enum`,
`minimum`, `maximum`, `minItems`, `maxItems`, `minLength`, `maxLength`; `title` and `description` are for the model.
Models are given the schema as it is: https://json-schema.org/draft/2020-12/json-schema-validation.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

LONGEST_SCHEMA: Final = 16_000
"""Characters of JSON; the model reads them with every question."""

_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "null": (type(None),),
}
# Keyword -> the types that its value may have.
_KEYWORDS: Final[Mapping[str, tuple[type, ...]]] = {
    "type": (str,),
    "properties": (dict,),
    "required": (list,),
    "additionalProperties": (bool,),
    "items": (dict,),
    "enum": (list,),
    "minimum": (int, float),
    "maximum": (int, float),
    "minItems": (int,),
    "maxItems": (int,),
    "minLength": (int,),
    "maxLength": (int,),
    "title": (str,),
    "description": (str,),
}


def schema_problem(schema: Mapping[str, Any]) -> str | None:
    """Return what is wrong with a schema of an object, with its mend, or None."""
    if schema.get("type") != "object":
        return "must have the type 'object'"
    if len(json.dumps(schema)) > LONGEST_SCHEMA:
        return f"has more than {LONGEST_SCHEMA} characters; shorten it"
    return next(_schema_problems(schema, ""), None)


def text_problem(schema: str, text: str) -> str | None:
    """Return where a text is no JSON that fits a schema, which is JSON itself, or None. Values are not quoted: they
    could be a part of a prompt."""
    try:
        value = json.loads(text)
    except ValueError:
        return "it is no JSON"
    return next(_value_problems(json.loads(schema), value, "$"), None)


def _schema_problems(schema: Mapping[str, Any], path: str) -> Iterator[str]:
    where = f"at {path} " if path else ""
    for keyword, value in schema.items():
        if keyword not in _KEYWORDS:
            yield f"{where}has {keyword[:40]!r}; use {', '.join(_KEYWORDS)}"
        elif type(value) not in _KEYWORDS[keyword]:
            yield f"{where}has a {keyword} of the wrong type"
    if schema.get("type", "object") not in _TYPES:
        yield f"{where}has an unknown type; use one of {', '.join(_TYPES)}"
    if isinstance(properties := schema.get("properties"), dict):
        for name, inner in properties.items():
            if isinstance(inner, dict):
                yield from _schema_problems(inner, f"{path}.{name}".lstrip("."))
            else:
                yield f"{where}has a property {name[:40]!r} that is no object"
    if isinstance(items := schema.get("items"), dict):
        yield from _schema_problems(items, f"{path}[]")


def _value_problems(schema: Mapping[str, Any], value: Any, path: str) -> Iterator[str]:
    kind = schema.get("type")
    # type(), because a bool is an int to isinstance; an integer may be written 1.0.
    if kind and type(value) not in _TYPES[kind] and not (kind == "integer" and _is_whole(value)):
        yield f"{path} is no {kind}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path} is none of the enum's values"
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        yield from (f"{path}.{name} is missing" for name in schema.get("required", ()) if name not in value)
        for name, inner in value.items():
            if name in properties:
                yield from _value_problems(properties[name], inner, f"{path}.{name}")
            elif schema.get("additionalProperties") is False:
                yield f"{path} has a property that the schema does not name"
    elif isinstance(value, list):
        yield from _range_problems(schema, "minItems", "maxItems", len(value), path)
        for index, item in enumerate(value):
            yield from _value_problems(schema.get("items", {}), item, f"{path}[{index}]")
    elif isinstance(value, str):
        yield from _range_problems(schema, "minLength", "maxLength", len(value), path)
    elif type(value) in _TYPES["number"]:
        yield from _range_problems(schema, "minimum", "maximum", value, path)


def _is_whole(value: Any) -> bool:
    return type(value) is float and value.is_integer()


def _range_problems(schema: Mapping[str, Any], least: str, most: str, size: float, path: str) -> Iterator[str]:
    if size < schema.get(least, size):
        yield f"{path} is below {least}"
    if size > schema.get(most, size):
        yield f"{path} is above {most}"
