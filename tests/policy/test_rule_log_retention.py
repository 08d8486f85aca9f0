"""How long logs are kept."""

from typing import Any

import pytest
from rule_calls import UNKNOWN, judged


def judged_days(inputs: dict[str, Any]):
    return judged("log-retention", "aws:cloudwatch/logGroup:LogGroup", inputs)


@pytest.mark.parametrize("inputs", [{}, {"retentionInDays": 0.0}])
def test_logs_for_ever_are_refused(inputs: dict[str, Any]):
    (found,) = judged_days(inputs).violations
    assert found == (
        "the log group never expires: retentionInDays is 0 or not set. Why: Logs that never expire hold personal data "
        "for ever; logs that go too soon leave an incident unexplained. "
        "Mend: Set retention_in_days to a value from 30 to 400."
    )


@pytest.mark.parametrize("days", [1.0, 14.0, 545.0])
def test_logs_for_too_short_or_too_long_are_refused(days: float):
    (found,) = judged_days({"retentionInDays": days}).violations
    assert found.startswith(f"retentionInDays is {days:.0f}. Why:")


@pytest.mark.parametrize("days", [30.0, 90.0, 400.0])
def test_a_stated_time_passes(days: float):
    found = judged_days({"name": UNKNOWN, "retentionInDays": days})
    assert (found.violations, found.undecided) == ((), ())


def test_a_time_that_is_not_known_is_left_to_the_update():
    found = judged_days({"retentionInDays": UNKNOWN})
    assert (found.violations, found.undecided) == ((), ("retentionInDays",))
