"""The queue of jobs: it holds requests until a worker is free, and gives up on none before its last delivery."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from genai_tiers.limits import MESSAGE_BYTES, QUEUE_RECEIVES
from genai_tiers.lineage import Children

from .dead_letters import dead_letter_queue
from .metric_alarm import OLDEST_MESSAGE, metric_alarm

BATCH_SIZE = 1
"""Jobs a worker takes at once. Each is a call of a model that may take the worker's whole time, and a batch would have
to fit into one invocation; so jobs run next to each other, not one after another."""


TAKE_MESSAGES = (
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ChangeMessageVisibility",
)
"""What the role of a queue's worker needs on it."""


@dataclass(frozen=True)
class JobQueue:
    """The queue, and where jobs go that it has delivered for the last time."""

    queue: aws.sqs.Queue
    failed: aws.sqs.Queue


def job_queue(
    children: Children,
    key: pulumi.Input[str],
    alarm_topic: pulumi.Input[str] | None,
    *,
    visibility_seconds: int,
    kept_seconds: int,
    message_bytes: int = MESSAGE_BYTES,
    receives: int = QUEUE_RECEIVES,
    prefix: str = "",
) -> JobQueue:
    """The queue with its dead letters, encrypted with the stack's key, and alarms on both. A message is hidden for
    `visibility_seconds` while a worker has it, kept for `kept_seconds`, and a dead letter after so many `receives`.
    `prefix` begins every role of the children, where there are several queues."""
    failed = dead_letter_queue(children, f"{prefix}failed", key, alarm_topic)
    redrive = {"deadLetterTargetArn": failed.arn, "maxReceiveCount": receives}
    queue = aws.sqs.Queue(
        children.named(f"{prefix}queue"),
        visibility_timeout_seconds=visibility_seconds,
        message_retention_seconds=kept_seconds,
        max_message_size=message_bytes,
        kms_master_key_id=key,
        redrive_policy=pulumi.Output.json_dumps(redrive),
        opts=children.options(f"{prefix}queue"),
    )
    aws.sqs.RedriveAllowPolicy(
        children.named(f"{prefix}failed-sources"),
        queue_url=failed.url,
        redrive_allow_policy=queue.arn.apply(_only_from),
        opts=children.options(f"{prefix}failed-sources"),
    )
    age_alarm = f"{prefix}queue-age-alarm"
    metric_alarm(children, age_alarm, OLDEST_MESSAGE, queue.name, alarm_topic, threshold=visibility_seconds)
    return JobQueue(queue, failed)


def take_jobs(
    children: Children, queue: JobQueue, worker: aws.lambda_.Function, max_workers: int, prefix: str = ""
) -> None:
    """Has a worker take jobs of the queue, at most `max_workers` at the same time; more of them wait."""
    aws.lambda_.EventSourceMapping(
        children.named(f"{prefix}worker-source"),
        event_source_arn=queue.queue.arn,
        function_name=worker.name,
        batch_size=BATCH_SIZE,
        function_response_types=["ReportBatchItemFailures"],
        scaling_config={"maximum_concurrency": max_workers},
        opts=children.options(f"{prefix}worker-source"),
    )


def _only_from(queue_arn: str) -> str:
    return json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": [queue_arn]})
