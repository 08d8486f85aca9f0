"""Arguments of what operators are told: alarms, a budget, and the log of model calls."""

from typing import Any

import pytest

from genai_tiers.args import BackendArgs, ThreeTierArgs
from genai_tiers.settings import read_settings
from genai_tiers.validation import InvalidArgumentsError

TOPIC = "arn:aws:sns:eu-central-1:123456789012:alarms"


def problems(args: Any) -> list[str]:
    with pytest.raises(InvalidArgumentsError) as raised:
        read_settings("stack", args, ThreeTierArgs)
    return list(raised.value.problems)


def test_what_costs_money_at_rest_or_is_the_whole_accounts_is_off() -> None:
    settings = read_settings("stack", {}, ThreeTierArgs)
    assert not settings.alarms.functions
    assert settings.alarms.tokens_per_day == 0
    assert settings.spend_budget.usd_per_month == 0
    assert not settings.invocation_log.enabled
    assert settings.invocation_log.texts


def test_somebody_has_to_be_told_of_a_budget() -> None:
    [problem] = problems({"spend_budget": {"usd_per_month": 50}})
    assert problem == (
        "spend_budget.usd_per_month is 50, and nobody would be told: give spend_budget.emails, or an alarm_topic"
    )
    by_topic = {"spend_budget": {"usd_per_month": 50}, "alarm_topic": TOPIC}
    assert read_settings("stack", by_topic, ThreeTierArgs).alarms.topic == TOPIC
    by_email = {"spend_budget": {"usd_per_month": 50.5, "emails": ["team@example.com"]}}
    assert read_settings("stack", by_email, ThreeTierArgs).spend_budget.usd_per_month == 50.5


@pytest.mark.parametrize("email", ["team", "@example.com", "team@", "a team@example.com", "a@b@c"])
def test_an_address_that_is_none_is_named(email: str) -> None:
    assert problems({"spend_budget": {"emails": ["team@example.com", email]}}) == [
        f"spend_budget.emails[1] is {email!r}: expected an email address"
    ]


def test_more_addresses_than_a_budget_takes_are_refused() -> None:
    emails = [f"team{number}@example.com" for number in range(11)]
    assert problems({"spend_budget": {"emails": emails}}) == [
        "spend_budget.emails has 11 entries: at most 10 are allowed"
    ]


def test_the_log_is_the_backends_and_misspelt_fields_are_named() -> None:
    assert read_settings("backend", {"invocation_log": {"enabled": True}}, BackendArgs).invocation_log.enabled
    [problem] = problems({"alarms": {"function": True}})
    assert "did you mean functions?" in problem
