"""Which tools the embedded model calls, and with what; the rules are in `extractive`'s docstring."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from .conversation import Tool
from .terms import terms, words

_LEAST_SHARED_TERMS = 2
_QUOTED = re.compile(r"[\"\u201c'\u2018]([^\"\u201c\u201d'\u2018\u2019]+)[\"\u201d'\u2019]")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_CLAUSE_END = re.compile(r"[?!.;]\s+|,?\s+and\s+", re.IGNORECASE)


def choose_tools(tools: Sequence[Tool], choice: str, question: str) -> list[tuple[Tool, dict[str, Any]]]:
    """Return the tools to call and their inputs, none to answer in words.

    `choice` is "auto", "any", "none" or a tool's name. With "auto", each clause of the question may call a tool.
    """
    if choice != "auto":
        chosen = choose_tool(tools, choice, question)
        return [chosen] if chosen else []
    clauses = [clause for clause in _CLAUSE_END.split(question) if clause.strip()]
    found = [chosen for clause in clauses if (chosen := choose_tool(tools, choice, clause))]
    if len(clauses) > 1 and not found and (whole := choose_tool(tools, choice, question)):
        return [whole]
    return [chosen for index, chosen in enumerate(found) if chosen not in found[:index]]


def named_tools(tools: Sequence[Tool], results: Sequence[str]) -> list[tuple[Tool, dict[str, Any]]]:
    """Return the tools that results of other tools name, with inputs filled from what names them."""
    return [
        (tool, fill_input(tool.schema, result))
        for result in results
        for tool in tools
        if re.search(rf"(?<![\w-]){re.escape(tool.name)}(?![\w-])", result)
    ]


def choose_tool(tools: Sequence[Tool], choice: str, question: str) -> tuple[Tool, dict[str, Any]] | None:
    """Return the tool to call and its input, or None to answer in words.

    `choice` is "auto", "any", "none" or a tool's name.
    """
    if not tools or choice == "none":
        return None
    named = [tool for tool in tools if tool.name == choice]
    fits = sorted(((-_fit(tool, question), index) for index, tool in enumerate(tools)))
    best = tools[fits[0][1]]
    if named:
        best = named[0]
    elif choice != "any" and -fits[0][0] < _LEAST_SHARED_TERMS:
        return None
    return best, fill_input(best.schema, question)


def _fit(tool: Tool, question: str) -> int:
    asked = set(terms(question))
    name = re.sub(r"([a-z])([A-Z])", r"\1 \2", tool.name).replace("_", " ").replace("-", " ")
    if " ".join(words(tool.name)) in " ".join(words(question)) or (terms(name) and set(terms(name)) <= asked):
        return _LEAST_SHARED_TERMS + len(asked & set(terms(f"{name} {tool.description}")))
    return len(asked & set(terms(f"{name} {tool.description}")))


def fill_input(schema: Mapping[str, Any], question: str) -> dict[str, Any]:
    """Return an input object: all required properties, and others that the question has a value for."""
    quoted, numbers = _QUOTED.findall(question), _NUMBER.findall(question)
    required = set(schema.get("required", ()))
    filled: dict[str, Any] = {}
    for name, definition in dict(schema.get("properties", {})).items():
        value = _value(definition, question, quoted, numbers)
        if value is None and name in required:
            value = _fallback(definition, question)
        if value is not None:
            filled[name] = value
    return filled


def _value(definition: Mapping[str, Any], question: str, quoted: list[str], numbers: list[str]) -> Any:
    if "enum" in definition:
        asked = question.casefold()
        return next((item for item in definition["enum"] if str(item).casefold() in asked), None)
    kind = definition.get("type")
    if kind in {"integer", "number"} and numbers:
        number = float(numbers.pop(0))
        return int(number) if kind == "integer" else number
    if kind == "string" and quoted:
        return quoted.pop(0)
    return None


def _fallback(definition: Mapping[str, Any], question: str) -> Any:
    if definition.get("enum"):
        return definition["enum"][0]
    if "default" in definition:
        return definition["default"]
    kind = definition.get("type", "string")
    if kind == "object":
        return fill_input(definition, question)
    return {"string": question, "integer": 0, "number": 0.0, "boolean": True, "array": []}.get(kind)
