"""The alarm of a function whose tenants' budgets run out."""

import pulumi
import pulumi_aws as aws

from genai_tiers.lineage import Children
from genai_tiers.settings import Settings

from .metric_alarm import BUDGET_USED, metric_alarm


def budget_alarm(
    children: Children,
    settings: Settings,
    function: aws.lambda_.Function,
    alarm_topic: pulumi.Input[str] | None,
    prefix: str = "",
) -> None:
    """An alarm when a tenant has used 80 % of a budget, where tenants have budgets; the function's log says which
    tenant. The runtime writes the metric with its log, so it costs no call. `prefix` begins the alarm's role, where a
    pattern has two functions."""
    if settings.has_budgets:
        metric_alarm(children, f"{prefix}budget-alarm", BUDGET_USED, function.name, alarm_topic)
