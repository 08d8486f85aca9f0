"""What was released keeps its identity: a resource whose name, type or parent changes would be replaced."""

import json

import pytest
from deployment import ROOT, Deployment

from tools.shape import shape

pytestmark = pytest.mark.xdist_group("e2e")
RECORDED = ROOT / "tests" / "refactor" / "shapes" / "sandbox-aws.json"


def test_every_resource_has_the_identity_that_was_recorded(stack: Deployment) -> None:
    recorded = set(json.loads(RECORDED.read_text()))
    now = set(shape(json.loads(stack.pulumi("stack", "export"))))
    lost = sorted(recorded - now)
    assert not lost, (
        "these would be deleted and made anew in every stack that has them; keep their names, types and parents, or "
        "add their former ones to genai_tiers/lineage.py and record the new shape:\n" + "\n".join(lost)
    )
    new = sorted(now - recorded)
    assert not new, f"record the new resources in {RECORDED.relative_to(ROOT)} (tools/shape.py):\n" + "\n".join(new)
