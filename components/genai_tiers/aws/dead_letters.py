"""Queues of what has failed for good, each watched by an alarm."""

import pulumi
import pulumi_aws as aws

from genai_tiers.lineage import Children

from .metric_alarm import DEAD_LETTERS, metric_alarm

RETENTION_SECONDS = 14 * 86_400
"""The longest that SQS keeps a message: two weeks in which somebody can look."""


def dead_letter_queue(
    children: Children, role: str, key: pulumi.Input[str], alarm_topic: pulumi.Input[str] | None
) -> aws.sqs.Queue:
    """A queue, encrypted with the stack's key, and an alarm as long as anything is in it. The alarm goes to the topic,
    if there is one; a topic that is encrypted has to let CloudWatch use its key."""
    queue = aws.sqs.Queue(
        children.named(role),
        message_retention_seconds=RETENTION_SECONDS,
        kms_master_key_id=key,
        opts=children.options(role),
    )
    metric_alarm(children, f"{role}-alarm", DEAD_LETTERS, queue.name, alarm_topic)
    return queue
