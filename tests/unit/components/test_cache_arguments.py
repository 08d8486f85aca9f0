import pytest

from genai_tiers.args import RequestResponseArgs, ThreeTierArgs
from genai_tiers.refs import MiddlewareRefs
from genai_tiers.settings import read_settings
from genai_tiers.validation import InvalidArgumentsError

MIDDLEWARE = dict.fromkeys(MiddlewareRefs.__required_keys__, "x")


def test_a_semantic_cache_needs_a_cache() -> None:
    with pytest.raises(InvalidArgumentsError) as caught:
        read_settings("s", {"cache": {"semantic": True, "ttl_seconds": 0}}, ThreeTierArgs)
    assert list(caught.value.problems) == [
        "cache.semantic is True: the cache is off with ttl_seconds 0; set a time, or leave semantic out"
    ]


def test_it_needs_the_index_of_the_middleware_that_is_given() -> None:
    semantic = {"cache": {"semantic": True}}
    with pytest.raises(InvalidArgumentsError) as caught:
        read_settings("s", {**semantic, "middleware": MIDDLEWARE}, RequestResponseArgs)
    assert list(caught.value.problems) == [
        "middleware.cache_index is missing: create the middleware with cache.semantic, or leave that out here"
    ]
    with_index = {**semantic, "middleware": {**MIDDLEWARE, "cache_index": "x"}}
    assert read_settings("s", with_index, RequestResponseArgs).cache.semantic
    assert not read_settings("s", {"middleware": MIDDLEWARE}, RequestResponseArgs).cache.semantic
