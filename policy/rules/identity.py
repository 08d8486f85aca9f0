"""Who a workload is, and who may become it."""

from collections.abc import Iterator, Sequence
from typing import Any

from iam_documents import Statement, known_texts, listed, statements
from known import Unknown
from resource_types import FUNCTION
from rule import Finding, Level, Resource, Rule, Severity


def _trust_scoped(resource: Resource) -> Iterator[Finding]:
    if resource.type.startswith("gcp:"):
        role = resource.properties.get("role")
        members = [*listed(resource.properties.get("member")), *listed(resource.properties.get("members"))]
        if role in (
            "roles/iam.serviceAccountTokenCreator",
            "roles/iam.workloadIdentityUser",
            "roles/iam.serviceAccountUser",
        ):
            for member in known_texts(members):
                if member in ("allUsers", "allAuthenticatedUsers") or member.endswith("/*"):
                    yield f"{member!r} may act as the service account, by {role}"
        return
    for part in statements("assumeRolePolicy", resource.properties.get("assumeRolePolicy")):
        if not isinstance(part, Statement):
            yield part
        elif part.allows:
            yield from _loose_trust(part)


def _loose_trust(statement: Statement) -> Iterator[Finding]:
    if statement.not_principals:
        yield f"{statement.place}: everyone but those of NotPrincipal may assume the role"
    for kind, principal in statement.principals:
        if isinstance(principal, Unknown):
            yield principal
        elif kind == "*" and not _names_who(statement):
            yield f"{statement.place}: anyone may assume the role, as the principal is '*'"
        elif kind.lower() == "federated" and _is_oidc(str(principal)) and not _names_subject(statement):
            yield f"{statement.place}: any token of {principal} may assume the role, as no condition names its sub"


WHO = (
    "aws:principalorgid",
    "aws:principalarn",
    "aws:principalaccount",
    "aws:principalorgpaths",
    "aws:sourcearn",
    "aws:sourceaccount",
    "sts:externalid",
)


def _names_who(statement: Statement) -> bool:
    return any(key in WHO and "*" not in values for _, key, values in statement.conditions)


def _is_oidc(provider: str) -> bool:
    return ":oidc-provider/" in provider or provider.startswith(
        ("cognito-identity", "accounts.google.com", "graph.facebook")
    )


def _names_subject(statement: Statement) -> bool:
    names = (":sub", ":aud") if any("cognito-identity" in str(p) for _, p in statement.principals) else (":sub",)
    return any(
        key.endswith(names) and not any(value in ("*", "repo:*") for value in values)
        for _, key, values in statement.conditions
    )


def _no_static_keys(resource: Resource) -> Iterator[Finding]:
    what = {
        "aws:iam/accessKey:AccessKey": "an access key does not expire",
        "aws:iam/user:User": "a user of IAM signs in with secrets that do not expire",
        "gcp:serviceaccount/key:Key": "a key of a service account does not expire",
    }
    yield what[resource.type]


def _dedicated_identity(resource: Resource) -> Iterator[Finding]:
    if resource.type == FUNCTION:
        own = set(resource.references.get("role", ()))
        arn = resource.properties.get("role")
        for other in resource.stack:
            if other.type != FUNCTION or other.urn >= resource.urn:
                continue
            shared = own & set(other.references.get("role", ())) if own else set[str]()
            if shared or (isinstance(arn, str) and arn == other.properties.get("role")):
                yield f"the function has the role of {other.name!r} too"
        return
    account = _service_account(resource)
    if isinstance(account, Unknown):
        return
    if not account:
        yield "no service account is named, so that it runs as the project's default one"
    elif "-compute@developer" in str(account) or "@appspot.gserviceaccount" in str(account):
        yield f"it runs as the project's default service account, {account}"


SERVICE_ACCOUNTS: dict[str, Sequence[str]] = {
    "gcp:cloudfunctions/function:Function": ("serviceAccountEmail",),
    "gcp:cloudfunctionsv2/function:Function": ("serviceConfig", "serviceAccountEmail"),
    "gcp:cloudrunv2/job:Job": ("template", "template", "serviceAccount"),
    "gcp:cloudrunv2/service:Service": ("template", "serviceAccount"),
}
"""Type -> where it names its service account."""


def _service_account(resource: Resource) -> Any:
    value: Any = resource.properties
    for name in SERVICE_ACCOUNTS[resource.type]:
        if isinstance(value, Unknown) or value is None:
            return value
        value = value.get(name)
    return value


def _permission_scoped(resource: Resource) -> Iterator[Finding]:
    principal = resource.properties.get("principal")
    if isinstance(principal, Unknown):
        yield principal
        return
    named = ("sourceArn", "sourceAccount", "principalOrgId")
    if str(principal).endswith((".amazonaws.com", ".amazonaws.com.cn")) and not any(
        resource.properties.get(name) for name in named
    ):
        yield f"any resource of {principal}, in any account, may invoke the function: no sourceArn or sourceAccount"


RULES = (
    Rule(
        id="iam-trust-scoped",
        title="A role says who may assume it",
        why="A role that anyone may assume is everybody's; so is one that any token of a public provider may assume.",
        mend="Name the service or account as the principal; for OpenID Connect add a condition on the token's sub.",
        severity=Severity.CRITICAL,
        frameworks=("OWASP LLM06",),
        types=(
            "aws:iam/role:Role",
            "gcp:serviceaccount/iAMMember:IAMMember",
            "gcp:serviceaccount/iAMBinding:IAMBinding",
        ),
        check=_trust_scoped,
    ),
    Rule(
        id="iam-no-static-keys",
        title="No keys that do not expire",
        why="Keys that do not expire leak in code, logs and laptops, and work until somebody notices.",
        mend="Use a role, or workload identity, whose credentials last an hour.",
        severity=Severity.HIGH,
        frameworks=("OWASP LLM02",),
        types=("aws:iam/accessKey:AccessKey", "aws:iam/user:User", "gcp:serviceaccount/key:Key"),
        check=_no_static_keys,
    ),
    Rule(
        id="function-dedicated-identity",
        title="Every function has an identity of its own",
        why="Functions that share an identity each have what all of them need.",
        mend="Give the function a role or service account of its own.",
        severity=Severity.MEDIUM,
        frameworks=("OWASP LLM06",),
        types=(FUNCTION, *SERVICE_ACCOUNTS),
        check=_dedicated_identity,
        over_stack=True,
        level=Level.PRODUCTION,
    ),
    Rule(
        id="lambda-permission-source-scoped",
        title="A service may invoke a function only for a named source",
        why="A permission for a service alone lets anybody's resource of that service invoke the function.",
        mend="Set source_arn, or source_account for a bucket.",
        severity=Severity.HIGH,
        frameworks=("OWASP LLM06",),
        types=("aws:lambda/permission:Permission",),
        check=_permission_scoped,
    ),
)
