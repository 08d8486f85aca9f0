"""Evaluation of IAM policies: pure functions of policy documents and a request.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import Any

from pulumi_sandbox.iam_conditions import as_list, conditions_hold
from pulumi_sandbox.iam_patterns import Context, UnknownVariableError, matches, matches_with_variables

Document = Mapping[str, Any]


class Effect(Enum):
    """What a set of policies of one kind says about a request."""

    ALLOWED = "allowed"
    DENIED = "denied"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: a role (its ARN, and that of its session), or a service such as ``lambda.amazonaws.com``."""

    account: str
    role_arn: str | None = None
    session_arn: str | None = None
    service: str | None = None

    @property
    def arn(self) -> str:
        """The ARN that refusals name."""
        return self.session_arn or self.role_arn or str(self.service)


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """One action on one resource (``*`` when the action has no resource)."""

    principal: Principal
    action: str
    resource: str
    context: Context = field(default_factory=dict[str, str])


@lru_cache(maxsize=1024)
def parse_document(text: str) -> Document:
    """Return a policy document given as JSON; parsed once for each text."""
    return json.loads(text)


def _element(statement: Document, name: str) -> tuple[list[str], bool] | None:
    """Return the values of an element or of its Not form, and whether it was the Not form."""
    if name in statement:
        return as_list(statement[name]), False
    if f"Not{name}" in statement:
        return as_list(statement[f"Not{name}"]), True
    return None


def _action_matches(statement: Document, action: str) -> bool:
    element = _element(statement, "Action")
    if element is None:
        return False
    patterns, negated = element
    return any(matches(pattern, action, ignore_case=True) for pattern in patterns) != negated


def _resource_matches(statement: Document, resource: str, context: Context, *, variables: bool) -> bool:
    element = _element(statement, "Resource")
    if element is None:
        return True  # trust policies have none: the role itself is the resource
    patterns, negated = element
    if variables:
        return any(matches_with_variables(pattern, resource, context) for pattern in patterns) != negated
    return any(matches(pattern, resource) for pattern in patterns) != negated


def _names_principal(pattern: str, principal: Principal, *, whole_account: bool) -> bool:
    if pattern == "*":
        return True
    if pattern in (principal.role_arn, principal.session_arn):
        return True
    root = f"arn:aws:iam::{principal.account}:root"
    return whole_account and principal.service is None and pattern in (principal.account, root)


def _principal_matches(statement: Document, principal: Principal, *, whole_account: bool) -> bool:
    element = _element(statement, "Principal")
    if element is None:
        return True  # identity-based policies have none
    entries, negated = element
    found = False
    for entry in entries:
        if entry == "*":
            found = True
        elif isinstance(entry, Mapping):
            kinds: Mapping[str, Any] = entry
            found |= principal.service is not None and principal.service in as_list(kinds.get("Service", []))
            found |= any(
                _names_principal(pattern, principal, whole_account=whole_account)
                for pattern in as_list(kinds.get("AWS", []))
            )
    return found != negated


def evaluate(documents: Iterable[Document], request: AccessRequest, *, account_is_everyone: bool = False) -> Effect:
    """Return what policies of one kind say: denied if any statement denies, else allowed if any allows.

    ``account_is_everyone``: whether an allowing statement that names the account counts for each principal in
    it, as it does when the question is whether a key policy delegates to the account's own policies. A denying
    statement that names the account always does.
    """
    effect = Effect.SILENT
    for document in documents:
        variables = document.get("Version") == "2012-10-17"
        for statement in as_list(document.get("Statement", [])):
            denies = statement.get("Effect") == "Deny"
            if not denies and effect is Effect.ALLOWED:
                continue
            everyone = denies or account_is_everyone
            if _applies(statement, request, variables=variables, whole_account=everyone):
                if denies:
                    return Effect.DENIED
                effect = Effect.ALLOWED
    return effect


def _applies(statement: Document, request: AccessRequest, *, variables: bool, whole_account: bool) -> bool:
    try:
        return (
            _action_matches(statement, request.action)
            and _principal_matches(statement, request.principal, whole_account=whole_account)
            and _resource_matches(statement, request.resource, request.context, variables=variables)
            and conditions_hold(statement.get("Condition", {}), request.context)
        )
    except UnknownVariableError:
        return False


@dataclass(frozen=True, slots=True)
class Limit:
    """A policy that grants nothing, and must allow what others grant: a permissions boundary, a session policy."""

    kind: str
    document: Document


@dataclass(frozen=True, slots=True)
class Policies:
    """All policies that bear on a request."""

    identity: tuple[Document, ...] = ()
    limits: tuple[Limit, ...] = ()
    resource: Document | None = None
    resource_decides: bool = False
    """True for KMS keys: identity policies count only where the key policy lets the account decide."""


def refusal(policies: Policies, request: AccessRequest) -> str | None:
    """Return None when the request is allowed, else why not, in the words of AWS's messages."""
    by_identity = evaluate(policies.identity, request)
    by_resource = Effect.SILENT if policies.resource is None else evaluate([policies.resource], request)
    by_limit = [(evaluate([limit.document], request), limit.kind) for limit in policies.limits]
    effects = [(by_identity, "identity-based policy"), (by_resource, "resource-based policy"), *by_limit]
    for effect, kind in effects:
        if effect is Effect.DENIED:
            article = "an" if kind.startswith("i") else "a"
            return f"with an explicit deny in {article} {kind}"
    for effect, kind in by_limit:
        if effect is Effect.SILENT:
            return f"because no {kind} allows the {request.action} action"
    if by_resource is Effect.ALLOWED:
        return None
    if policies.resource_decides and not _delegates(policies.resource, request):
        return f"because no resource-based policy allows the {request.action} action"
    if by_identity is Effect.ALLOWED:
        return None
    kind = "resource-based" if request.principal.service else "identity-based"
    return f"because no {kind} policy allows the {request.action} action"


def _delegates(resource_policy: Document | None, request: AccessRequest) -> bool:
    return (
        resource_policy is not None and evaluate([resource_policy], request, account_is_everyone=True) is Effect.ALLOWED
    )
