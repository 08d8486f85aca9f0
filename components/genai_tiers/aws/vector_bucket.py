"""Vectors in S3 Vectors: nothing is charged at rest but what is stored."""

import pulumi
import pulumi_aws as aws

from genai_tiers.lineage import Children
from genai_tiers.settings import Settings

from .iam_roles import allow
from .vector_store import Store

INDEX_NAME = "documents"

UNFILTERABLE = ("AMAZON_BEDROCK_TEXT", "AMAZON_BEDROCK_METADATA")
"""Where Bedrock keeps a passage's text. Filterable metadata is limited to 2,048 bytes, so they must not be
filterable, and that cannot be changed once the index exists."""

USE_INDEX = (
    "s3vectors:GetIndex",
    "s3vectors:ListVectors",
    "s3vectors:PutVectors",
    "s3vectors:GetVectors",
    "s3vectors:QueryVectors",
    "s3vectors:DeleteVectors",
)


def vector_bucket(
    children: Children, bucket_name: pulumi.Output[str], key: pulumi.Input[str], settings: Settings
) -> Store:
    """A vector bucket with the index of the documents in the bucket of this name."""
    # Vector buckets are not named automatically; the document bucket's name is unique and outlives a rename of the
    # component.
    vectors = aws.s3.VectorsVectorBucket(
        children.named("vectors"),
        vector_bucket_name=bucket_name.apply(lambda text: f"{text[:55]}-vectors"),
        encryption_configurations=[{"sse_type": "aws:kms", "kms_key_arn": key}],
        force_destroy=not settings.retain_data,
        opts=children.options("vectors"),
    )
    index = aws.s3.VectorsIndex(
        children.named("index"),
        vector_bucket_name=vectors.vector_bucket_name,
        index_name=INDEX_NAME,
        data_type="float32",
        dimension=settings.knowledge.embedding_dimensions,
        distance_metric="cosine",
        metadata_configuration={"non_filterable_metadata_keys": list(UNFILTERABLE)},
        opts=children.options("index"),
    )
    return Store(
        {"type": "S3_VECTORS", "s3_vectors_configuration": {"index_arn": index.index_arn}},
        [allow(USE_INDEX, [index.index_arn])],
        # IAM alone decides who reads it.
        lambda _: (),
    )
