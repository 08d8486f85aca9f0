"""The facts about AWS types: every path is a property of the installed SDK, every type can be made."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from pulumi_sandbox.plugin.facts import FACTS_FOLDER, modelled, type_facts
from pulumi_sandbox.plugin.handlers import handler_for
from pulumi_sandbox.plugin.schema import Type, object_properties, resource_schema

TOKENS = sorted(token for token in modelled("aws") if token.startswith("aws:"))
CHECKED = {
    "auto_name",
    "at_least_one_of",
    "computed",
    "conflicts_with",
    "default",
    "enum",
    "exactly_one_of",
    "ignore_case",
    "json",
    "max_items",
    "max_length",
    "maximum",
    "min_items",
    "min_length",
    "minimum",
    "pattern",
    "pattern_hint",
    "replace",
    "required_with",
    "sensitive",
    "set",
}
FOR_READERS = {"absent_when", "note", "replace_when", "same_key"}


def paths(kind: Type, prefix: str, depth: int = 0) -> Iterator[str]:
    """Yield every path below a property; types that hold themselves are followed to a depth of 12."""
    if depth > 12:
        return
    if kind.kind == "object":
        for name, prop in object_properties(kind).items():
            yield f"{prefix}.{name}"
            yield from paths(prop.type, f"{prefix}.{name}", depth + 1)
    elif kind.element is not None:
        mark = "[]" if kind.kind == "list" else ".*"
        yield prefix + mark
        yield from paths(kind.element, prefix + mark, depth + 1)


def declared(token: str) -> set[str]:
    schema = resource_schema(token)
    result: set[str] = set()
    for name, prop in {**schema.outputs, **schema.inputs}.items():
        result |= {name, *paths(prop.type, name)}
    return result


@pytest.mark.parametrize("token", TOKENS)
def test_every_path_is_a_property_of_the_sdk(token: str) -> None:
    known = type_facts(token).properties
    assert not set(known) - declared(token)
    for path, about in known.items():
        assert not set(about) - CHECKED - FOR_READERS, path


@pytest.mark.parametrize("token", TOKENS)
def test_relations_name_properties(token: str) -> None:
    names = declared(token)
    for path, about in type_facts(token).properties.items():
        for relation in ("conflicts_with", "exactly_one_of", "at_least_one_of", "required_with"):
            beside = path.rpartition(".")[0]
            for other in about.get(relation, ()):
                assert other in names or f"{beside}.{other}" in names, f"{path}: {other}"


@pytest.mark.parametrize("token", TOKENS)
def test_patterns_compile_and_defaults_are_allowed(token: str) -> None:
    for path, about in type_facts(token).properties.items():
        if "pattern" in about:
            re.compile(about["pattern"])
        if "default" in about and "enum" in about:
            assert about["default"] in about["enum"], path


@pytest.mark.parametrize("token", TOKENS)
def test_every_type_can_be_made(token: str) -> None:
    """By a handler, or by the recorder, which needs to know how the id looks."""
    made = handler_for(token)
    if made.update is None:
        schema = resource_schema(token)
        fixed = {name for name in schema.inputs if type_facts(token).replaces(name)}
        assert set(schema.inputs) - fixed <= {"region"}, "what has no update must be replaced for every change"


def entries() -> Iterator[tuple[Path, str, Mapping[str, Any]]]:
    for file in sorted((FACTS_FOLDER / "aws").glob("*.json")):
        for token, about in json.loads(file.read_text()).items():
            if token.startswith("aws:"):
                yield file, token, about


def test_every_type_names_its_source() -> None:
    for file, token, about in entries():
        assert token.split(":")[1].split("/")[0] == file.stem, token
        assert re.match(r"hashicorp/terraform-provider-aws internal/service/\w+/\w+\.go$", about["source"]), token
