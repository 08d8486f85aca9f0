"""Where a knowledge base keeps its vectors: an index of S3 Vectors, or of an OpenSearch Serverless collection.

Every call to a store is made, or judged, as the knowledge base's role.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from pulumi_sandbox.iam import authorize

from . import search_indexes
from .knowledge_role import find_index, require_key_of_index, role_client
from .rest_json import InvalidRequestError
from .search_collections import ForbiddenError, require_access

Base = Mapping[str, Any]
_FIELDS = ("vectorField", "textField", "metadataField")


@dataclass(frozen=True)
class S3VectorsStore:
    """An index of S3 Vectors."""

    index_arn: str
    type = "S3_VECTORS"
    service = "S3Vectors"
    title = "Amazon S3 Vectors"

    @property
    def index(self) -> Any:
        """Return the index, as `vector_search.nearest` takes it. Raises LookupError."""
        return find_index(self.index_arn)

    def require_validation(self, role: str, region: str, session_name: str) -> None:
        """Return if the role may do what is tried when a knowledge base is made. Raises AccessDeniedError."""
        for action in ("s3vectors:GetIndex", "s3vectors:QueryVectors"):
            authorize(role, action, self.index_arn, session_name=session_name, region=region)
        require_key_of_index(role, self.index, region, "kms:Decrypt", session_name=session_name)

    def require_reading(self, role: str, region: str, session_name: str) -> None:
        """Return if the role may search. Raises AccessDeniedError."""
        for action in ("s3vectors:QueryVectors", "s3vectors:GetVectors"):
            authorize(role, action, self.index_arn, session_name=session_name, region=region)
        require_key_of_index(role, self.index, region, "kms:Decrypt", session_name=session_name)

    def require_writing(self, role: str, region: str, session_name: str) -> None:
        """Return if the role may use the index's key. Raises AccessDeniedError; IAM judges the writes themselves."""
        actions = ("kms:GenerateDataKey", "kms:Decrypt")
        require_key_of_index(role, self.index, region, *actions, session_name=session_name)

    def put(self, role: str, region: str, session_name: str, vectors: list[dict[str, Any]]) -> None:
        """Put vectors. botocore's errors pass."""
        role_client("s3vectors", role, region, session_name).put_vectors(indexArn=self.index_arn, vectors=vectors)

    def delete(self, role: str, region: str, session_name: str, keys: list[str]) -> None:
        """Delete vectors. botocore's errors pass."""
        role_client("s3vectors", role, region, session_name).delete_vectors(indexArn=self.index_arn, keys=keys)


@dataclass(frozen=True)
class SearchStore:
    """An index of an OpenSearch Serverless collection."""

    collection_arn: str
    index_name: str
    type = "OPENSEARCH_SERVERLESS"
    service = "OpenSearchServerless"
    title = "Amazon OpenSearch Serverless"

    @property
    def index(self) -> search_indexes.SearchIndex:
        """Return the index, as `vector_search.nearest` takes it. Raises LookupError."""
        return search_indexes.find(self.collection_arn, self.index_name)

    def require_validation(self, role: str, region: str, session_name: str) -> None:
        """Return if the role may do what is tried when a knowledge base is made. Raises ForbiddenError."""
        self._require(role, region, session_name, "aoss:DescribeIndex")

    def require_reading(self, role: str, region: str, session_name: str) -> None:
        """Return if the role may search. Raises ForbiddenError."""
        self._require(role, region, session_name, "aoss:ReadDocument")

    def require_writing(self, role: str, region: str, session_name: str) -> None:
        """Return if the role may write. Raises ForbiddenError."""
        self._require(role, region, session_name, "aoss:WriteDocument")

    def put(self, role: str, region: str, session_name: str, vectors: list[dict[str, Any]]) -> None:
        """Put vectors. Raises botocore's ClientError when the role may not."""
        self._writable(role, region, session_name).put(vectors)

    def delete(self, role: str, region: str, session_name: str, keys: list[str]) -> None:
        """Delete vectors. Raises botocore's ClientError when the role may not."""
        self._writable(role, region, session_name).delete(keys)

    def _writable(self, role: str, region: str, session_name: str) -> search_indexes.SearchIndex:
        try:
            self.require_writing(role, region, session_name)
        except ForbiddenError as error:
            told: Any = {"Error": {"Code": "403", "Message": str(error)}, "ResponseMetadata": {"HTTPStatusCode": 403}}
            raise ClientError(told, "Bulk") from error
        return self.index

    def _require(self, role: str, region: str, session_name: str, permission: str) -> None:
        require_access(role, self.collection_arn, self.index_name, permission, region, session_name)


VectorStore = S3VectorsStore | SearchStore


def store_of(base: Base) -> VectorStore:
    """Return the store of a knowledge base. Raises InvalidRequestError for a configuration that names none."""
    storage = base["storageConfiguration"]
    if storage["type"] == SearchStore.type:
        return _search_store(storage["opensearchServerlessConfiguration"])
    vectors = storage["s3VectorsConfiguration"]
    if "indexArn" in vectors:
        return S3VectorsStore(vectors["indexArn"])
    if "vectorBucketArn" in vectors and "indexName" in vectors:
        return S3VectorsStore(f"{vectors['vectorBucketArn']}/index/{vectors['indexName']}")
    raise InvalidRequestError("s3VectorsConfiguration needs indexArn, or vectorBucketArn and indexName.")


def _search_store(search: Mapping[str, Any]) -> SearchStore:
    if len({search["fieldMapping"][name] for name in _FIELDS}) < len(_FIELDS):
        raise InvalidRequestError("fieldMapping names one field twice.")
    return SearchStore(search["collectionArn"], search["vectorIndexName"])
