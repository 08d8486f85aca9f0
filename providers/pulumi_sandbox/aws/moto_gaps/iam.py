"""IAM: AWS's own managed policies, each made when it is asked for.

Moto either loads all of them (over a second, and megabytes in each snapshot) or has none.
"""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

from pulumi_sandbox.aws.moto_gaps.wrapping import wrap
from pulumi_sandbox.layout import ACCOUNT_ID

_PREFIX = "arn:aws:iam::aws:policy"


@cache
def _aws_managed_policies() -> dict[str, tuple[str, Any]]:
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    found: dict[str, Any] = json.loads(aws_managed_policies_data)
    return {f"{_PREFIX}{entry.get('Path') or '/'}{name}": (name, entry) for name, entry in found.items()}


def _make(backend: Any, arn: str | None) -> None:
    from moto.iam.models import AWSManagedPolicy

    if arn and arn.startswith(_PREFIX) and arn not in backend.managed_policies and arn in _aws_managed_policies():
        name, entry = _aws_managed_policies()[arn]
        made = AWSManagedPolicy.from_data(name, ACCOUNT_ID, backend.region_name, entry)
        backend.managed_policies[arn] = made


def _attaching(original: Callable[..., None], backend: Any, policy_arn: str, role_name: str) -> None:
    _make(backend, policy_arn)
    original(backend, policy_arn, role_name)


def _getting(original: Callable[..., Any], backend: Any, policy_arn: str) -> Any:
    _make(backend, policy_arn)
    return original(backend, policy_arn)


def install() -> None:
    """Make the operations that take a managed policy's ARN know AWS's own."""
    from moto.iam.models import IAMBackend

    wrap(IAMBackend, "attach_role_policy", _attaching)
    wrap(IAMBackend, "get_policy", _getting)
