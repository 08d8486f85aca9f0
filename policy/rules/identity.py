"""Identity and least privilege."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from known import Unknown
from rule import Finding, Resource, Rule, Severity

_WILDCARD = re.compile(r"[*?]")
SHORTEST_VERB = 3
"""Letters of the shortest verbs that AWS begins the names of actions with: Get, Put, Add, Tag, Set, Run."""


def _no_wildcard_action(resource: Resource) -> Iterator[Finding]:
    for path, document in _documents(resource.properties):
        if isinstance(document, Unknown):
            yield document
            continue
        try:
            statements = _statements(document)
        except ValueError:
            yield f"{path} is no policy document in JSON, so that nobody can tell what it allows"
            continue
        for number, statement in enumerate(statements, 1):
            for finding in _broad_actions(statement):
                yield finding if isinstance(finding, Unknown) else f"{path}, statement {number}: {finding}"


def _documents(properties: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The documents that give permissions, each with its path. The trust policy of a role gives none."""
    if "policy" in properties:
        yield "policy", properties["policy"]
    for number, inline in enumerate(_listed(properties.get("inlinePolicies"))):
        if isinstance(inline, Unknown):
            yield "inlinePolicies", inline
        elif "policy" in inline:
            yield f"inlinePolicies[{number}].policy", inline["policy"]


def _statements(document: Any) -> list[Any]:
    """The statements of a policy document. Raises ValueError when it is none."""
    content = json.loads(document) if isinstance(document, str) else document
    if not isinstance(content, Mapping):
        raise ValueError(type(content).__name__)  # noqa: TRY004 - as json.loads does for a text that is no document
    statements = _listed(_element(content, "Statement"))
    if not all(isinstance(statement, Mapping | Unknown) for statement in statements):
        raise ValueError("Statement")
    return statements


def _broad_actions(statement: Any) -> Iterator[Finding]:
    if isinstance(statement, Unknown):
        yield statement
        return
    effect = _element(statement, "Effect")
    if effect == "Deny":
        return
    for action in _listed(_element(statement, "Action")):
        if isinstance(action, Unknown):
            yield action
        elif _is_broad(str(action)):
            yield effect if isinstance(effect, Unknown) else f"the action {action!r} is allowed"
    excluded = _listed(_element(statement, "NotAction"))
    if isinstance(effect, Unknown) and excluded:
        yield effect
    elif excluded:
        names = ", ".join(repr(name.path if isinstance(name, Unknown) else name) for name in excluded)
        yield f"every action but {names} is allowed, by NotAction"


def _is_broad(action: str) -> bool:
    """Whether an action names less than a service and a verb.

    A wildcard after a verb (`dynamodb:Get*`, `bedrock:InvokeModel*`) is fine: it still says what kind of action of
    which service is meant, and AWS writes such actions in its own examples. A wildcard in the service, in place of the
    verb (`s3:*`, `s3:**`, `s3:?*`, `s3:*Object`) or inside it (`s3:P*`) is not.
    """
    service, _, name = action.partition(":")
    if _WILDCARD.search(service):
        return True
    wildcard = _WILDCARD.search(name)
    return wildcard is not None and wildcard.start() < SHORTEST_VERB


def _element(holder: Mapping[str, Any], name: str) -> Any:
    """An element of a document, whatever the case of its name: what AWS might accept must not pass unseen."""
    return next((value for key, value in holder.items() if key.lower() == name.lower()), None)


def _listed(value: Any) -> list[Any]:
    """A list of what may stand alone without one."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


RULES = (
    Rule(
        id="iam-no-wildcard-action",
        title="Policies name their actions",
        why="An allowed `*` or `service:*` turns one prompt-injected tool into access to the whole account.",
        mend="List the actions that are used, as `service:Action`; allow nothing by NotAction.",
        severity=Severity.CRITICAL,
        frameworks=("OWASP LLM06",),
        types=(
            "aws:iam/policy:Policy",
            "aws:iam/rolePolicy:RolePolicy",
            "aws:iam/role:Role",
            "aws:iam/userPolicy:UserPolicy",
            "aws:iam/groupPolicy:GroupPolicy",
        ),
        check=_no_wildcard_action,
    ),
)
