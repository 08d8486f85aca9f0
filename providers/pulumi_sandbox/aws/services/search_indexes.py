"""Vector indexes of OpenSearch Serverless collections: their schema, and the vectors that knowledge bases keep in them.

The search engine itself is not here: nothing but the knowledge bases of the sandbox reads and writes an index.
"""

from collections.abc import Mapping
from typing import Any

from pulumi_sandbox.durable import open_map

from .knowledge_store import forget_under, under
from .search_collections import collection_name

_indexes = open_map("opensearch.indexes")
_vectors = open_map("opensearch.vectors")


class StoredVector:
    """A vector, as `vector_search.nearest` takes it."""

    def __init__(self, stored: Mapping[str, Any]) -> None:
        self.data = stored["data"]
        self.metadata = stored.get("metadata")


class SearchIndex:
    """An index, as `vector_search.nearest` takes it."""

    def __init__(self, key: str, schema: Mapping[str, Any]) -> None:
        self._prefix = f"{key} "
        fields = vector_fields(schema)
        self.field, vector = next(iter(fields.items())) if fields else ("", {})
        self.dimension = int(vector.get("dimension", 0))
        space = vector.get("space_type") or (vector.get("method") or {}).get("space_type", "l2")
        self.distance_metric = "cosine" if space == "cosinesimil" else "euclidean"

    @property
    def vectors(self) -> dict[str, StoredVector]:
        """What is in the index, by id."""
        return {key.removeprefix(self._prefix): StoredVector(value) for key, value in under(_vectors, self._prefix)}

    def put(self, vectors: list[dict[str, Any]]) -> None:
        """Keep vectors, in the form of S3 Vectors' PutVectors."""
        for vector in vectors:
            _vectors[self._prefix + vector["key"]] = {name: vector[name] for name in ("data", "metadata")}

    def delete(self, keys: list[str]) -> None:
        """Forget vectors."""
        for key in keys:
            _vectors.pop(self._prefix + key, None)


def vector_fields(schema: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the fields of a schema that hold vectors."""
    fields = (schema.get("mappings") or {}).get("properties") or {}
    return {name: field for name, field in fields.items() if field.get("type") == "knn_vector"}


def create(collection_arn: str, name: str, schema: Mapping[str, Any]) -> bool:
    """Keep a new index; False when there is one of this name."""
    key = _key(collection_arn, name)
    if key in _indexes:
        return False
    _indexes[key] = dict(schema)
    return True


def schema_of(collection_arn: str, name: str) -> Mapping[str, Any] | None:
    """Return an index's schema; None when there is none."""
    return _indexes.get(_key(collection_arn, name))


def delete(collection_arn: str, name: str) -> bool:
    """Forget an index and what is in it; False when there is none."""
    key = _key(collection_arn, name)
    forget_under(f"{key} ", _vectors)
    return _indexes.pop(key, None) is not None


def find(collection_arn: str, name: str) -> SearchIndex:
    """Return an index. Raises LookupError, also when its collection is gone."""
    collection_name(collection_arn)
    schema = schema_of(collection_arn, name)
    if schema is None:
        raise LookupError(f"no such index [{name}] in the collection {collection_arn}")
    return SearchIndex(_key(collection_arn, name), schema)


def _key(collection_arn: str, name: str) -> str:
    return f"{collection_arn}/{name}"
