"""Logging and audit."""

from collections.abc import Iterator, Mapping
from typing import Any

from rule import Rule, Severity, has

SHORTEST_DAYS = 30
LONGEST_DAYS = 400


def _retention(inputs: Mapping[str, Any]) -> Iterator[str]:
    days = inputs["retentionInDays"] if has(inputs, "retentionInDays") else 0
    if not days:
        yield "the log group never expires: retentionInDays is not set"
    elif not SHORTEST_DAYS <= days <= LONGEST_DAYS:
        yield f"retentionInDays is {days:g}"


RULES = (
    Rule(
        id="log-retention",
        title="Logs are kept for a stated time",
        why="Logs that never expire hold personal data for ever; logs that go too soon leave an incident unexplained.",
        mend=f"Set retention_in_days to a value from {SHORTEST_DAYS} to {LONGEST_DAYS}.",
        severity=Severity.MEDIUM,
        frameworks=("OWASP LLM02",),
        types=("aws:cloudwatch/logGroup:LogGroup",),
        check=_retention,
    ),
)
