"""Bedrock agent runtime: Retrieve, from a knowledge base."""

import json
from collections.abc import Mapping
from typing import Any

from pulumi_sandbox.iam import AccessDeniedError, authorize
from pulumi_sandbox.models.guardrails import Block, evaluate, is_blocked

from .bedrock_agent import embedding_model, resource
from .bedrock_guardrails import find_guardrail, guardrail_arn
from .control_plane import permissions_for
from .ingestion_documents import METADATA_KEY, TEXT_KEY, URI_KEY
from .knowledge_role import is_assumable
from .knowledge_store import find_base
from .model_faults import breaks_off
from .native_bodies import embed_text
from .permissions import require
from .rest_json import Call, InvalidRequestError, ServiceError, routes_for
from .retrieval_filter import vector_filter_of
from .search_collections import ForbiddenError
from .vector_filter import FilterError
from .vector_search import Hit, nearest
from .vector_stores import SearchStore, VectorStore, store_of

SIGNING_NAME = "bedrock"
_DEFAULT_RESULTS = 5
_SESSION = "RetrieveTask"
# Of the search configurations, what the sandbox cannot honour.
_UNMODELLED = ("rerankingConfiguration", "implicitFilterConfiguration")


def _retrieve(call: Call) -> dict[str, Any]:
    base_id = call.parameters["knowledgeBaseId"].rpartition("/")[2]
    _, base = find_base(call.region, base_id)
    if breaks_off(base_id):
        raise ServiceError("InternalServerException", "The retrieval broke off.")
    query = call.parameters["retrievalQuery"].get("text", "")
    if not query.strip():
        raise InvalidRequestError("retrievalQuery.text must not be empty.")
    if _is_stopped(call, query):
        return {"retrievalResults": [], "guardrailAction": "INTERVENED"}
    asked = call.parameters.get("retrievalConfiguration", {}).get("vectorSearchConfiguration", {})
    _check(call, asked, store_of(base))
    hits = _search(call, base, query, asked)
    return {"retrievalResults": [_result(hit, score) for hit, score in _once_a_parent(hits)]}


def _is_stopped(call: Call, query: str) -> bool:
    config = call.parameters.get("guardrailConfiguration")
    if not config:
        return False
    identifier = config["guardrailId"]
    require(call, "bedrock:ApplyGuardrail", guardrail_arn(identifier, call.region, call.account))
    try:
        guardrail = find_guardrail(identifier, config["guardrailVersion"], call.region, call.account)
    except LookupError as error:
        raise InvalidRequestError("The guardrail identifier or version provided does not exist.") from error
    return is_blocked(evaluate(guardrail, "INPUT", [Block(query)]))


def _check(call: Call, asked: Mapping[str, Any], store: VectorStore) -> None:
    if asked.get("overrideSearchType") == "HYBRID":
        if isinstance(store, SearchStore):
            raise InvalidRequestError("overrideSearchType HYBRID: the sandbox searches by meaning only.")
        raise InvalidRequestError(
            f"HYBRID search type is not supported for search operation on index {store.index_arn}."
        )
    for part in _UNMODELLED:
        if part in asked:
            raise InvalidRequestError(f"vectorSearchConfiguration.{part}: the sandbox has none; leave it out.")
    if "nextToken" in call.parameters:
        raise InvalidRequestError("nextToken: a retrieval has one page.")


def _search(call: Call, base: Mapping[str, Any], query: str, asked: Mapping[str, Any]) -> list[tuple[Hit, float]]:
    model, model_arn, dimension = embedding_model(base)
    role, store = base["roleArn"], store_of(base)
    if not is_assumable(role, base["knowledgeBaseArn"], call.account):
        raise InvalidRequestError(f"Bedrock Knowledge Base was unable to assume the role {role}.")
    try:
        index = store.index
    except LookupError as error:
        raise InvalidRequestError(f"The vector store of the knowledge base is gone: {error}") from error
    try:
        authorize(role, "bedrock:InvokeModel", model_arn, session_name=_SESSION, region=call.region)
        store.require_reading(role, call.region, _SESSION)
    except (AccessDeniedError, ForbiddenError) as error:
        raise ServiceError("AccessDeniedException", str(error)) from error
    vector, _ = embed_text(model, query, dimension)
    condition = vector_filter_of(asked["filter"]) if "filter" in asked else None
    try:
        hits = nearest(index, vector, asked.get("numberOfResults", _DEFAULT_RESULTS), condition)
    except FilterError as error:
        raise InvalidRequestError(f"Invalid filter: {error}") from error
    return [(hit, _score(hit.distance, index.distance_metric)) for hit in hits]


def _score(distance: float, metric: str) -> float:
    return 1 - distance if metric == "cosine" else 1 / (1 + distance)


def _once_a_parent(hits: list[tuple[Hit, float]]) -> list[tuple[Hit, float]]:
    """Return the hits with the best only of those that stand for the same parent chunk."""
    seen: set[str] = set()
    kept: list[tuple[Hit, float]] = []
    for hit, score in hits:
        parent = json.loads(hit.metadata.get(METADATA_KEY, "{}")).get("parent")
        if parent is None or parent not in seen:
            kept.append((hit, score))
        if parent is not None:
            seen.add(parent)
    return kept


def _result(hit: Hit, score: float) -> dict[str, Any]:
    shown = {key: value for key, value in hit.metadata.items() if key not in {TEXT_KEY, METADATA_KEY}}
    return {
        "content": {"text": hit.metadata.get(TEXT_KEY, ""), "type": "TEXT"},
        "location": {"type": "S3", "s3Location": {"uri": hit.metadata.get(URI_KEY, "")}},
        "score": score,
        "metadata": shown,
    }


routes = routes_for("bedrock-agent-runtime", {"Retrieve": _retrieve})
actions = permissions_for(routes, "bedrock", resource)
