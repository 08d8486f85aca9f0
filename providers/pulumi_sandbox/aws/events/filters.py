"""Filters of event source mappings: event patterns, of which one must match."""

import json
from collections.abc import Mapping, Sequence
from typing import Any


def read_patterns(criteria: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Return the patterns of an API's ``FilterCriteria``; none means that everything matches."""
    return tuple(item["Pattern"] for item in (criteria or {}).get("Filters") or () if item.get("Pattern"))


def check_pattern(pattern: str) -> None:
    """Raise ValueError for what is no event pattern."""
    from moto.events.exceptions import InvalidEventPatternException
    from moto.events.models import EventPattern

    try:
        EventPattern.load(pattern)
    except InvalidEventPatternException as error:
        raise ValueError(str(error)) from error


def matches(patterns: Sequence[str], record: Mapping[str, Any]) -> bool:
    """Return whether a record matches one of the patterns, or there are none."""
    from moto.events.models import EventPattern

    wanted: Any = record
    return not patterns or any(EventPattern.load(pattern).matches_event(wanted) for pattern in patterns)


def with_parsed_body(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return an SQS record as filters see it: a body that is a JSON object is looked into, any other is a string."""
    try:
        body = json.loads(record["body"])
    except ValueError:
        return dict(record)
    return {**record, "body": body if isinstance(body, dict) else record["body"]}
