"""Ingestion on upload: the bucket tells a queue of every change, and a function starts a run for a handful of them.

Whoever may write below a tenant's prefix, `<tenant id>/`, decides what that tenant's answers are drawn from.
"""

import json

import pulumi
import pulumi_aws as aws

from genai_tiers.alarm_settings import Alarms
from genai_tiers.documents import SHARED_TENANT
from genai_tiers.lineage import Children
from genai_tiers.refs import NetworkRefs

from .buckets import PrivateBucket
from .dead_letters import dead_letter_queue
from .encryption import USE_KEY
from .functions import function
from .iam_roles import allow

TIMEOUT_SECONDS = 30

WINDOW_SECONDS = 5
"""Changes that come together are ingested together."""

VISIBILITY_SECONDS = 6 * TIMEOUT_SECONDS + WINDOW_SECONDS
"""Lambda developer guide, "Using Lambda with Amazon SQS": six times the function's time-out and the window."""

DELIVERIES = 20
"""A change that meets a run under way is delivered again: for an hour, which a long run may take."""

BATCH_SIZE = 100

EVENTS = ("s3:ObjectCreated:*", "s3:ObjectRemoved:*")


def ingest_uploads(
    children: Children,
    bucket: PrivateBucket,
    knowledge_base: aws.bedrock.AgentKnowledgeBase,
    source: aws.bedrock.AgentDataSource,
    key: pulumi.Input[str],
    alarms: Alarms,
    log_retention_days: int,
    network: NetworkRefs | None,
) -> pulumi.Resource:
    """Creates the queue with its dead letters, the function, and the bucket's notification, which it returns."""
    failed = dead_letter_queue(children, "uploads-failed", key, alarms.topic)
    redrive = {"deadLetterTargetArn": failed.arn, "maxReceiveCount": DELIVERIES}
    queue = aws.sqs.Queue(
        children.named("uploads"),
        visibility_timeout_seconds=VISIBILITY_SECONDS,
        message_retention_seconds=86_400,
        kms_master_key_id=key,
        redrive_policy=pulumi.Output.json_dumps(redrive),
        opts=children.options("uploads"),
    )
    worker = function(
        children,
        "uploads-worker",
        handler="genai_runtime.aws.document_events.handler",
        config={
            "shared_tenant": SHARED_TENANT,
            "knowledge_base_id": knowledge_base.id,
            "data_source_id": source.data_source_id,
        },
        statements=[
            [
                allow(["s3:PutObject"], [bucket.arn.apply(lambda arn: f"{arn}/*.metadata.json")]),
                allow(["bedrock:StartIngestionJob"], [knowledge_base.arn]),
                allow(["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], [queue.arn]),
                allow(USE_KEY, [key]),
            ]
        ],
        key=key,
        timeout_seconds=TIMEOUT_SECONDS,
        max_concurrency=2,
        log_retention_days=log_retention_days,
        alarms=alarms,
        network=network,
    )
    aws.lambda_.EventSourceMapping(
        children.named("uploads-source"),
        event_source_arn=queue.arn,
        function_name=worker.name,
        batch_size=BATCH_SIZE,
        maximum_batching_window_in_seconds=WINDOW_SECONDS,
        function_response_types=["ReportBatchItemFailures"],
        scaling_config={"maximum_concurrency": 2},
        opts=children.options("uploads-source"),
    )
    may_send = aws.sqs.QueuePolicy(
        children.named("uploads-policy"),
        queue_url=queue.url,
        policy=pulumi.Output.all(queue.arn, bucket.arn).apply(lambda arns: _only_from(*arns)),
        opts=children.options("uploads-policy"),
    )
    return aws.s3.BucketNotification(
        children.named("uploads-notification"),
        bucket=bucket.name,
        queues=[{"queue_arn": queue.arn, "events": list(EVENTS)}],
        opts=children.options("uploads-notification", depends_on=[may_send]),
    )


def _only_from(queue_arn: str, bucket_arn: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": bucket_arn}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
