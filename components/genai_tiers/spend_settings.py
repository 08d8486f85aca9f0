"""The settings of what is told about money and models: the arguments `spend_budget` and `invocation_log`."""

from dataclasses import dataclass
from typing import Any

from .validation import Reader

EMAIL_CHARACTERS = 50
"""AWS Budgets takes addresses of at most 50 characters."""

MOST_EMAILS = 10
"""AWS Budgets quotas: email subscribers of a notification."""


@dataclass(frozen=True)
class SpendBudget:
    """What the stack may cost in a month, and who is told; 0 is no budget."""

    usd_per_month: float = 0
    emails: tuple[str, ...] = ()


@dataclass(frozen=True)
class InvocationLog:
    """Whether the stack sets the log of model calls, and whether it has their texts."""

    enabled: bool = False
    texts: bool = True


def read_spend_budget(reader: Reader, alarm_topic: Any) -> SpendBudget:
    """The settings in the argument `spend_budget`; somebody has to be told."""
    budget = SpendBudget(
        usd_per_month=reader.number("usd_per_month", 0, 0, 1_000_000, "US dollars"),
        emails=reader.texts("emails", longest=EMAIL_CHARACTERS, most=MOST_EMAILS),
    )
    for index, email in enumerate(budget.emails):
        if email.count("@") != 1 or email.startswith("@") or email.endswith("@") or " " in email:
            reader.problems.append(f"{reader.where('emails')}[{index}] is {email!r}: expected an email address")
    if budget.usd_per_month and not budget.emails and alarm_topic is None:
        reader.problems.append(
            f"{reader.where('usd_per_month')} is {budget.usd_per_month}, and nobody would be told: give"
            f" {reader.where('emails')}, or an alarm_topic"
        )
    reader.finish()
    return budget


def read_invocation_log(reader: Reader) -> InvocationLog:
    """The settings in the argument `invocation_log`."""
    default = InvocationLog()
    log = InvocationLog(
        enabled=reader.flag("enabled", default.enabled),
        texts=reader.flag("texts", default.texts),
    )
    reader.finish()
    return log
