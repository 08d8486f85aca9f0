"""What can be said of a tool's schema before it is deployed. The runtime reads the same part of JSON Schema."""

import json
from collections.abc import Mapping
from typing import Any

LONGEST_SCHEMA = 16_000
"""Characters of JSON; models read it with every question."""

KEYWORDS = frozenset(
    {
        "type",
        "properties",
        "required",
        "additionalProperties",
        "items",
        "enum",
        "minimum",
        "maximum",
        "minItems",
        "maxItems",
        "minLength",
        "maxLength",
        "title",
        "description",
    }
)

RESERVED = frozenset({"tenant", "user", "request_id"})
"""What a tool is told by the deployment. A parameter of such a name would have the model say who asks."""


def parse_schema(text: str) -> tuple[dict[str, Any], str]:
    """The schema in a text, and what is wrong with it, or nothing."""
    try:
        schema = json.loads(text)
    except ValueError as error:
        return {}, f"is no JSON: {error}"
    if not isinstance(schema, dict) or schema.get("type") != "object":
        return {}, 'must be the schema of an object: {"type": "object", "properties": {…}}'
    if len(json.dumps(schema)) > LONGEST_SCHEMA:
        return {}, f"has more than {LONGEST_SCHEMA} characters; shorten it"
    if named := RESERVED & set(schema.get("properties", {})):
        return {}, f"has the property {min(named)!r}, which the deployment tells the tool itself; leave it out"
    return schema, _unknown(schema)


def _unknown(schema: Mapping[str, Any]) -> str:
    for keyword in schema:
        if keyword not in KEYWORDS:
            return f"has {keyword!r}; use {', '.join(sorted(KEYWORDS))}"
    inner = [*schema.get("properties", {}).values(), *([schema["items"]] if "items" in schema else [])]
    return next((problem for each in inner if isinstance(each, Mapping) and (problem := _unknown(each))), "")
