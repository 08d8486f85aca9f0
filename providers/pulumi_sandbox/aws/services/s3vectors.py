"""What moto's S3 Vectors lacks, added to it: QueryVectors, the metadata configuration of an index, the limits of
vectors.

Written for moto 5.2.5, whose CreateIndex drops `metadataConfiguration` and encryption and replaces an index of the
same name, and whose PutVectors checks nothing but dimensions.
"""

import json
import math
import time
from collections.abc import Mapping
from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult
from moto.s3vectors import urls
from moto.s3vectors.exceptions import ValidationError
from moto.s3vectors.models import Index, S3VectorsBackend, VectorBucket
from moto.s3vectors.responses import S3VectorsResponse

from .vector_filter import FilterError
from .vector_search import nearest, unfilterable_keys

_MOST_FILTERABLE_BYTES = 2048
_MOST_METADATA_BYTES = 40 * 1024
_MOST_METADATA_KEYS = 50
_MOST_DIMENSIONS = 4096
_MOST_VECTORS_A_CALL = 500
_MOST_RESULTS = 100
_METRICS = ("euclidean", "cosine")


class IndexConflictError(ServiceException):
    """An index of this name is there already."""

    code = "ConflictException"

    def __init__(self) -> None:
        super().__init__("An index with the specified name already exists")


def install() -> None:
    """Add to moto what is missing; must run before moto's server builds its URL map. Safe to repeat."""
    responses: Any = S3VectorsResponse
    responses.create_vector_bucket = _create_vector_bucket
    responses.create_index = _create_index
    responses.put_vectors = _put_vectors
    responses.query_vectors = _query_vectors
    urls.url_paths["{0}/QueryVectors$"] = S3VectorsResponse.dispatch


_create_vector_bucket_of_moto: Any = S3VectorsResponse.create_vector_bucket


def _create_vector_bucket(self: Any) -> ActionResult:
    _create_vector_bucket_of_moto(self)
    bucket: Any = self.s3vectors_backend.get_vector_bucket(vector_bucket_name=self._get_param("vectorBucketName"))
    bucket.creation_time = time.time()
    return ActionResult({"vectorBucketArn": bucket.vector_bucket_arn})


def _create_index(self: Any) -> ActionResult:
    backend: S3VectorsBackend = self.s3vectors_backend
    asked = {name: self._get_param(name) for name in ("vectorBucketName", "vectorBucketArn", "indexName", "dataType")}
    dimension, metric = self._get_param("dimension"), self._get_param("distanceMetric")
    if asked["dataType"] != "float32":
        raise ValidationError(_constraint("dataType", "Member must satisfy enum value set: [float32]"))
    if not 1 <= dimension <= _MOST_DIMENSIONS:
        raise ValidationError(_constraint("dimension", f"Member must be between 1 and {_MOST_DIMENSIONS}, inclusive"))
    if metric not in _METRICS:
        raise ValidationError(_constraint("distanceMetric", "Member must satisfy enum value set: [euclidean, cosine]"))
    bucket: VectorBucket = backend.get_vector_bucket(asked["vectorBucketName"], asked["vectorBucketArn"])
    if any(index.index_name == asked["indexName"] for index in bucket.indexes.values()):
        raise IndexConflictError
    backend.create_index(
        vector_bucket_name=bucket.vector_bucket_name,
        vector_bucket_arn=bucket.vector_bucket_arn,
        index_name=asked["indexName"],
        data_type="float32",
        dimension=dimension,
        distance_metric=metric,
        tags=self._get_param("tags"),
    )
    index: Any = backend.get_index(bucket.vector_bucket_name, asked["indexName"], "")
    index.creation_time = time.time()
    index.metadata_configuration = self._get_param("metadataConfiguration")
    index.encryption_configuration = self._get_param("encryptionConfiguration") or bucket.encryption_configuration
    return ActionResult({"indexArn": index.index_arn})


def _constraint(member: str, rule: str) -> str:
    return f"1 validation error detected. Value at '/{member}' failed to satisfy constraint: {rule}"


def _index(self: Any) -> Index:
    name, index_arn, bucket = (self._get_param(key) for key in ("indexName", "indexArn", "vectorBucketName"))
    self._validate_index_params(index_arn, name, bucket)
    return self.s3vectors_backend.get_index(bucket, name, index_arn)


def _put_vectors(self: Any) -> ActionResult:
    index, vectors = _index(self), self._get_param("vectors")
    if not 1 <= len(vectors) <= _MOST_VECTORS_A_CALL:
        raise ValidationError(
            _constraint("vectors", f"Member must have length between 1 and {_MOST_VECTORS_A_CALL}, inclusive")
        )
    for vector in vectors:
        if problem := _problem(index, vector):
            raise ValidationError(f"Invalid record for key '{vector['key']}': {problem}")
    self.s3vectors_backend.put_vectors("", "", index.index_arn, vectors)
    return ActionResult({})


def _problem(index: Index, vector: Mapping[str, Any]) -> str | None:
    values, metadata = vector["data"]["float32"], vector.get("metadata") or {}
    if len(values) != index.dimension:
        return f"vector must have length {index.dimension}, but has length {len(values)}"
    if not all(map(math.isfinite, values)):
        return "vector must not contain NaN or infinite values"
    if index.distance_metric == "cosine" and not any(values):
        return "vector must not be all zeros for the cosine distance metric"
    if len(metadata) > _MOST_METADATA_KEYS:
        return f"Metadata must have at most {_MOST_METADATA_KEYS} keys"
    unfilterable = unfilterable_keys(index)
    if _size({key: value for key, value in metadata.items() if key not in unfilterable}) > _MOST_FILTERABLE_BYTES:
        return f"Filterable metadata must have at most {_MOST_FILTERABLE_BYTES} bytes"
    if _size(metadata) > _MOST_METADATA_BYTES:
        return f"Metadata must have at most {_MOST_METADATA_BYTES} bytes"
    return None


def _size(metadata: Mapping[str, Any]) -> int:
    return len(json.dumps(metadata, ensure_ascii=False, separators=(",", ":")).encode()) if metadata else 0


def _query_vectors(self: Any) -> ActionResult:
    index = _index(self)
    count, vector = self._get_param("topK"), (self._get_param("queryVector") or {}).get("float32")
    for name in ("queryTexts", "nextToken"):
        if self._get_param(name):
            raise ValidationError(f"{name}: the sandbox queries by one vector and gives one page")
    if vector is None:
        raise ValidationError("queryVector must be given")
    if not 1 <= count <= _MOST_RESULTS:
        raise ValidationError(_constraint("topK", f"Member must be between 1 and {_MOST_RESULTS}, inclusive"))
    try:
        hits = nearest(index, vector, count, self._get_param("filter"))
    except FilterError as error:
        raise ValidationError(f"Invalid filter: {error}") from error
    except ValueError as error:
        raise ValidationError(f"Query vector contains invalid values or is invalid for this index: {error}") from error
    with_distance, with_metadata = self._get_param("returnDistance"), self._get_param("returnMetadata")
    found = [
        {
            "key": hit.key,
            "distance": hit.distance if with_distance else None,
            "metadata": dict(hit.metadata) if with_metadata else None,
        }
        for hit in hits
    ]
    return ActionResult({"vectors": found, "distanceMetric": index.distance_metric})
