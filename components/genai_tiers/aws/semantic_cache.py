"""The semantic cache: an index of the questions that the cache table has an answer to, by their meaning.

The answers, with their time to live, are in the table alone. What it lets go it tells on its stream, and a function
takes the questions out of the index; what it fails at goes to a queue, with an alarm. An expired question is not found
in any case.
"""

import json
import re

import pulumi
import pulumi_aws as aws

from genai_tiers.alarm_settings import Alarms
from genai_tiers.lineage import Children
from genai_tiers.refs import NetworkRefs

from .dead_letters import dead_letter_queue
from .encryption import USE_KEY
from .functions import function
from .iam_roles import Statement, allow
from .models import EMBEDDING_MODEL, foundation_model_arn

DIMENSIONS = 512
"""Titan Text Embeddings V2 keeps 99 % of its accuracy with 512 of its 1,024 dimensions. Source: AWS News Blog, "Amazon
Titan Text Embeddings V2 now available in Amazon Bedrock"."""

TIMEOUT_SECONDS = 30

WINDOW_SECONDS = 5
"""Questions that go together are taken out together."""

BATCH_SIZE = 500
"""S3 Vectors deletes as many with one call."""

RETRIES = 2

GONE = {"eventName": ["REMOVE"], "dynamodb": {"Keys": {"pk": {"S": [{"prefix": "cache#"}]}}}}
"""The changes of the cache table that matter: the keys of answers begin so; it holds other items besides."""

LONGEST_BUCKET_NAME = 63


def cache_index(
    children: Children,
    cache: aws.dynamodb.Table,
    key: pulumi.Input[str],
    *,
    alarms: Alarms,
    log_retention_days: int,
    network: NetworkRefs | None,
) -> pulumi.Output[str]:
    """Creates a vector bucket with the index, whose ARN it returns, and the function that takes out what expired."""
    vectors = aws.s3.VectorsVectorBucket(
        children.named("questions-vectors"),
        vector_bucket_name=cache.name.apply(_bucket_name),
        encryption_configurations=[{"sse_type": "aws:kms", "kms_key_arn": key}],
        force_destroy=True,
        opts=children.options("questions-vectors"),
    )
    index = aws.s3.VectorsIndex(
        children.named("questions-index"),
        vector_bucket_name=vectors.vector_bucket_name,
        index_name="questions",
        data_type="float32",
        dimension=DIMENSIONS,
        distance_metric="cosine",
        opts=children.options("questions-index"),
    )
    _forget_expired(children, cache, index, key, alarms, log_retention_days, network)
    return index.index_arn


def embedding_model_arn(partition: str, region: str) -> str:
    """What a role must be allowed to invoke, to ask for the vector of a question."""
    return foundation_model_arn(partition, region, EMBEDDING_MODEL)


def find_questions(
    index: pulumi.Input[str], embedding_model: pulumi.Input[str], key: pulumi.Input[str]
) -> list[Statement]:
    """What a role needs to find a question in the index, and to add one."""
    return [
        allow(["bedrock:InvokeModel"], [embedding_model]),
        # A search with a filter reads vectors as well.
        allow(["s3vectors:QueryVectors", "s3vectors:GetVectors", "s3vectors:PutVectors"], [index]),
        allow(USE_KEY, [key]),
    ]


def _bucket_name(table: str) -> str:
    """A table's name ends with what makes it unique, and allows characters that a bucket's does not."""
    suffix = "-questions"
    fit = re.sub(r"[^a-z0-9-]", "-", table.lower())[-(LONGEST_BUCKET_NAME - len(suffix)) :]
    return fit.lstrip("-") + suffix


def _forget_expired(
    children: Children,
    cache: aws.dynamodb.Table,
    index: aws.s3.VectorsIndex,
    key: pulumi.Input[str],
    alarms: Alarms,
    log_retention_days: int,
    network: NetworkRefs | None,
) -> None:
    failed = dead_letter_queue(children, "questions-expiry-failed", key, alarms.topic)
    worker = function(
        children,
        "questions-expiry",
        handler="genai_runtime.aws.expired_questions.handler",
        config={"index": index.index_arn},
        statements=[
            [
                allow(["s3vectors:DeleteVectors"], [index.index_arn]),
                allow(
                    ["dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream"],
                    [cache.stream_arn],
                ),
                # It has no resource to name.
                allow(["dynamodb:ListStreams"], ["*"]),
                allow(["sqs:SendMessage"], [failed.arn]),
                allow(USE_KEY, [key]),
            ]
        ],
        key=key,
        timeout_seconds=TIMEOUT_SECONDS,
        max_concurrency=2,
        log_retention_days=log_retention_days,
        network=network,
        alarms=alarms,
    )
    aws.lambda_.EventSourceMapping(
        children.named("questions-expiry-source"),
        event_source_arn=cache.stream_arn,
        function_name=worker.name,
        starting_position="TRIM_HORIZON",
        batch_size=BATCH_SIZE,
        maximum_batching_window_in_seconds=WINDOW_SECONDS,
        maximum_retry_attempts=RETRIES,
        destination_config={"on_failure": {"destination_arn": failed.arn}},
        filter_criteria={"filters": [{"pattern": json.dumps(GONE)}]},
        opts=children.options("questions-expiry-source"),
    )
