"""Exact nearest-neighbour search over an S3 Vectors index that moto holds."""

import heapq
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from pulumi_sandbox.aws.moto_lock import moto_state

from .vector_filter import check_filter, matches

_lengths: WeakKeyDictionary[Any, float] = WeakKeyDictionary()


@dataclass(frozen=True)
class Hit:
    """A vector found; `distance` is 1 - cosine, or the Euclidean distance, as the index says."""

    key: str
    distance: float
    metadata: Mapping[str, Any]


def unfilterable_keys(index: Any) -> list[str]:
    """Return the metadata keys that an index does not filter by."""
    return (getattr(index, "metadata_configuration", None) or {}).get("nonFilterableMetadataKeys") or []


def nearest(index: Any, query: Sequence[float], count: int, condition: Mapping[str, Any] | None = None) -> list[Hit]:
    """Return the vectors of a moto index that match the filter, the nearest first, at most `count`.

    Raises FilterError for a wrong filter, ValueError for a query of another dimension than the index's.
    """
    if condition is not None:
        check_filter(condition, unfilterable_keys(index))
    if len(query) != index.dimension:
        raise ValueError(f"vector must have length {index.dimension}, but has length {len(query)}")
    with moto_state():
        stored = list(index.vectors.items())
    wanted = tuple(query)
    measure = _cosine_distance if index.distance_metric == "cosine" else _euclidean_distance
    length = math.hypot(*wanted)
    found = (
        Hit(key, measure(wanted, length, vector), vector.metadata or {})
        for key, vector in stored
        if condition is None or matches(condition, vector.metadata or {})
    )
    return heapq.nsmallest(count, found, key=lambda hit: (hit.distance, hit.key))


def _cosine_distance(query: tuple[float, ...], length: float, vector: Any) -> float:
    values = vector.data["float32"]
    held = _lengths.get(vector)
    if held is None:
        held = _lengths[vector] = math.hypot(*values)
    if not held or not length:
        return 1.0
    # By the law of cosines: math.dist runs in C, a scalar product in Python would be ten times slower.
    apart = math.dist(query, values)
    return 1.0 - (length * length + held * held - apart * apart) / (2 * length * held)


def _euclidean_distance(query: tuple[float, ...], _length: float, vector: Any) -> float:
    return math.dist(query, vector.data["float32"])
