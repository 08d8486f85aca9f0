"""The part of JSON Schema that answers are held to."""

import json
from typing import Any

import pytest

from genai_runtime.core.json_schema import schema_problem, text_problem

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 2, "maxLength": 4},
        "count": {"type": "integer", "minimum": 0, "maximum": 9},
        "kind": {"enum": ["a", "b", 1]},
        "tags": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 2},
        "inner": {"type": "object", "properties": {"flag": {"type": "boolean"}}, "required": ["flag"]},
    },
    "required": ["name"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    "value",
    [
        {"name": "ab"},
        {"name": "abcd", "count": 9, "kind": 1, "tags": ["x", "y"], "inner": {"flag": True, "more": 1}},
        {"name": "ab", "count": 3.0},
    ],
)
def test_what_fits_has_no_problem(value: Any):
    assert text_problem(json.dumps(SCHEMA), json.dumps(value)) is None


@pytest.mark.parametrize(
    ("value", "where"),
    [
        ([], "$ is no object"),
        ({}, "$.name is missing"),
        ({"name": 1}, "$.name is no string"),
        ({"name": "a"}, "$.name is below minLength"),
        ({"name": "abcde"}, "$.name is above maxLength"),
        ({"name": "ab", "count": True}, "$.count is no integer"),
        ({"name": "ab", "count": 1.5}, "$.count is no integer"),
        ({"name": "ab", "count": -1}, "$.count is below minimum"),
        ({"name": "ab", "count": 10}, "$.count is above maximum"),
        ({"name": "ab", "kind": "c"}, "$.kind is none of the enum's values"),
        ({"name": "ab", "tags": []}, "$.tags is below minItems"),
        ({"name": "ab", "tags": ["x", 1]}, "$.tags[1] is no string"),
        ({"name": "ab", "inner": {}}, "$.inner.flag is missing"),
        ({"name": "ab", "other": 1}, "$ has a property that the schema does not name"),
    ],
)
def test_what_does_not_fit_is_named_by_its_place(value: Any, where: str):
    assert text_problem(json.dumps(SCHEMA), json.dumps(value)) == where


def test_a_text_that_is_no_json_does_not_fit():
    assert text_problem(json.dumps(SCHEMA), "It is fine.") == "it is no JSON"


@pytest.mark.parametrize(
    ("schema", "problem"),
    [
        ({}, "must have the type 'object'"),
        ({"type": "array"}, "must have the type 'object'"),
        ({"type": "object", "oneOf": []}, "has 'oneOf'"),
        ({"type": "object", "properties": []}, "has a properties of the wrong type"),
        ({"type": "object", "properties": {"a": 1}}, "has a property 'a' that is no object"),
        ({"type": "object", "properties": {"a": {"type": "text"}}}, "at a has an unknown type"),
        ({"type": "object", "properties": {"a": {"items": {"$ref": "#"}}}}, "at a[] has '$ref'"),
        ({"type": "object", "description": "x" * 16_000}, "more than 16000 characters"),
    ],
)
def test_schemas_that_cannot_be_held_to_are_refused(schema: dict[str, Any], problem: str):
    assert problem in (schema_problem(schema) or "")


def test_the_schema_of_this_test_is_a_good_one():
    assert schema_problem(SCHEMA) is None
