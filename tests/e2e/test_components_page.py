"""The table of components in docs/product-engineer.md says what was deployed."""

import json
import re
from typing import Any, get_type_hints

import pytest
from deployment import ROOT, Deployment

from genai_tiers import aws

pytestmark = pytest.mark.xdist_group("e2e")


def test_the_table_lists_what_each_component_takes_creates_and_gives(stack: Deployment) -> None:
    table = as_table(json.loads(stack.pulumi("stack", "export"))["deployment"]["resources"])
    page = (ROOT / "docs" / "product-engineer.md").read_text()
    assert table in page, f"docs/product-engineer.md is out of date; its table must be:\n\n{table}"


def as_table(resources: list[dict[str, Any]]) -> str:
    """The table, from a stack's state."""
    rows = ["| component | arguments | creates | outputs |", "| --- | --- | --- | --- |"]
    for name in aws.__all__:
        component = getattr(aws, name)
        arguments = get_type_hints(component.__init__)["args"].__name__
        created, outputs = code(types_below(name, resources)), code(component.__annotations__)
        rows.append(f"| `{name}` | `{arguments}` | {created} | {outputs} |")
    return "\n".join(rows) + "\n"


def types_below(component: str, resources: list[dict[str, Any]]) -> set[str]:
    """The types of a component's children, written as Pulumi prints them."""
    types = {resource["urn"]: resource["type"] for resource in resources}
    below = [each["type"] for each in resources if types.get(each.get("parent")) == f"genai-tiers:index:{component}"]
    return {re.sub(r"/[^:]*", "", kind).removeprefix("genai-tiers:index:") for kind in below}


def code(names: Any) -> str:
    """Names in a cell, in order."""
    return ", ".join(f"`{name}`" for name in sorted(names))
