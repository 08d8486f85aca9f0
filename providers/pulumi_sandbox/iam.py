"""Who may do what: the questions that the rest of the sandbox asks about roles.

Identity policies, permissions boundaries, trust policies and resource policies are those that the deployed
stack put into moto; each answer is recorded (``/_sandbox/iam/calls``).
"""

import time
from collections.abc import Mapping
from datetime import UTC, datetime

from pulumi_sandbox.aws import call_log
from pulumi_sandbox.aws.moto_lock import moto_state
from pulumi_sandbox.aws.resource_policies import resource_policy
from pulumi_sandbox.aws.role_policies import RolePolicies, account_of, role_policies, session_of_role
from pulumi_sandbox.iam_patterns import ContextValue
from pulumi_sandbox.iam_policy import AccessRequest, Document, Effect, Policies, Principal, evaluate, refusal
from pulumi_sandbox.layout import ACCOUNT_ID

__all__ = [
    "AccessDeniedError",
    "authorize",
    "authorize_service",
    "may",
    "may_assume",
    "role_credentials",
]

_DEFAULT_REGION = "us-east-1"


class AccessDeniedError(Exception):
    """A call is not allowed. ``str()`` is the message that AWS would give."""

    def __init__(self, principal: str, action: str, resource: str, reason: str) -> None:
        self.principal = principal
        self.action = action
        self.resource = resource
        self.reason = reason
        on = "" if resource == "*" else f" on resource: {resource}"
        super().__init__(f"User: {principal} is not authorized to perform: {action}{on} {reason}")


def session_arn(role_arn: str, session_name: str) -> str:
    """Return the ARN that a role's session has, e.g. ``arn:aws:sts::123456789012:assumed-role/app/app-fn``."""
    return f"arn:aws:sts::{account_of(role_arn)}:assumed-role/{role_arn.rsplit('/', 1)[-1]}/{session_name}"


def _global_context(region: str, resource: str) -> dict[str, ContextValue]:
    now = time.time()
    parts = resource.split(":")
    return {
        "aws:CurrentTime": datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:EpochTime": str(int(now)),
        "aws:RequestedRegion": region,
        "aws:SecureTransport": "true",  # the sandbox speaks plain http on loopback where the cloud speaks https
        "aws:ViaAWSService": "false",
        "aws:ResourceAccount": parts[4] if len(parts) > 4 and parts[4] else ACCOUNT_ID,
    }


def _role_context(role_arn: str, principal_arn: str, role: RolePolicies) -> dict[str, ContextValue]:
    return {
        "aws:PrincipalArn": role_arn,
        "aws:PrincipalAccount": account_of(role_arn),
        "aws:PrincipalType": "AssumedRole",
        "aws:PrincipalIsAWSService": "false",
        "aws:userid": "sandbox:" + principal_arn.rsplit("/", 1)[-1],
        **{f"aws:PrincipalTag/{key}": value for key, value in role.tags.items()},
    }


def _refusal(
    role_arn: str, action: str, resource_arn: str, context: Mapping[str, ContextValue], session: str, region: str
) -> str | None:
    """Return why a role may not do something; None when it may."""
    with moto_state():
        role = role_policies(role_arn)
        attached = resource_policy(resource_arn, region, account_of(role_arn))
    if role is None:
        return f"because the role {role_arn} does not exist"
    request = AccessRequest(
        principal=Principal(account_of(role_arn), role_arn=role_arn, session_arn=session),
        action=action,
        resource=resource_arn,
        context={
            **_global_context(region, resource_arn),
            **_role_context(role_arn, session, role),
            **context,
        },
    )
    is_key = action.startswith("kms:")
    return refusal(Policies(role.identity, role.limits, attached, resource_decides=is_key), request)


def authorize(
    role_arn: str,
    action: str,
    resource_arn: str = "*",
    context: Mapping[str, ContextValue] | None = None,
    *,
    session_name: str = "sandbox",
    region: str = _DEFAULT_REGION,
) -> None:
    """Return when ``role_arn`` may do ``action`` (e.g. ``s3:GetObject``) on ``resource_arn``, and record the call.

    ``context`` adds condition keys of the request. ``region`` is where the resource is, when its ARN does not
    say. Raises AccessDeniedError, also for a role that does not exist.
    """
    arn = session_arn(role_arn, session_name)
    reason = _refusal(role_arn, action, resource_arn, context or {}, arn, region)
    call_log.record_call(role_arn, action, resource_arn, allowed=reason is None)
    if reason is not None:
        raise AccessDeniedError(arn, action, resource_arn, reason)


def may(role_arn: str, action: str, resource_arn: str) -> bool:
    """Return whether a role may do something, for a service that asks beforehand: nothing is called or recorded."""
    return _refusal(role_arn, action, resource_arn, {}, session_arn(role_arn, "sandbox"), _DEFAULT_REGION) is None


def _service_request(
    service: str, action: str, resource: str, region: str, context: Mapping[str, ContextValue] | None
) -> AccessRequest:
    return AccessRequest(
        principal=Principal(ACCOUNT_ID, service=service),
        action=action,
        resource=resource,
        context={
            **_global_context(region, resource),
            "aws:PrincipalIsAWSService": "true",
            "aws:PrincipalServiceName": service,
            **(context or {}),
        },
    )


def authorize_service(
    service: str,
    action: str,
    resource_arn: str,
    context: Mapping[str, ContextValue] | None = None,
    *,
    region: str = _DEFAULT_REGION,
) -> None:
    """Return when the resource's own policy lets a service (e.g. ``apigateway.amazonaws.com``) do ``action``.

    ``context`` should hold ``aws:SourceArn`` and ``aws:SourceAccount``. Raises AccessDeniedError.
    """
    with moto_state():
        attached = resource_policy(resource_arn, region, ACCOUNT_ID)
    request = _service_request(service, action, resource_arn, region, context)
    reason = refusal(Policies(resource=attached), request)
    if reason is not None:
        raise AccessDeniedError(service, action, resource_arn, reason)


def may_assume(role_arn: str, service: str, context: Mapping[str, ContextValue] | None = None) -> bool:
    """Return whether the role exists and its trust policy lets ``service`` (``lambda.amazonaws.com``) assume it.

    ``context`` should hold ``aws:SourceArn`` and ``aws:SourceAccount`` where the service sends them.
    """
    with moto_state():
        role = role_policies(role_arn)
    if role is None:
        return False
    account: dict[str, ContextValue] = {"aws:SourceAccount": ACCOUNT_ID}
    request = _service_request(service, "sts:AssumeRole", role_arn, _DEFAULT_REGION, {**account, **(context or {})})
    trust: Document = role.trust
    return evaluate([trust], request) is Effect.ALLOWED


def role_credentials(
    role_arn: str, *, session_name: str = "sandbox", service: str = "lambda.amazonaws.com"
) -> dict[str, str]:
    """Return the environment variables that let a process call AWS APIs as the role.

    One session for each role and session name (Lambda names it after the function). The credentials do not
    expire. Raises AccessDeniedError when the role does not exist or its trust policy refuses ``service``.
    """
    if not may_assume(role_arn, service):
        raise AccessDeniedError(
            service,
            "sts:AssumeRole",
            role_arn,
            "because the role does not exist or its trust policy does not allow it",
        )
    with moto_state():
        session = session_of_role(role_arn, session_name)
    return {
        "AWS_ACCESS_KEY_ID": session.access_key_id,
        "AWS_SECRET_ACCESS_KEY": session.secret_access_key,
        "AWS_SESSION_TOKEN": session.session_token,
    }
