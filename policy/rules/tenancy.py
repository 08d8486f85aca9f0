"""Separation of tenants."""

from collections.abc import Iterator

from iam_documents import IDENTITY_POLICIES, allowed, known_texts
from joins import of_type
from known import value_at
from resource_types import TABLE
from rule import Finding, Level, Resource, Rule, Severity


def _leading_keys(resource: Resource) -> Iterator[Finding]:
    pooled = {
        table.properties.get("arn")
        for table in of_type(resource, TABLE)
        if value_at(table.properties, "tags.tenancy") == "pooled"
    }
    for statement in allowed(resource):
        actions = [action for action in known_texts(statement.actions) if action.lower().startswith("dynamodb:")]
        tables = [arn for arn in known_texts(statement.resources) if arn.partition("/index/")[0] in pooled]
        if actions and tables and not any(key == "dynamodb:leadingkeys" for _, key, _ in statement.conditions):
            yield f"{statement.place}: {actions[0]!r} is allowed on items of every tenant of {tables[0]}"


RULES = (
    Rule(
        id="tenant-key-condition",
        title="Who serves one tenant reads the items of that tenant",
        why="In a table that tenants share, one wrong key in code is a leak.",
        mend="Add a condition on dynamodb:LeadingKeys, or give tenants tables of their own.",
        severity=Severity.MEDIUM,
        frameworks=("OWASP LLM02", "OWASP LLM08"),
        types=IDENTITY_POLICIES,
        check=_leading_keys,
        over_stack=True,
        level=Level.ADVISORY,
    ),
)
