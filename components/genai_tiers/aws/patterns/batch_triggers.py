"""What begins batches besides clients: objects that arrive in the bucket, and schedules."""

import hashlib
from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from genai_tiers.aws.buckets import PrivateBucket
from genai_tiers.aws.encryption import USE_KEY
from genai_tiers.aws.iam_roles import allow, document, service_role
from genai_tiers.aws.job_queue import JobQueue
from genai_tiers.batch_settings import BatchSchedule
from genai_tiers.lineage import Children

SUFFIX = ".jsonl"
"""Of the objects that the bucket tells of. Only those at `<tenant>/inbox/<name>.jsonl` become batches; nothing that the
functions write ends so."""

RETRY_SECONDS = 3_600
"""How long a schedule tries to reach the queue before what it sends is a dead letter."""


def begin_on_arrival(children: Children, bucket: PrivateBucket, queue: aws.sqs.Queue) -> None:
    """Has the bucket tell the queue of objects, and lets it."""
    account = aws.get_caller_identity_output(opts=pulumi.InvokeOptions(parent=children.parent)).account_id
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue.arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": bucket.arn}, "StringEquals": {"aws:SourceAccount": account}},
    }
    allowed = aws.sqs.QueuePolicy(
        children.named("queue-senders"),
        queue_url=queue.url,
        policy=document([statement]),
        opts=children.options("queue-senders"),
    )
    aws.s3.BucketNotification(
        children.named("arrivals"),
        bucket=bucket.name,
        queues=[{"queue_arn": queue.arn, "events": ["s3:ObjectCreated:*"], "filter_suffix": SUFFIX}],
        # S3 tries the queue when it is told of it. An object is read by its version.
        opts=children.options("arrivals", depends_on=[allowed, *bucket.ready]),
    )


def begin_on_schedule(
    children: Children, schedules: Sequence[BatchSchedule], queue: JobQueue, key: pulumi.Input[str]
) -> None:
    """Has schedules send their objects to the queue, or to its dead letters when they cannot."""
    if not schedules:
        return
    account = aws.get_caller_identity_output(opts=pulumi.InvokeOptions(parent=children.parent)).account_id
    sends = [allow(["sqs:SendMessage"], [queue.queue.arn, queue.failed.arn]), allow(USE_KEY, [key])]
    role, policy = service_role(children, "schedule", "scheduler.amazonaws.com", sends, account)
    for schedule in schedules:
        message = {
            "kind": "object",
            "tenant": schedule.tenant,
            "object": f"{schedule.tenant}/{schedule.object}",
            # What tells one run from the next; a message that comes twice is of the same run.
            "run": "<aws.scheduler.scheduled-time>",
        }
        # By what it is of, so that another schedule before it in the list leaves it as it is.
        role_name = f"schedule-{hashlib.sha256(message['object'].encode()).hexdigest()[:8]}"
        aws.scheduler.Schedule(
            children.named(role_name),
            schedule_expression=schedule.expression,
            flexible_time_window={"mode": "OFF"},
            kms_key_arn=key,
            target={
                "arn": queue.queue.arn,
                "role_arn": role.arn,
                "input": pulumi.Output.json_dumps(message),
                "dead_letter_config": {"arn": queue.failed.arn},
                "retry_policy": {"maximum_event_age_in_seconds": RETRY_SECONDS, "maximum_retry_attempts": 10},
            },
            opts=children.options(role_name, depends_on=[policy]),
        )
