"""Retrieval from a Bedrock knowledge base.

Documents carry metadata: `tenant_id` (required), `document` (a name for people, by default the last part of the
object's key) and `document_id` (by default derived from tenant and name).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from genai_runtime.aws.clients import client
from genai_runtime.aws.failures import calling
from genai_runtime.core.request import Passage
from genai_runtime.ids import derived_id

_LONGEST_QUERY: Final = 20_000
_TENANT: Final = "tenant_id"


@dataclass(frozen=True)
class KnowledgeBase:
    """A knowledge base, of which every question gets the `results` best passages."""

    id: str
    results: int

    def retrieve(self, question: str, tenants: Sequence[str]) -> Sequence[Passage]:
        """Return passages for the question, best first, of the documents of `tenants` and of no others."""
        with calling("bedrock:Retrieve"):
            found = client("bedrock-agent-runtime").retrieve(
                knowledgeBaseId=self.id,
                retrievalQuery={"text": question[:_LONGEST_QUERY]},
                retrievalConfiguration={
                    "vectorSearchConfiguration": {
                        "numberOfResults": self.results,
                        "filter": {"orAll": [{"equals": {"key": _TENANT, "value": tenant}} for tenant in tenants]},
                    }
                },
            )
        return [_passage(result) for result in found["retrievalResults"]]


def _passage(result: Mapping[str, Any]) -> Passage:
    metadata = result.get("metadata", {})
    uri = str(result.get("location", {}).get("s3Location", {}).get("uri", ""))
    tenant = str(metadata.get(_TENANT, ""))
    name = str(metadata.get("document") or uri.rpartition("/")[2])
    return Passage(
        tenant=tenant,
        document_id=str(metadata.get("document_id") or derived_id("doc", tenant, name)),
        document=name,
        text=str(result["content"].get("text", "")),
        score=float(result.get("score", 0.0)),
    )
