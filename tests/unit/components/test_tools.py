"""The arguments of tools: what is refused before anything is created, and what is made of them."""

import json
from pathlib import Path
from typing import Any

import pytest

from genai_runtime.core import json_schema
from genai_runtime.core.agent.definitions import FILE, read_definitions
from genai_tiers import tool_schema
from genai_tiers.args import ThreeTierArgs
from genai_tiers.settings import read_settings
from genai_tiers.tool_code import DEFINITIONS, code_archive, load_tools
from genai_tiers.validation import InvalidArgumentsError

SCHEMA = '{"type": "object", "properties": {"order": {"type": "string"}}, "required": ["order"]}'


@pytest.fixture(autouse=True)
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program with the code of a tool."""
    code = tmp_path / "tool"
    (code / "parts" / "__pycache__").mkdir(parents=True)
    for name in ("main.py", "data.json", "parts/one.py", ".env", "parts/__pycache__/one.cpython-313.pyc", "old.pyc"):
        (code / name).write_text("x")
    (tmp_path / "schema.json").write_text(SCHEMA)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def tool(**change: Any) -> dict[str, Any]:
    return {"name": "order_status", "description": "Status of an order.", "code": "tool", **change}


def mistakes(*tools: dict[str, Any]) -> str:
    with pytest.raises(InvalidArgumentsError) as caught:
        load_tools("stack", read_settings("stack", {"tools": list(tools)}, ThreeTierArgs).tools)
    return "\n".join(caught.value.problems)


def test_definitions_are_what_the_runtime_reads() -> None:
    given = [
        tool(parameters=SCHEMA, timeout_seconds=9, cacheable=True),
        tool(name="other", parameters_file="schema.json"),
    ]
    found = load_tools("stack", read_settings("stack", {"tools": given}, ThreeTierArgs).tools)
    first, second = read_definitions(found.text)
    assert (first.tool.name, first.timeout_seconds, first.cacheable) == ("order_status", 9, True)
    assert json.loads(first.tool.parameters) == json.loads(second.tool.parameters) == json.loads(SCHEMA)
    assert found.files == {FILE: found.text}
    assert DEFINITIONS == FILE
    changed = [tool(description="Another.", parameters=SCHEMA), given[1]]
    assert load_tools("stack", read_settings("stack", {"tools": changed}, ThreeTierArgs).tools).digest != found.digest


def test_both_sides_know_the_same_part_of_json_schema() -> None:
    typed = {"type": "object", "properties": {}, "required": [], "additionalProperties": False, "items": {}, "enum": []}
    whole = dict.fromkeys(("minimum", "maximum", "minItems", "maxItems", "minLength", "maxLength"), 1)
    every = {**typed, **whole, "title": "x", "description": "x"}
    assert set(every) == tool_schema.KEYWORDS
    assert json_schema.schema_problem(every) is None
    assert tool_schema.LONGEST_SCHEMA == json_schema.LONGEST_SCHEMA


def test_code_is_packaged_without_what_is_hidden_or_compiled() -> None:
    [one] = read_settings("stack", {"tools": [tool()]}, ThreeTierArgs).tools
    assert sorted(code_archive(one).assets) == ["data.json", "main.py", "parts/one.py"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"function": "arn:aws:lambda:eu-west-1:1:function:x"}, "give either code (a folder) or function (an ARN)"),
        ({"code": None}, "give either code (a folder) or function (an ARN)"),
        ({"code": "none"}, "tools[0].code is 'none': there is no such folder below"),
        ({"handler": "other.handler"}, "tools[0].handler is 'other.handler': there is no file other.py in tool"),
        ({"parameters": SCHEMA, "parameters_file": "schema.json"}, "give either parameters or parameters_file"),
        ({"parameters_file": "none.json"}, "there is no such file below"),
        ({"parameters": "{"}, "tools[0].parameters is no JSON"),
        ({"parameters": '{"type": "string"}'}, "must be the schema of an object"),
        ({"parameters": '{"type": "object", "anyOf": []}'}, "has 'anyOf'; use "),
        (
            {"parameters": '{"type": "object", "properties": {"a": {"type": "array", "items": {"format": "x"}}}}'},
            "has 'format'; use ",
        ),
        (
            {"parameters": '{"type": "object", "properties": {"tenant": {"type": "string"}}}'},
            "has the property 'tenant', which the deployment tells the tool itself",
        ),
        ({"parameters": f'{{"type": "object", "title": "{"x" * 16_000}"}}'}, "has more than 16000 characters"),
    ],
)
def test_what_a_tool_consists_of_is_there_and_right(change: dict[str, Any], told: str) -> None:
    assert told in mistakes({name: value for name, value in tool(**change).items() if value is not None})


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"name": "order status"}, "tools[0].name is 'order status': expected a name such as order_status"),
        ({"description": None}, "tools[0].description is missing"),
        ({"permissions": [{"actions": ["dynamodb:*"], "resources": ["x"]}]}, "is 'dynamodb:*': expected an action"),
        ({"permissions": [{"actions": ["*"], "resources": ["x"]}]}, "is '*': expected an action"),
        ({"permissions": [{"actions": [], "resources": ["x"]}]}, "expected a list with at least one entry"),
        ({"permissions": [{"actions": ["s3:GetObject"]}]}, "tools[0].permissions[0].resources is None"),
        (
            {"permissions": [{"actions": ["s3:GetObject"], "resources": ["x"], "effect": "Deny"}]},
            "effect is not a field",
        ),
        ({"environment": {"AWS_REGION": "x"}}, "tools[0].environment.AWS_REGION cannot be a variable"),
        ({"environment": {"a-b": "x"}}, "tools[0].environment.a-b cannot be a variable"),
        ({"handler": "main"}, "expected a module and a function in it"),
        ({"timeout": 3}, "tools[0].timeout is not a field: did you mean timeout_seconds?"),
    ],
)
def test_a_wrong_argument_is_named(change: dict[str, Any], told: str) -> None:
    assert told in mistakes({name: value for name, value in tool(**change).items() if value is not None})


def test_tools_are_few_and_have_names_of_their_own() -> None:
    assert "tools has 11 tools: at most 10 are allowed" in mistakes(*(tool(name=f"tool_{n}") for n in range(11)))
    assert "tools has the name 'order_status' more than once" in mistakes(tool(), tool())
