"""The page of AWS's traps names code and tests that exist."""

import ast
import re

import pytest
from pages import ROOT, code, table

ROWS = table("docs/aws-gotchas.md", "The traps")
NAMED = [
    name for row in ROWS for name in code(row["where or why"]) if re.match(r"(tests|components|runtime)/.*\.py", name)
]


def test_each_trap_is_of_a_known_kind_and_named_once() -> None:
    assert {row["kind"] for row in ROWS} == {"by construction", "tested", "not here"}
    assert len({row["trap"] for row in ROWS}) == len(ROWS) == 23


@pytest.mark.parametrize("row", [row for row in ROWS if row["kind"] != "not here"], ids=lambda row: row["trap"])
def test_what_is_prevented_names_where(row: dict[str, str]) -> None:
    named = [name for name in code(row["where or why"]) if name in NAMED]
    assert named
    assert row["kind"] != "tested" or any("::" in name for name in named)


@pytest.mark.parametrize("name", sorted(set(NAMED)))
def test_what_is_named_exists(name: str) -> None:
    file, _, test = name.partition("::")
    tree = ast.parse((ROOT / file).read_text())
    functions = {each.name for each in ast.walk(tree) if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)}
    assert not test or test in functions
