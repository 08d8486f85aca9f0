"""Policies of resources: whom they let in."""

from collections.abc import Iterator, Mapping
from typing import Any

from iam_documents import Statement, statements
from known import Unknown
from rule import Finding, Resource, Rule, Severity

POLICIES: Mapping[str, str] = {
    "aws:cloudwatch/eventBusPolicy:EventBusPolicy": "policy",
    "aws:ecr/repositoryPolicy:RepositoryPolicy": "policy",
    "aws:elasticsearch/domain:Domain": "accessPolicies",
    "aws:kms/key:Key": "policy",
    "aws:kms/keyPolicy:KeyPolicy": "policy",
    "aws:opensearch/domain:Domain": "accessPolicies",
    "aws:opensearch/domainPolicy:DomainPolicy": "accessPolicies",
    "aws:secretsmanager/secret:Secret": "policy",
    "aws:secretsmanager/secretPolicy:SecretPolicy": "policy",
    "aws:sns/topic:Topic": "policy",
    "aws:sns/topicPolicy:TopicPolicy": "policy",
    "aws:sqs/queue:Queue": "policy",
    "aws:sqs/queuePolicy:QueuePolicy": "policy",
}
"""Type -> its property that says who may use the resource. Of buckets, another rule judges that."""

NARROWING = (
    "aws:calledvia",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceip",
    "aws:sourceorgid",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "kms:calleraccount",
)
"""Condition keys with which `*` is no longer everyone, as AWS itself judges it."""


def public_statements(path: str, document: Any) -> Iterator[Finding]:
    """What a policy of a resource allows anyone."""
    if document is None:
        return
    for part in statements(path, document):
        if isinstance(part, Unknown):
            yield part
        elif isinstance(part, Statement) and part.allows:
            anyone = any(kind == "*" for kind, _ in part.principals) or part.not_principals
            if anyone and not any(key in NARROWING for _, key, _ in part.conditions):
                yield f"{part.place}: anyone is allowed {', '.join(map(str, part.actions))}"


def _not_public(resource: Resource) -> Iterator[Finding]:
    path = POLICIES[resource.type]
    yield from public_statements(path, resource.properties.get(path))


RULES = (
    Rule(
        id="resource-policy-not-public",
        title="No policy of a resource lets everyone in",
        why="A queue, topic, key or repository that everyone may use is one that everyone fills, reads or replaces.",
        mend="Name the accounts, roles or services, or add a condition such as aws:SourceArn or aws:PrincipalOrgID.",
        severity=Severity.CRITICAL,
        frameworks=("OWASP LLM02",),
        types=tuple(POLICIES),
        check=_not_public,
    ),
)
