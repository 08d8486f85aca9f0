"""The alarm on what all tenants of a stack use together."""

import pulumi_aws as aws

from genai_tiers.alarm_settings import Alarms
from genai_tiers.lineage import Children
from genai_tiers.naming import stack_name

from .dashboards import METRICS

DAY_SECONDS = 86_400


def token_alarm(children: Children, alarms: Alarms) -> None:
    """An alarm when the models' tokens of a day (UTC) reach the number that is set, if one is. Functions write the
    metric with their logs, also those that answer no request themselves."""
    if not alarms.tokens_per_day:
        return
    aws.cloudwatch.MetricAlarm(
        children.named("tokens-alarm"),
        alarm_description=f"All tenants together have used {alarms.tokens_per_day} tokens today.",
        namespace=METRICS,
        metric_name="Tokens",
        dimensions={"stack": stack_name()},
        statistic="Sum",
        period=DAY_SECONDS,
        evaluation_periods=1,
        comparison_operator="GreaterThanOrEqualToThreshold",
        threshold=alarms.tokens_per_day,
        treat_missing_data="notBreaching",
        alarm_actions=None if alarms.topic is None else [alarms.topic],
        opts=children.options("tokens-alarm"),
    )
