"""What a rule's target gets of an event: all of it, a part, a constant, or a template filled from its parts."""

import json
from collections.abc import Mapping
from typing import Any


def target_input(target: Mapping[str, Any], event: Mapping[str, Any], rule_arn: str, ingested: str) -> str:
    """Return the text that a target (as ``PutTargets`` names its members) gets. ``ingested`` is a time."""
    if target.get("Input"):
        return target["Input"]
    if target.get("InputPath"):
        return json.dumps(_at(event, target["InputPath"]))
    transformer = target.get("InputTransformer")
    if not transformer:
        return json.dumps(event)
    values = {name: _at(event, path) for name, path in (transformer.get("InputPathsMap") or {}).items()}
    values |= {
        "aws.events.rule-arn": rule_arn,
        "aws.events.rule-name": rule_arn.rpartition("/")[2],
        "aws.events.event.ingestion-time": ingested,
        "aws.events.event": {name: value for name, value in event.items() if name != "detail"},
        "aws.events.event.json": dict(event),
    }
    return fill(transformer["InputTemplate"], values)


def _at(event: Mapping[str, Any], path: str) -> Any:
    from jsonpath_ng.ext.parser import parse  # pyright: ignore[reportUnknownVariableType] - untyped

    # A name with a dash is written as it is in EventBridge's paths.
    quoted = ".".join(f'"{part}"' if "-" in part and "[" not in part else part for part in path.split("."))
    reader: Any = parse(quoted)  # pyright: ignore[reportUnknownVariableType]
    found = reader.find(dict(event))
    return found[0].value if found else None


def fill(template: str, values: Mapping[str, Any]) -> str:
    """Replace ``<name>`` in a template: inside quotes by text, elsewhere by JSON; unknown names stay."""
    result: list[str] = []
    position, quoted = 0, False
    while position < len(template):
        character = template[position]
        end = template.find(">", position) if character == "<" else -1
        name = template[position + 1 : end] if end > 0 else ""
        if name in values:
            result.append(_inside_quotes(values[name]) if quoted else json.dumps(values[name]))
            position = end + 1
            continue
        if character == "\\" and quoted:
            result.append(template[position : position + 2])
            position += 2
            continue
        if character == '"':
            quoted = not quoted
        result.append(character)
        position += 1
    return "".join(result)


def _inside_quotes(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value)
    return json.dumps(text)[1:-1]
