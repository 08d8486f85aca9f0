"""Vectors in a collection of OpenSearch Serverless: quicker than S3 Vectors, and charged at rest.

A collection takes at least one compute unit (two halves, for indexing and for searching), or two with standby replicas,
at 0.24 USD an hour each: about 175 or 350 USD a month in us-east-1 (OpenSearch Service pricing, "Serverless").

Three policies go by the collection's name: how it is encrypted, from where it is reached (Bedrock alone, not the
internet) and who may do what in it: the knowledge base's role reads and writes, the deployer makes and deletes the
index. The index has to be there before the knowledge base, and Bedrock may take a minute longer to see it; an update
that failed for that can be repeated.
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from genai_providers.dynamic.search_index import SearchIndex
from genai_tiers.lineage import Children
from genai_tiers.settings import Settings

from .iam_roles import allow
from .vector_store import Store

INDEX_NAME = "documents"

FIELDS = {
    "vector_field": "embedding",
    "text_field": "AMAZON_BEDROCK_TEXT_CHUNK",
    "metadata_field": "AMAZON_BEDROCK_METADATA",
}
"""Where Bedrock keeps a passage. All other fields of a document are metadata, which OpenSearch indexes as they come."""

USED_BY_BEDROCK = ("aoss:DescribeIndex", "aoss:ReadDocument", "aoss:UpdateIndex", "aoss:WriteDocument")

USED_BY_DEPLOYER = ("aoss:CreateIndex", "aoss:DeleteIndex", "aoss:DescribeIndex")


def search_collection(
    children: Children, bucket_name: pulumi.Output[str], key: pulumi.Input[str], settings: Settings
) -> Store:
    """A collection with the index of the documents in the bucket of this name."""
    # Policies name the collection before it is there, in at most 32 characters; the document bucket's name is unique
    # and outlives a rename of the component.
    name = bucket_name.apply(lambda text: f"documents-{hashlib.sha256(text.encode()).hexdigest()[:12]}")
    encryption = aws.opensearch.ServerlessSecurityPolicy(
        children.named("search-encryption"),
        name=name,
        type="encryption",
        policy=pulumi.Output.all(name, key).apply(lambda both: _encryption(*both)),
        opts=children.options("search-encryption"),
    )
    network = aws.opensearch.ServerlessSecurityPolicy(
        children.named("search-network"),
        name=name,
        type="network",
        policy=name.apply(_network),
        opts=children.options("search-network"),
    )
    collection = aws.opensearch.ServerlessCollection(
        children.named("search"),
        name=name,
        type="VECTORSEARCH",
        standby_replicas="ENABLED" if settings.knowledge.search_standby else "DISABLED",
        opts=children.options("search", depends_on=[encryption, network]),
    )

    def admit(role_arn: pulumi.Output[str]) -> Sequence[pulumi.Resource]:
        invoke = pulumi.InvokeOptions(parent=children.parent)
        caller = aws.get_caller_identity_output(opts=invoke).arn
        deployer = aws.iam.get_session_context_output(arn=caller, opts=invoke).issuer_arn
        access = aws.opensearch.ServerlessAccessPolicy(
            children.named("search-access"),
            name=name,
            type="data",
            policy=pulumi.Output.all(name, role_arn, deployer).apply(lambda parts: _access(*parts)),
            opts=children.options("search-access"),
        )
        index = SearchIndex(
            children.named("search-index"),
            collection_id=collection.id,
            index_name=INDEX_NAME,
            schema=_schema(settings.knowledge.embedding_dimensions),
            region=aws.get_region_output(opts=invoke).region,
            opts=children.options("search-index", depends_on=[access]),
        )
        return [access, index]

    configuration = {
        "collection_arn": collection.arn,
        "vector_index_name": INDEX_NAME,
        "field_mapping": FIELDS,
    }
    return Store(
        {"type": "OPENSEARCH_SERVERLESS", "opensearch_serverless_configuration": configuration},
        [allow(["aoss:APIAccessAll"], [collection.arn])],
        admit,
    )


def _collection_rule(name: str) -> dict[str, Any]:
    return {"ResourceType": "collection", "Resource": [f"collection/{name}"]}


def _encryption(name: str, key: str) -> str:
    return json.dumps({"Rules": [_collection_rule(name)], "AWSOwnedKey": False, "KmsARN": key})


def _network(name: str) -> str:
    policy = {
        "Rules": [_collection_rule(name)],
        "AllowFromPublic": False,
        "SourceServices": ["bedrock.amazonaws.com"],
    }
    return json.dumps([policy])


def _access(name: str, role_arn: str, deployer_arn: str) -> str:
    return json.dumps([_grant(name, role_arn, USED_BY_BEDROCK), _grant(name, deployer_arn, USED_BY_DEPLOYER)])


def _grant(name: str, principal_arn: str, permissions: Sequence[str]) -> dict[str, Any]:
    rule = {"ResourceType": "index", "Resource": [f"index/{name}/{INDEX_NAME}"], "Permission": list(permissions)}
    return {"Rules": [rule], "Principal": [principal_arn]}


def _schema(dimensions: int) -> dict[str, Any]:
    # Bedrock asks for the engine faiss, and for Euclidean distance of vectors of this kind (Bedrock user guide,
    # "Prerequisites for using a vector store you created for a knowledge base").
    method = {"name": "hnsw", "engine": "faiss", "space_type": "l2"}
    return {
        "settings": {"index": {"knn": True}},
        "mappings": {
            "properties": {
                FIELDS["vector_field"]: {"type": "knn_vector", "dimension": dimensions, "method": method},
                FIELDS["text_field"]: {"type": "text"},
                FIELDS["metadata_field"]: {"type": "text", "index": False},
            }
        },
    }
