"""The table of components in docs/product-engineer.md says what was deployed."""

import json
import re
from typing import Any, get_type_hints

import pytest
from deployment import ROOT, Deployment

from genai_tiers import aws

pytestmark = pytest.mark.xdist_group("e2e")


def rows() -> dict[str, dict[str, str]]:
    """The table's rows by component, without the backquotes."""
    section = (ROOT / "docs" / "product-engineer.md").read_text().split("## What each component creates", 1)[1]
    lines = [line for line in section.split("\n## ", 1)[0].splitlines() if line.startswith("|")]
    head, _, *found = [[cell.strip().replace("`", "") for cell in line.strip("|").split("|")] for line in lines]
    return {row[0]: dict(zip(head, row, strict=True)) for row in found}


def created(stack: Deployment) -> dict[str, set[str]]:
    """Component -> the types of its children in the stack's state, written as Pulumi prints them."""
    resources: list[dict[str, Any]] = json.loads(stack.pulumi("stack", "export"))["deployment"]["resources"]
    types = {resource["urn"]: resource["type"] for resource in resources}
    found: dict[str, set[str]] = {name: set() for name in aws.__all__}
    for resource in resources:
        parent = types.get(resource.get("parent", ""), "").rpartition(":")[2]
        if parent in found:
            shown = re.sub(r"/[^:]*", "", resource["type"]).removeprefix("genai-tiers:index:")
            found[parent].add(shown)
    return found


def test_the_table_lists_what_each_component_creates(stack: Deployment) -> None:
    listed = {name: set(row["creates"].split(", ")) for name, row in rows().items()}
    assert listed == created(stack)


def test_the_table_lists_arguments_and_outputs() -> None:
    for name, row in rows().items():
        component = getattr(aws, name)
        hints = get_type_hints(component.__init__)
        assert row["arguments"] == hints["args"].__name__
        assert row["outputs"].split(", ") == sorted(component.__annotations__), name
    assert set(rows()) == set(aws.__all__)
