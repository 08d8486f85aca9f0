"""Asks the sandbox's IAM, for a service of ours, whether a role may do what the service is about to do."""

from collections.abc import Mapping

from pulumi_sandbox.iam import AccessDeniedError, authorize
from pulumi_sandbox.iam_patterns import ContextValue

from .rest_json import Call, ServiceError


def require(call: Call, action: str, resource: str, context: Mapping[str, ContextValue] | None = None) -> None:
    """Return if the caller may do this (the deployer may do everything); raises an AccessDeniedException."""
    if call.role_arn is None:
        return
    try:
        authorize(call.role_arn, action, resource, context, region=call.region)
    except AccessDeniedError as error:
        raise ServiceError("AccessDeniedException", str(error)) from error
