"""Logging and audit."""

from collections.abc import Iterator

from known import Unknown
from rule import Finding, Resource, Rule, Severity

SHORTEST_DAYS = 30
LONGEST_DAYS = 400


def _retention(resource: Resource) -> Iterator[Finding]:
    days = resource.properties.get("retentionInDays", 0)
    if isinstance(days, Unknown):
        yield days
    elif not days:
        yield "the log group never expires: retentionInDays is 0 or not set"
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
