"""The page of failures has a row for each failure in each pattern, and names tests that exist."""

import ast
from itertools import product

import pytest
from pages import ROOT, code, table

ROWS = table("docs/failures.md", "By failure and pattern")
VARIANTS = {"1 REST", "1 GraphQL", "2", "3", "4 polled", "4 pushed", "5", "6"}
FAILURES = {
    "none",
    "a model is throttled",
    "a worker is killed",
    "a request or message comes twice",
    "work fails for good",
    "a client leaves and comes back",
    "a payload is over the limit",
}


def test_each_failure_is_told_once_for_each_pattern() -> None:
    told = [(row["failure"], pattern) for row in ROWS for pattern in row["patterns"].split(", ")]
    assert sorted(told) == sorted(product(FAILURES, VARIANTS))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['failure']}, {row['patterns']}")
def test_what_shows_it_exists(row: dict[str, str]) -> None:
    named = code(row["shown by"])
    assert named or row["shown by"] == "not applicable"
    for name in named:
        file, _, test = name.partition("::")
        tree = ast.parse((ROOT / "tests" / "e2e" / file).read_text())
        assert test in {each.name for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)}
