"""Questions in an index of S3 Vectors, by the vectors that an embedding model of Bedrock makes of them.

A question's own words are not kept. What has expired is not found; that it goes away is `expired_questions`' work.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from genai_runtime.aws.clients import client
from genai_runtime.aws.failures import calling
from genai_runtime.core.errors import Cause, StepError
from genai_runtime.core.ports import SimilarAnswer

_SEARCH = "s3vectors:QueryVectors"


@dataclass(frozen=True)
class VectorQuestions:
    """Questions in the `index`, an ARN, as vectors of so many dimensions."""

    index: str
    embedding_model_id: str
    dimensions: int

    def embed(self, question: str) -> Sequence[float]:
        """Return the vector of a question."""
        body = {"inputText": question, "dimensions": self.dimensions, "normalize": True}
        with calling("bedrock:InvokeModel"):
            found = client("bedrock-runtime").invoke_model(
                modelId=self.embedding_model_id, body=json.dumps(body), contentType="application/json"
            )
            return json.loads(found["body"].read())["embedding"]

    def nearest(self, tenant: str, context: str, vector: Sequence[float], now: float) -> SimilarAnswer | None:
        """Return the tenant's question of this context that is nearest; `now` is in seconds since the epoch."""
        alike = [{"tenant": {"$eq": tenant}}, {"context": {"$eq": context}}, {"expires_at": {"$gt": now}}]
        with calling(_SEARCH):
            found = client("s3vectors").query_vectors(
                indexArn=self.index,
                topK=1,
                queryVector={"float32": list(vector)},
                filter={"$and": alike},
                returnMetadata=True,
                returnDistance=True,
            )["vectors"]
        if not found:
            return None
        owner, _, key = found[0]["key"].rpartition("#")
        held: dict[str, Any] = found[0]["metadata"]
        if owner != tenant or (held.get("tenant"), held.get("context")) != (tenant, context):
            # The filter is the index's duty; this stops a mistake in it from leaking.
            raise StepError(Cause.INVALID, _SEARCH, "a question of another tenant or context was returned")
        return SimilarAnswer(key, 1.0 - found[0]["distance"])

    def put(self, tenant: str, key: str, context: str, vector: Sequence[float], expires_at: float) -> None:
        """Let a question be found, whose answer the cache has at `key`, until `expires_at`."""
        with calling("s3vectors:PutVectors"):
            client("s3vectors").put_vectors(
                indexArn=self.index,
                vectors=[
                    {
                        "key": vector_key(tenant, key),
                        "data": {"float32": list(vector)},
                        "metadata": {"tenant": tenant, "context": context, "expires_at": int(expires_at)},
                    }
                ],
            )


def vector_key(tenant: str, key: str) -> str:
    """Return the key of the question whose answer the cache keeps for the tenant at `key`."""
    return f"{tenant}#{key}"
