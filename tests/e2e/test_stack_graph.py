"""The recorded graph, of which the cost page and the picture are made, is that of the deployed stack."""

import json

import pytest
from deployment import ROOT, Deployment

from tools.stack_graph import RECORDED, graph, written

pytestmark = pytest.mark.xdist_group("e2e")


def test_the_recorded_graph_is_that_of_the_stack(stack: Deployment) -> None:
    now = written(graph(json.loads(stack.pulumi("stack", "export"))))
    found = ROOT / ".tools" / RECORDED.name
    found.write_text(now)
    assert now == RECORDED.read_text(), (
        f"the stack has changed; record it and make its pages anew:\ncp {found.relative_to(ROOT)}"
        f" {RECORDED.relative_to(ROOT)}; python -m tools.diagram; python -m tools.cost"
    )
