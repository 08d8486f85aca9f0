import hashlib
import json

import pytest

from genai_runtime.core.entrance import came_through
from tests.unit.runtime.memory import Deployment, settings

DIGESTS = [hashlib.sha256(value.encode()).hexdigest() for value in ("next", "current", "last")]


@pytest.mark.parametrize("value", ["next", "current", "last"])
def test_each_of_the_accepted_values_is_taken(value: str):
    assert came_through({"x-origin-verify": value}, settings(origin_digests=DIGESTS))


@pytest.mark.parametrize("value", ["", "older", DIGESTS[0], "\ud800"])
def test_others_are_not(value: str):
    assert not came_through({"x-origin-verify": value}, settings(origin_digests=DIGESTS))
    assert not came_through({}, settings(origin_digests=DIGESTS))


def test_nothing_is_taken_where_no_value_is_accepted():
    assert not came_through({}, settings(origin_digests=[]))


def test_an_open_api_needs_none():
    assert came_through({}, settings(origin_digests=None))


def test_a_direct_call_is_refused_before_anything_else_is_looked_at():
    response = Deployment(config=settings(origin_digests=DIGESTS)).send("GET", "/v1/no-such-thing", claims={})
    error = json.loads(response.body)["error"]
    assert (response.status, error["type"], error["code"]) == (403, "permission_error", "direct_access_denied")
