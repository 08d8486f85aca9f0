"""The budget of a stack: people are told before a month costs more than they meant it to.

Budgets cost nothing: https://aws.amazon.com/aws-cost-management/aws-budgets/pricing/
"""

import pulumi
import pulumi_aws as aws

from genai_tiers.lineage import Children
from genai_tiers.settings import Settings

ALERTS = (("ACTUAL", 50), ("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100))
"""What is compared, and with which percentage of the budget."""

MODELS = ("Amazon Bedrock",)
"""AWS does not tell by tags what calls of models cost, so all that the account spends on them counts: an alert may come
too early, and never too late."""


def spend_budget(children: Children, settings: Settings) -> None:
    """A monthly budget over what carries the stack's tags, and over the account's models, where a budget is set. The
    tags `project` and `stack` have to be activated once as cost allocation tags in the account's billing settings. A
    topic has to let budgets.amazonaws.com publish."""
    budget, topic = settings.spend_budget, settings.alarms.topic
    if not budget.usd_per_month:
        return
    aws.budgets.Budget(
        children.named("spend-budget"),
        budget_type="COST",
        time_unit="MONTHLY",
        limit_amount=f"{budget.usd_per_month:.2f}",
        limit_unit="USD",
        filter_expression={
            "ors": [
                {
                    "ands": [
                        {"tags": {"key": "project", "values": [pulumi.get_project()]}},
                        {"tags": {"key": "stack", "values": [pulumi.get_stack()]}},
                    ]
                },
                {"dimensions": {"key": "SERVICE", "values": list(MODELS)}},
            ]
        },
        notifications=[
            {
                "notification_type": kind,
                "threshold": percent,
                "threshold_type": "PERCENTAGE",
                "comparison_operator": "GREATER_THAN",
                "subscriber_email_addresses": list(budget.emails),
                "subscriber_sns_topic_arns": [] if topic is None else [topic],
            }
            for kind, percent in ALERTS
        ],
        opts=children.options("spend-budget"),
    )
