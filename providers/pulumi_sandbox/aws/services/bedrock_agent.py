"""Bedrock agent: knowledge bases of type VECTOR over S3 Vectors or OpenSearch Serverless, and their tags."""

import time
from collections.abc import Mapping
from typing import Any

from pulumi_sandbox.iam import AccessDeniedError, authorize

from . import bedrock_tags
from .control_plane import once, page, permissions_for
from .foundation_models import FoundationModel, foundation_models
from .knowledge_role import is_assumable
from .knowledge_store import (
    base_arn,
    bases,
    documents,
    find_base,
    forget_under,
    jobs,
    new_id,
    running_job,
    sources,
    under,
)
from .rest_json import Call, InvalidRequestError, ServiceError, routes_for
from .search_collections import ForbiddenError
from .vector_stores import store_of

SIGNING_NAME = "bedrock"
_SESSION = "KnowledgeBaseValidation"
_INVALID_STORAGE = "The knowledge base storage configuration provided is invalid... "
# Kinds of vector stores -> the member with their settings.
_STORAGE = {"S3_VECTORS": "s3VectorsConfiguration", "OPENSEARCH_SERVERLESS": "opensearchServerlessConfiguration"}
_SUMMARY = ("knowledgeBaseId", "name", "description", "status", "updatedAt")


def embedding_model(base: Mapping[str, Any]) -> tuple[FoundationModel, str, int]:
    """Return a knowledge base's embedding model, its ARN, and the dimension of its vectors."""
    vector = base["knowledgeBaseConfiguration"]["vectorKnowledgeBaseConfiguration"]
    arn = vector["embeddingModelArn"]
    model = foundation_models().get(arn.rpartition("/")[2])
    if model is None or not model.dimensions:
        raise InvalidRequestError(f"The embedding model {arn} is no text embedding model that the sandbox has.")
    asked = vector.get("embeddingModelConfiguration", {}).get("bedrockEmbeddingModelConfiguration", {})
    if asked.get("embeddingDataType", "FLOAT32") != "FLOAT32":
        raise InvalidRequestError("embeddingDataType BINARY is not supported by the vector store S3_VECTORS.")
    dimension = asked.get("dimensions", model.dimensions[0])
    if dimension not in model.dimensions:
        allowed = ", ".join(map(str, model.dimensions))
        raise InvalidRequestError(f"{model.id} does not make vectors of {dimension} dimensions; it makes {allowed}.")
    return model, arn, dimension


def _create(call: Call) -> dict[str, Any]:
    return once(call, "clientToken", lambda: _created(call))


def _created(call: Call) -> dict[str, Any]:
    base_id, now = new_id(), time.time()
    base = _base(call, base_id, now)
    bases[f"{call.region}/{base_id}"] = base
    bedrock_tags.set_tags(base["knowledgeBaseArn"], call.parameters.get("tags", {}))
    return {"knowledgeBase": base | {"status": "CREATING"}}


def _base(call: Call, base_id: str, now: float) -> dict[str, Any]:
    asked = call.parameters
    base = {
        "knowledgeBaseId": base_id,
        "knowledgeBaseArn": base_arn(call, base_id),
        "status": "ACTIVE",
        "createdAt": now,
        "updatedAt": now,
        **{
            key: asked[key]
            for key in ("name", "description", "roleArn", "knowledgeBaseConfiguration", "storageConfiguration")
            if key in asked
        },
    }
    _check_kind(base)
    for _, other in under(bases, f"{call.region}/"):
        if other["name"] == base["name"] and other["knowledgeBaseId"] != base_id:
            raise ServiceError("ConflictException", f"KnowledgeBase with name {base['name']} already exists.")
    check_role(call, base)
    return base


def _check_kind(base: Mapping[str, Any]) -> None:
    configuration = base["knowledgeBaseConfiguration"]
    if configuration["type"] != "VECTOR" or "vectorKnowledgeBaseConfiguration" not in configuration:
        raise InvalidRequestError(
            f"knowledgeBaseConfiguration.type is {configuration['type']}; the sandbox has VECTOR knowledge bases only, "
            "with a vectorKnowledgeBaseConfiguration."
        )
    storage = base.get("storageConfiguration", {"type": "none"})
    if _STORAGE.get(storage["type"]) not in storage:
        known = ", or ".join(f"{kind}, with a {member}" for kind, member in _STORAGE.items())
        raise InvalidRequestError(
            f"storageConfiguration.type is {storage['type']}; the sandbox stores vectors in {known}."
        )


def check_role(call: Call, base: Mapping[str, Any]) -> None:
    """Return if the role can be assumed and can reach model and index; raises what CreateKnowledgeBase says if not."""
    role = base["roleArn"]
    if not is_assumable(role, base["knowledgeBaseArn"], call.account):
        raise InvalidRequestError(
            "Bedrock Knowledge Base was unable to assume the given role. Provide the proper permissions and retry "
            f"the request. (The trust policy of {role} must let bedrock.amazonaws.com assume it for "
            f"{base['knowledgeBaseArn']}.)"
        )
    _, model_arn, dimension = embedding_model(base)
    require_model_access(call, base)
    store = store_of(base)
    try:
        index = store.index
    except LookupError as error:
        raise InvalidRequestError(f"{_INVALID_STORAGE}The specified index could not be found ({error})") from error
    if index.dimension != dimension:
        raise InvalidRequestError(
            f"{_INVALID_STORAGE}Query vector contains invalid values or is invalid for this index: vector must have "
            f"length {index.dimension}, but has length {dimension} ({model_arn} makes vectors of {dimension} "
            "dimensions)"
        )
    try:
        store.require_validation(role, call.region, _SESSION)
    except (AccessDeniedError, ForbiddenError) as error:
        raise InvalidRequestError(f"{_INVALID_STORAGE}{error}") from error


def require_model_access(call: Call, base: Mapping[str, Any]) -> None:
    """Return if the knowledge base's role may invoke its embedding model; else a ValidationException in AWS's words."""
    _, model_arn, _ = embedding_model(base)
    try:
        authorize(base["roleArn"], "bedrock:InvokeModel", model_arn, session_name=_SESSION, region=call.region)
    except AccessDeniedError as error:
        raise InvalidRequestError(
            f"Knowledge base role {base['roleArn']} is not able to call specified embedding model {model_arn}: {error} "
            "(Service: BedrockRuntime, Status Code: 403)"
        ) from error


def _update(call: Call) -> dict[str, Any]:
    key, old = find_base(call.region, call.parameters["knowledgeBaseId"])
    new = _base(call, old["knowledgeBaseId"], time.time()) | {"createdAt": old["createdAt"]}
    for fixed in ("knowledgeBaseConfiguration", "storageConfiguration"):
        if new[fixed] != old[fixed]:
            raise InvalidRequestError(f"{fixed} cannot be changed after the knowledge base is created.")
    bases[key] = new
    return {"knowledgeBase": new | {"status": "UPDATING"}}


def _get(call: Call) -> dict[str, Any]:
    return {"knowledgeBase": find_base(call.region, call.parameters["knowledgeBaseId"])[1]}


def _delete(call: Call) -> dict[str, Any]:
    key, base = find_base(call.region, call.parameters["knowledgeBaseId"])
    if job := running_job(key):
        raise ServiceError(
            "ConflictException",
            f"Cannot delete knowledge base {base['knowledgeBaseId']} while job {job} is in progress.",
        )
    forget_under(f"{key}/", sources, jobs, documents)
    del bases[key]
    bedrock_tags.drop_tags(base["knowledgeBaseArn"])
    return {"knowledgeBaseId": base["knowledgeBaseId"], "status": "DELETING"}


def _list(call: Call) -> dict[str, Any]:
    found = [{key: base.get(key) for key in _SUMMARY} for _, base in under(bases, f"{call.region}/")]
    return page(found, "knowledgeBaseSummaries", call.parameters)


def _tag(call: Call) -> dict[str, Any]:
    bedrock_tags.add_tags(call.parameters["resourceArn"], call.parameters["tags"])
    return {}


def _untag(call: Call) -> dict[str, Any]:
    bedrock_tags.remove_tags(call.parameters["resourceArn"], call.parameters["tagKeys"])
    return {}


def _tags(call: Call) -> dict[str, Any]:
    return {"tags": bedrock_tags.tags_of(call.parameters["resourceArn"])}


def resource(_operation: str, labels: Mapping[str, str], caller: Any) -> list[str]:
    """Return the ARN that permissions of an operation on a knowledge base, or on anything in it, are about."""
    if "resourceArn" in labels:
        return [labels["resourceArn"]]
    if "knowledgeBaseId" not in labels:
        return ["*"]
    base_id = labels["knowledgeBaseId"].rpartition("/")[2]
    return [f"arn:aws:bedrock:{caller.region}:{caller.account}:knowledge-base/{base_id}"]


routes = routes_for(
    "bedrock-agent",
    {
        "CreateKnowledgeBase": _create,
        "UpdateKnowledgeBase": _update,
        "GetKnowledgeBase": _get,
        "DeleteKnowledgeBase": _delete,
        "ListKnowledgeBases": _list,
        "TagResource": _tag,
        "UntagResource": _untag,
        "ListTagsForResource": _tags,
    },
)
actions = permissions_for(routes, "bedrock", resource)
