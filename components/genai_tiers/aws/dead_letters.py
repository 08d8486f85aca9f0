"""Queues of what has failed for good, each watched by an alarm."""

import pulumi
import pulumi_aws as aws

from genai_tiers.lineage import Children

RETENTION_SECONDS = 14 * 86_400
"""The longest that SQS keeps a message: two weeks in which somebody can look."""

METRIC_PERIOD_SECONDS = 60
"""SQS tells its queues' sizes once a minute."""


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
    aws.cloudwatch.MetricAlarm(
        children.named(f"{role}-alarm"),
        alarm_description="Something has failed for good and waits in this queue for somebody to look.",
        namespace="AWS/SQS",
        metric_name="ApproximateNumberOfMessagesVisible",
        dimensions={"QueueName": queue.name},
        statistic="Maximum",
        period=METRIC_PERIOD_SECONDS,
        evaluation_periods=1,
        comparison_operator="GreaterThanThreshold",
        threshold=0,
        treat_missing_data="notBreaching",
        alarm_actions=None if alarm_topic is None else [alarm_topic],
        opts=children.options(f"{role}-alarm"),
    )
    return queue
