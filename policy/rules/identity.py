"""Identity and least privilege."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rule import Rule, Severity


def _statements(document: Any) -> list[Mapping[str, Any]]:
    """The statements of a policy document; a single one may stand without a list."""
    parsed = json.loads(document) if isinstance(document, str) else document
    statements = parsed.get("Statement", []) if isinstance(parsed, Mapping) else []
    return [statements] if isinstance(statements, Mapping) else list(statements)


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [str(item) for item in value] if isinstance(value, Sequence) else []


def _no_wildcard_action(inputs: Mapping[str, Any]) -> Iterator[str]:
    documents: list[Any] = []
    if "policy" in list(inputs):
        documents.append(inputs["policy"])
    if "inlinePolicies" in list(inputs):
        documents += [inline["policy"] for inline in inputs["inlinePolicies"] if "policy" in list(inline)]
    for document in documents:
        for statement in _statements(document):
            if statement.get("Effect") != "Allow":
                continue
            for action in _texts(statement.get("Action", [])):
                if action == "*" or action.endswith(":*"):
                    yield f"the action {action!r} is allowed"
            if excluded := _texts(statement.get("NotAction", [])):
                yield f"every action but {', '.join(excluded)} is allowed"


RULES = (
    Rule(
        id="iam-no-wildcard-action",
        title="Policies name their actions",
        why="An allowed `*` or `service:*` turns one prompt-injected tool into access to the whole account.",
        mend="List the actions that are used; allow nothing by NotAction.",
        severity=Severity.CRITICAL,
        frameworks=("OWASP LLM06",),
        types=("aws:iam/policy:Policy", "aws:iam/rolePolicy:RolePolicy", "aws:iam/role:Role"),
        check=_no_wildcard_action,
    ),
)
