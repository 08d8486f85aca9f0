"""The alarm of a function whose tenants' budgets run out."""

import pulumi
import pulumi_aws as aws

from genai_tiers.lineage import Children
from genai_tiers.settings import Settings

WARNING_PERCENT = 80
"""Of the fullest budget of any tenant."""

PERIOD_SECONDS = 300


def budget_alarm(
    children: Children,
    settings: Settings,
    function: aws.lambda_.Function,
    alarm_topic: pulumi.Input[str] | None,
) -> None:
    """An alarm when a tenant has used 80 % of a budget, where tenants have budgets; the function's log says which
    tenant. The runtime writes the metric with its log, so it costs no call."""
    if not settings.has_budgets:
        return
    aws.cloudwatch.MetricAlarm(
        children.named("budget-alarm"),
        alarm_description="A tenant has used 80 % of a budget; the function's log names it, by budget_used_percent.",
        namespace="GenAI",
        metric_name="BudgetUsed",
        dimensions={"function": function.name},
        statistic="Maximum",
        period=PERIOD_SECONDS,
        evaluation_periods=1,
        comparison_operator="GreaterThanOrEqualToThreshold",
        threshold=WARNING_PERCENT,
        treat_missing_data="notBreaching",
        alarm_actions=None if alarm_topic is None else [alarm_topic],
        opts=children.options("budget-alarm"),
    )
