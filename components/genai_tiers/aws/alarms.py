"""Alarms on what clients see of the HTTP API: failures and slow answers.

An alarm costs 0.10 USD a month for each metric that it reads, past the ten that an account has free:
https://aws.amazon.com/cloudwatch/pricing/
"""

import pulumi
import pulumi_aws as aws

from genai_tiers.lineage import Children

PERIOD_SECONDS = 300
EVALUATION_PERIODS = 2
"""Ten minutes: one bad deployment of a model's host heals before anybody is woken."""

FAILED_PERCENT = 5
LEAST_REQUESTS = 20
"""In one period. Of fewer, a single failure would be over the share."""

SLOW_SHARE = 0.8
"""Of the time that the model may take: before requests time out."""


def gateway_alarms(
    children: Children,
    api: pulumi.Input[str],
    answer_timeout_seconds: int,
    alarm_topic: pulumi.Input[str] | None,
) -> None:
    """Alarms on the HTTP API with the id `api`: 5 % of requests fail, or one in a hundred takes nearly as long as
    it may. They go to the topic, if there is one; a topic that is encrypted has to let CloudWatch use its key."""
    actions = None if alarm_topic is None else [alarm_topic]
    aws.cloudwatch.MetricAlarm(
        children.named("failures-alarm"),
        alarm_description=f"{FAILED_PERCENT} % or more of the requests were answered with a server error.",
        metric_queries=[
            _sum("failed", "5xx", api),
            _sum("all", "Count", api),
            {
                "id": "share",
                "label": "server errors, %",
                "expression": f"IF(all >= {LEAST_REQUESTS}, 100 * failed / all, 0)",
                "return_data": True,
            },
        ],
        evaluation_periods=EVALUATION_PERIODS,
        comparison_operator="GreaterThanOrEqualToThreshold",
        threshold=FAILED_PERCENT,
        treat_missing_data="notBreaching",
        alarm_actions=actions,
        opts=children.options("failures-alarm"),
    )
    aws.cloudwatch.MetricAlarm(
        children.named("latency-alarm"),
        alarm_description="One request in a hundred takes nearly as long as it may: soon they time out.",
        namespace="AWS/ApiGateway",
        metric_name="Latency",
        dimensions={"ApiId": api},
        extended_statistic="p99",
        period=PERIOD_SECONDS,
        evaluation_periods=EVALUATION_PERIODS,
        comparison_operator="GreaterThanThreshold",
        threshold=SLOW_SHARE * answer_timeout_seconds * 1_000,
        treat_missing_data="notBreaching",
        # Of few requests, p99 is the slowest.
        evaluate_low_sample_count_percentiles="ignore",
        alarm_actions=actions,
        opts=children.options("latency-alarm"),
    )


def _sum(query: str, metric: str, api: pulumi.Input[str]) -> aws.cloudwatch.MetricAlarmMetricQueryArgsDict:
    return {
        "id": query,
        "metric": {
            "namespace": "AWS/ApiGateway",
            "metric_name": metric,
            "dimensions": {"ApiId": api},
            "stat": "Sum",
            "period": PERIOD_SECONDS,
        },
    }
