import pytest
from deployment import Deployment
from leftovers import remaining

pytestmark = pytest.mark.xdist_group("fortified")


def test_destroy_leaves_nothing_behind(fortified: Deployment) -> None:
    assert fortified.sandbox("recorded")
    fortified.pulumi("destroy", "--yes", "--skip-preview")
    assert remaining(fortified) == {}
    assert fortified.sandbox("recorded") == []
