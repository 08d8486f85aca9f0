"""The settings of the response cache, in the argument `cache`."""

from dataclasses import dataclass

from .validation import Reader


@dataclass(frozen=True)
class Cache:
    """How long answers are served again, and to which questions."""

    ttl_seconds: int = 3_600
    semantic: bool = False
    similarity_percent: int = 95


def read_cache(reader: Reader) -> Cache:
    """The settings in the argument `cache`."""
    default = Cache()
    cache = Cache(
        ttl_seconds=reader.whole("ttl_seconds", default.ttl_seconds, 0, 30 * 86_400, "seconds"),
        semantic=reader.flag("semantic", default.semantic),
        # Below, questions are about the same subject but seldom ask the same.
        similarity_percent=reader.whole("similarity_percent", default.similarity_percent, 80, 100, "percent"),
    )
    if cache.semantic and not cache.ttl_seconds:
        reader.say("semantic", "the cache is off with ttl_seconds 0; set a time, or leave semantic out")
    reader.finish()
    return cache
