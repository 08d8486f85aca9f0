"""When schedules are due."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from pulumi_sandbox.aws.events.schedule_expressions import parse

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def following(expression: str, after: str, zone: str = "UTC", beginning: datetime = LONG_AGO) -> str | None:
    moment = datetime.fromisoformat(after).replace(tzinfo=UTC)
    found = parse(expression, ZoneInfo(zone)).following(moment, beginning)
    return found and found.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("expression", "after", "due"),
    [
        ("rate(5 minutes)", "2026-01-01 00:02", "2026-01-01 00:05"),
        ("rate(1 hour)", "2026-01-01 00:00", "2026-01-01 01:00"),
        ("rate(2 days)", "2020-01-02 12:00", "2020-01-03 00:00"),
        ("at(2026-05-01T10:00:00)", "2026-01-01 00:00", "2026-05-01 10:00"),
        ("at(2026-05-01T10:00:00)", "2026-05-01 10:00", None),
        ("cron(0 12 * * ? *)", "2026-01-01 12:00", "2026-01-02 12:00"),
        ("cron(0/15 * * * ? *)", "2026-01-01 12:31", "2026-01-01 12:45"),
        ("cron(15 10 ? * 6L 2026-2027)", "2026-01-01 00:00", "2026-01-30 10:15"),
        ("cron(0 8 1 * ? *)", "2026-01-01 08:00", "2026-02-01 08:00"),
        ("cron(0 18 ? * MON-FRI *)", "2026-01-02 18:00", "2026-01-05 18:00"),
        ("cron(0 9 ? * 2#1 *)", "2026-01-06 00:00", "2026-02-02 09:00"),
        ("cron(0 0 L * ? *)", "2026-02-01 00:00", "2026-02-28 00:00"),
        ("cron(0 0 LW * ? *)", "2026-02-01 00:00", "2026-02-27 00:00"),
        ("cron(0 0 15W * ? *)", "2026-02-01 00:00", "2026-02-16 00:00"),
        ("cron(0 0 29 FEB ? *)", "2026-01-01 00:00", "2028-02-29 00:00"),
        ("cron(0 0 1 1 ? 2025)", "2026-01-01 00:00", None),
    ],
)
def test_next_time(expression: str, after: str, due: str | None) -> None:
    assert following(expression, after) == due


def test_time_zones_and_summer_time() -> None:
    assert following("cron(0 9 * * ? *)", "2026-01-15 00:00", "Europe/Berlin") == "2026-01-15 08:00"
    assert following("cron(0 9 * * ? *)", "2026-07-15 00:00", "Europe/Berlin") == "2026-07-15 07:00"
    # 02:30 does not exist on 29 March 2026.
    assert following("cron(30 2 * * ? *)", "2026-03-28 12:00", "Europe/Berlin") == "2026-03-30 00:30"
    assert following("at(2026-07-01T12:00:00)", "2026-01-01 00:00", "America/New_York") == "2026-07-01 16:00"


def test_a_rate_counts_from_its_beginning() -> None:
    beginning = datetime(2026, 1, 1, 0, 3, tzinfo=UTC)
    assert following("rate(10 minutes)", "2026-01-01 00:00", beginning=beginning) == "2026-01-01 00:03"
    assert following("rate(10 minutes)", "2026-01-01 00:14", beginning=beginning) == "2026-01-01 00:23"


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("every day", "write rate"),
        ("rate(0 minutes)", "at least 1"),
        ("rate(5 weeks)", "write rate"),
        ("cron(0 12 * * * *)", "exactly one of"),
        ("cron(60 12 * * ? *)", "60 is not between 0 and 59"),
        ("cron(0 12 32 * ? *)", "32 is not between 1 and 31"),
        ("cron(0 12 ? * 0 *)", "0 is not between 1 and 7"),
        ("cron(0 12 * FOO ? *)", "FOO is not between 1 and 12"),
        ("cron(0 12 * * ?)", "write rate"),
        ("at(2026-05-01)", "write rate"),
    ],
)
def test_what_is_wrong_is_said(expression: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse(expression)
