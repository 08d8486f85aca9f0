"""When a schedule is due: ``rate(...)``, ``cron(...)`` and ``at(...)``, as EventBridge reads them."""

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)$")
_AT = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$")
_CRON = re.compile(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)$")
_MONTHS = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if name}
_DAYS = {name: number for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), 1)}
_YEARS = (1970, 2199)
_SEARCH_DAYS = 366 * 9
"""Long enough for every 29 February."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Every so many seconds from a beginning."""

    seconds: int

    def following(self, after: datetime, beginning: datetime) -> datetime | None:
        """Return the first time that is later than ``after``, and is the beginning or some periods later."""
        if after < beginning:
            return beginning
        periods = (after - beginning) // timedelta(seconds=self.seconds) + 1
        return beginning + periods * timedelta(seconds=self.seconds)


@dataclass(frozen=True, slots=True)
class At:
    """Once."""

    moment: datetime

    def following(self, after: datetime, beginning: datetime) -> datetime | None:
        """Return the moment when it is later than ``after``, else None."""
        return self.moment if self.moment > max(after, beginning - timedelta(seconds=1)) else None


@dataclass(frozen=True, slots=True)
class Cron:
    """At every time whose parts are all allowed, in a time zone; days as they are written."""

    minutes: frozenset[int]
    hours: frozenset[int]
    day_of_month: str
    months: frozenset[int]
    day_of_week: str
    years: frozenset[int]
    zone: tzinfo

    def following(self, after: datetime, beginning: datetime) -> datetime | None:
        """Return the first time that is later than ``after`` and not before the beginning; None when there is none."""
        least = max(after, beginning - timedelta(seconds=1))
        first = least.astimezone(self.zone).date()
        for number in range(_SEARCH_DAYS):
            day = first + timedelta(days=number)
            if day.year in self.years and day.month in self.months and self._is_day(day.year, day.month, day.day):
                for moment in self._times(day.year, day.month, day.day):
                    if moment > least:
                        return moment
        return None

    def _times(self, year: int, month: int, day: int) -> Iterator[datetime]:
        for hour in sorted(self.hours):
            for minute in sorted(self.minutes):
                local = datetime(year, month, day, hour, minute, tzinfo=self.zone)
                moment = local.astimezone(UTC)
                # A time that the change to summer time leaves out does not exist.
                if moment.astimezone(self.zone).replace(tzinfo=None) == local.replace(tzinfo=None):
                    yield moment

    def _is_day(self, year: int, month: int, day: int) -> bool:
        if self.day_of_month != "?":
            return day in _days_of_month(self.day_of_month, year, month)
        return day in _days_of_week(self.day_of_week, year, month)


Expression = Rate | At | Cron


def parse(expression: str, zone: tzinfo = UTC) -> Expression:
    """Return what an expression means. Raises ValueError, saying what is wrong."""
    if match := _RATE.match(expression):
        if int(match[1]) < 1:
            raise ValueError(f"{expression}: a rate is at least 1")
        return Rate(int(match[1]) * {"minute": 60, "hour": 3600, "day": 86_400}[match[2]])
    if match := _AT.match(expression):
        return At(datetime.fromisoformat(match[1]).replace(tzinfo=zone).astimezone(UTC))
    if match := _CRON.match(expression):
        return _cron(expression, match, zone)
    raise ValueError(f"{expression}: write rate(5 minutes), cron(0 12 * * ? *) or at(2030-01-31T12:00:00)")


def _cron(expression: str, match: re.Match[str], zone: tzinfo) -> Cron:
    minute, hour, day, month, weekday, year = (part.upper() for part in match.groups())
    if (day == "?") == (weekday == "?"):
        raise ValueError(f"{expression}: exactly one of day-of-month and day-of-week must be ?")
    try:
        _days_of_month(day, 2024, 2)
        _days_of_week(weekday, 2024, 2)
        return Cron(
            minutes=_numbers(minute, 0, 59),
            hours=_numbers(hour, 0, 23),
            day_of_month=day,
            months=_numbers(month, 1, 12, _MONTHS),
            day_of_week=weekday,
            years=_numbers(year, *_YEARS),
            zone=zone,
        )
    except ValueError as error:
        raise ValueError(f"{expression}: {error}") from error


def _numbers(text: str, least: int, most: int, names: dict[str, int] | None = None) -> frozenset[int]:
    """Return the numbers of a field made of ``*``, ``a``, ``a-b``, ``a/step``, ``a-b/step`` and commas."""

    def number(word: str) -> int:
        value = (names or {}).get(word, int(word) if word.isdigit() else -1)
        if not least <= value <= most:
            raise ValueError(f"{word} is not between {least} and {most}")
        return value

    found: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        if step and (not step.isdigit() or int(step) < 1):
            raise ValueError(f"{part}: the step must be a number")
        first, _, last = span.partition("-")
        if span == "*":
            low, high = least, most
        else:
            low = number(first)
            high = number(last) if last else most if step else low
        found.update(range(low, high + 1, int(step or 1)))
    return frozenset(found)


def _days_of_month(text: str, year: int, month: int) -> frozenset[int]:
    length = calendar.monthrange(year, month)[1]
    if text == "?":
        return frozenset()
    if text == "L":
        return frozenset({length})
    if text.endswith("W"):
        day = length if text == "LW" else min(length, next(iter(_numbers(text[:-1], 1, 31))))
        weekday = calendar.weekday(year, month, day)
        # The nearest day from Monday to Friday within the month.
        if weekday == 5:
            day = day - 1 if day > 1 else day + 2
        elif weekday == 6:
            day = day + 1 if day < length else day - 2
        return frozenset({day})
    return _numbers(text, 1, 31)


def _days_of_week(text: str, year: int, month: int) -> frozenset[int]:
    if text == "?":
        return frozenset()
    length = calendar.monthrange(year, month)[1]
    days: dict[int, list[int]] = {}
    for day in range(1, length + 1):
        days.setdefault((calendar.weekday(year, month, day) + 1) % 7 + 1, []).append(day)
    if "#" in text:
        weekday, _, which = text.partition("#")
        matching = days[next(iter(_numbers(weekday, 1, 7, _DAYS)))]
        index = next(iter(_numbers(which, 1, 5))) - 1
        return frozenset(matching[index : index + 1])
    if text != "L" and text.endswith("L"):
        return frozenset({days[next(iter(_numbers(text[:-1], 1, 7, _DAYS)))][-1]})
    wanted = {7} if text == "L" else _numbers(text, 1, 7, _DAYS)
    return frozenset(day for weekday in wanted for day in days[weekday])
