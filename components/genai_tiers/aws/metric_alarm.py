"""Alarms on one metric of one resource, as data: what is watched, and when it is too much.

An alarm costs 0.10 USD a month for each metric that it reads, past the ten that an account has free:
https://aws.amazon.com/cloudwatch/pricing/
"""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from genai_tiers.lineage import Children


@dataclass(frozen=True)
class Watch:
    """A metric by one dimension. The alarm goes off when its maximum in a period compares so with the threshold."""

    description: str
    namespace: str
    metric: str
    dimension: str
    period_seconds: int
    comparison: str = "GreaterThanThreshold"
    threshold: float = 0


SQS_PERIOD_SECONDS = 60
"""SQS tells its queues' sizes once a minute."""

DEAD_LETTERS = Watch(
    "Something has failed for good and waits in this queue for somebody to look.",
    "AWS/SQS",
    "ApproximateNumberOfMessagesVisible",
    "QueueName",
    SQS_PERIOD_SECONDS,
)

OLDEST_MESSAGE = Watch(
    "A job waits longer than one that is delivered again: there are too few workers, or none.",
    "AWS/SQS",
    "ApproximateAgeOfOldestMessage",
    "QueueName",
    SQS_PERIOD_SECONDS,
)
"""Its threshold is the queue's visibility time-out."""

BUDGET_USED = Watch(
    "A tenant has used 80 % of a budget; the function's log names it, by budget_used_percent.",
    "GenAI",
    "BudgetUsed",
    "function",
    300,
    "GreaterThanOrEqualToThreshold",
    80,
)


def metric_alarm(
    children: Children,
    role: str,
    watch: Watch,
    watched: pulumi.Input[str],
    alarm_topic: pulumi.Input[str] | None,
    threshold: float | None = None,
) -> None:
    """An alarm on the resource named `watched`; `threshold` is its own, where it depends on the resource. It goes to
    the topic, if there is one; a topic that is encrypted has to let CloudWatch use its key."""
    aws.cloudwatch.MetricAlarm(
        children.named(role),
        alarm_description=watch.description,
        namespace=watch.namespace,
        metric_name=watch.metric,
        dimensions={watch.dimension: watched},
        statistic="Maximum",
        period=watch.period_seconds,
        evaluation_periods=1,
        comparison_operator=watch.comparison,
        threshold=watch.threshold if threshold is None else threshold,
        treat_missing_data="notBreaching",
        alarm_actions=None if alarm_topic is None else [alarm_topic],
        opts=children.options(role),
    )
