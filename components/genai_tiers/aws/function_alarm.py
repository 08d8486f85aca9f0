"""The alarm of a function that fails or is throttled again and again."""

import pulumi_aws as aws

from genai_tiers.alarm_settings import Alarms
from genai_tiers.lineage import Children

from .dashboards import METRICS

PERIOD_SECONDS = 300

MOST_FAILURES = 5
"""In one period. Single ones are tried again."""

PARTS = {
    "errors": ("AWS/Lambda", "Errors", "FunctionName"),
    "throttles": ("AWS/Lambda", "Throttles", "FunctionName"),
    "failed": (METRICS, "Errors", "function"),
}
"""Id -> namespace, metric and dimension: events that ended the function or were not begun, and requests that it had to
answer with an error of its own."""


def function_alarm(children: Children, role: str, alarms: Alarms, function: aws.lambda_.Function) -> None:
    """An alarm when five events of five minutes fail, where alarms on functions are asked for."""
    if not alarms.functions:
        return
    name = f"{role}-failing-alarm"
    aws.cloudwatch.MetricAlarm(
        children.named(name),
        alarm_description="This function fails or is throttled again and again; its log says why.",
        metric_queries=[
            *(_sum(part, *metric, function) for part, metric in PARTS.items()),
            {
                "id": "failing",
                "label": "failed or throttled events",
                "expression": " + ".join(f"FILL({part}, 0)" for part in PARTS),
                "return_data": True,
            },
        ],
        evaluation_periods=1,
        comparison_operator="GreaterThanOrEqualToThreshold",
        threshold=MOST_FAILURES,
        treat_missing_data="notBreaching",
        alarm_actions=None if alarms.topic is None else [alarms.topic],
        opts=children.options(name),
    )


def _sum(
    query: str, namespace: str, metric: str, dimension: str, function: aws.lambda_.Function
) -> aws.cloudwatch.MetricAlarmMetricQueryArgsDict:
    return {
        "id": query,
        "metric": {
            "namespace": namespace,
            "metric_name": metric,
            "dimensions": {dimension: function.name},
            "stat": "Sum",
            "period": PERIOD_SECONDS,
        },
    }
