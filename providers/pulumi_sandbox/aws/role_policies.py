"""What moto's IAM and STS know about a role and its sessions, read in process."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.iam.models import Role, iam_backends
from moto.sts.models import AssumedRole, sts_backends

from pulumi_sandbox.iam_policy import Document, Limit, parse_document

_PARTITION = "aws"


@dataclass(frozen=True, slots=True)
class RolePolicies:
    """A role's own policies, its limits, the policy that says who may assume it, and its tags."""

    identity: tuple[Document, ...]
    limits: tuple[Limit, ...]
    trust: Document
    tags: Mapping[str, str]


def account_of(arn: str) -> str:
    """Return the account number in an ARN."""
    return arn.split(":")[4]


def _default_version(policy: Any) -> Document:
    return parse_document(next(version.document for version in policy.versions if version.is_default))


def find_role(role_arn: str) -> Role | None:
    """Return moto's role, or None when it does not exist."""
    for role in iam_backends[account_of(role_arn)][_PARTITION].roles.values():
        if role.arn == role_arn:
            return role
    return None


def role_policies(role_arn: str) -> RolePolicies | None:
    """Return the policies of a role, inline and managed, or None when the role does not exist."""
    role = find_role(role_arn)
    if role is None:
        return None
    managed = iam_backends[account_of(role_arn)][_PARTITION].managed_policies
    boundary = managed.get(role.permissions_boundary_arn or "")
    tags: Any = role.tags
    return RolePolicies(
        identity=(
            *map(parse_document, role.policies.values()),
            *map(_default_version, role.managed_policies.values()),
        ),
        limits=() if boundary is None else (Limit("permissions boundary", _default_version(boundary)),),
        trust=parse_document(role.assume_role_policy_document),
        tags={tag["Key"]: tag["Value"] for tag in (tags.values() if isinstance(tags, dict) else tags or [])},
    )


def session_of_key(access_key_id: str, account: str) -> AssumedRole | None:
    """Return the role session that an access key belongs to, or None when it belongs to none."""
    return sts_backends[account][_PARTITION].get_assumed_role_from_access_key(access_key_id)


def session_of_role(role_arn: str, session_name: str) -> AssumedRole:
    """Return the session of this name, made on first use, so that every worker of a function shares it."""
    backend = sts_backends[account_of(role_arn)][_PARTITION]
    for session in backend.assumed_roles:
        if session.role_arn == role_arn and session.session_name == session_name:
            return session
    return backend.assume_role(
        region_name="us-east-1",
        role_session_name=session_name,
        role_arn=role_arn,
        policy="",
        duration=12 * 3600,
        external_id="",
    )
