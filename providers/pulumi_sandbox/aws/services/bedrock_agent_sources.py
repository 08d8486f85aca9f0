"""Bedrock agent: data sources of a knowledge base (S3 buckets)."""

import time
from collections.abc import Mapping
from typing import Any

from .bedrock_agent import resource
from .control_plane import once, page, permissions_for
from .ingestion import delete_vectors
from .knowledge_store import documents, find_base, find_source, forget_under, jobs, new_id, running_job, sources, under
from .rest_json import Call, InvalidRequestError, ServiceError, routes_for

SIGNING_NAME = "bedrock"
_KEPT = (
    "name",
    "description",
    "dataSourceConfiguration",
    "dataDeletionPolicy",
    "serverSideEncryptionConfiguration",
    "vectorIngestionConfiguration",
)
_SUMMARY = ("knowledgeBaseId", "dataSourceId", "name", "status", "description", "updatedAt")
# Strategy -> the member with its settings.
_STRATEGIES = {
    "FIXED_SIZE": "fixedSizeChunkingConfiguration",
    "HIERARCHICAL": "hierarchicalChunkingConfiguration",
    "SEMANTIC": "semanticChunkingConfiguration",
    "NONE": "",
}


def _create(call: Call) -> dict[str, Any]:
    return once(call, "clientToken", lambda: _created(call))


def _created(call: Call) -> dict[str, Any]:
    key, base = find_base(call.region, call.parameters["knowledgeBaseId"])
    source_id, now = new_id(), time.time()
    source = _source(call, base["knowledgeBaseId"], source_id, now)
    sources[f"{key}/{source_id}"] = source
    return {"dataSource": source}


def _source(call: Call, base_id: str, source_id: str, now: float) -> dict[str, Any]:
    asked = call.parameters
    source: dict[str, Any] = {
        "knowledgeBaseId": base_id,
        "dataSourceId": source_id,
        "status": "AVAILABLE",
        "dataDeletionPolicy": "DELETE",
        "createdAt": now,
        "updatedAt": now,
        **{key: asked[key] for key in _KEPT if key in asked},
    }
    _check(source)
    for _, other in under(sources, f"{call.region}/{base_id}/"):
        if other["name"] == source["name"] and other["dataSourceId"] != source_id:
            raise ServiceError("ConflictException", f"DataSource with name {source['name']} already exists.")
    return source


def _check(source: Mapping[str, Any]) -> None:
    configuration = source["dataSourceConfiguration"]
    if configuration["type"] != "S3" or "s3Configuration" not in configuration:
        raise InvalidRequestError(
            f"dataSourceConfiguration.type is {configuration['type']}; the sandbox reads S3 buckets only, "
            "with an s3Configuration."
        )
    ingestion = source.get("vectorIngestionConfiguration", {})
    for part in ("customTransformationConfiguration", "parsingConfiguration", "contextEnrichmentConfiguration"):
        if part in ingestion:
            raise InvalidRequestError(f"vectorIngestionConfiguration.{part}: the sandbox has none; leave it out.")
    chunking = ingestion.get("chunkingConfiguration")
    if not chunking:
        return
    _check_chunking(chunking)


def _check_chunking(chunking: Mapping[str, Any]) -> None:
    for strategy, member in _STRATEGIES.items():
        if member and (chunking["chunkingStrategy"] == strategy) != (member in chunking):
            raise InvalidRequestError(f"{member} must be given with, and only with, {strategy}.")
    if levels := chunking.get("hierarchicalChunkingConfiguration"):
        parent, child = (level["maxTokens"] for level in levels["levelConfigurations"])
        if child >= parent or levels["overlapTokens"] >= child:
            raise InvalidRequestError(
                f"hierarchicalChunkingConfiguration has parents of {parent}, children of {child} and an overlap of "
                f"{levels['overlapTokens']} tokens: each must be smaller than the one before."
            )


def _update(call: Call) -> dict[str, Any]:
    asked = call.parameters
    key, old = find_source(call.region, asked["knowledgeBaseId"], asked["dataSourceId"])
    new = _source(call, old["knowledgeBaseId"], old["dataSourceId"], time.time()) | {"createdAt": old["createdAt"]}
    fixed = "vectorIngestionConfiguration"
    if new.get(fixed) != old.get(fixed):
        raise InvalidRequestError(f"{fixed} cannot be changed after the data source is created.")
    sources[key] = new
    return {"dataSource": new}


def _get(call: Call) -> dict[str, Any]:
    asked = call.parameters
    return {"dataSource": find_source(call.region, asked["knowledgeBaseId"], asked["dataSourceId"])[1]}


def _delete(call: Call) -> dict[str, Any]:
    asked = call.parameters
    key, source = find_source(call.region, asked["knowledgeBaseId"], asked["dataSourceId"])
    if job := running_job(key):
        raise ServiceError(
            "ConflictException",
            f"Cannot delete the data source {source['dataSourceId']} while ingestion job {job} is in progress.",
        )
    base = find_base(call.region, source["knowledgeBaseId"])[1]
    if source["dataDeletionPolicy"] == "DELETE" and (reason := delete_vectors(key, base, call.region, call.account)):
        sources[key] = source | {"status": "DELETE_UNSUCCESSFUL", "failureReasons": [reason], "updatedAt": time.time()}
    else:
        forget_under(f"{key}/", jobs, documents)
        del sources[key]
    return {key: source[key] for key in ("knowledgeBaseId", "dataSourceId")} | {"status": "DELETING"}


def _list(call: Call) -> dict[str, Any]:
    key, _ = find_base(call.region, call.parameters["knowledgeBaseId"])
    found = [{name: source.get(name) for name in _SUMMARY} for _, source in under(sources, f"{key}/")]
    return page(found, "dataSourceSummaries", call.parameters)


routes = routes_for(
    "bedrock-agent",
    {
        "CreateDataSource": _create,
        "UpdateDataSource": _update,
        "GetDataSource": _get,
        "DeleteDataSource": _delete,
        "ListDataSources": _list,
    },
)
actions = permissions_for(routes, "bedrock", resource)
