"""What CloudWatch sends to the actions of an alarm that changed its state."""

import json
import logging
from datetime import UTC, datetime
from typing import Any

from pulumi_sandbox.aws.events.deliveries import Delivery, accept
from pulumi_sandbox.aws.events.targets import Letter, Sender
from pulumi_sandbox.layout import ACCOUNT_ID

_SERVICE = "cloudwatch.amazonaws.com"
_log = logging.getLogger(__name__)


def notify(alarm: Any, before: str) -> None:
    """Accept a delivery to each topic among the actions for the state that an alarm has now."""
    actions: dict[str, list[str]] = {
        "ALARM": alarm.alarm_actions,
        "OK": alarm.ok_actions,
        "INSUFFICIENT_DATA": alarm.insufficient_data_actions,
    }
    if str(alarm.actions_enabled).lower() == "false":
        return
    for action in actions[alarm.state_value] or []:
        if action.split(":")[2] != "sns":
            _log.info("the sandbox does not take the action %s of the alarm %s", action, alarm.name)
            continue
        subject = f'{alarm.state_value}: "{alarm.name}" in {alarm.region_name}'
        letter = Letter(action, json.dumps(_message(alarm, before)), {"Subject": subject[:100]})
        accept(Delivery(letter, Sender(_SERVICE, alarm.alarm_arn)))


def _message(alarm: Any, before: str) -> dict[str, Any]:
    return {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "AWSAccountId": ACCOUNT_ID,
        "AlarmConfigurationUpdatedTimestamp": _time(alarm.configuration_updated_timestamp),
        "NewStateValue": alarm.state_value,
        "NewStateReason": alarm.state_reason,
        "StateChangeTime": _time(datetime.now(UTC)),
        "Region": alarm.region_name,
        "AlarmArn": alarm.alarm_arn,
        "OldStateValue": before,
        "OKActions": alarm.ok_actions or [],
        "AlarmActions": alarm.alarm_actions or [],
        "InsufficientDataActions": alarm.insufficient_data_actions or [],
        "Trigger": {
            "EvaluationPeriods": int(alarm.evaluation_periods),
            "ComparisonOperator": alarm.comparison_operator,
            "Threshold": float(alarm.threshold),
            "TreatMissingData": alarm.treat_missing_data or "",
            **_trigger(alarm),
        },
    }


def _trigger(alarm: Any) -> dict[str, Any]:
    if alarm.metric_data_queries:
        return {"Metrics": [{"Id": query.id, "Expression": query.expression} for query in alarm.metric_data_queries]}
    return {
        "MetricName": alarm.metric_name,
        "Namespace": alarm.namespace,
        "StatisticType": "Statistic",
        "Statistic": alarm.statistic.upper(),
        "Unit": alarm.unit,
        "Dimensions": [{"name": each.name, "value": each.value} for each in alarm.dimensions],
        "Period": int(alarm.period),
    }


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}+0000"
