"""Changes to moto that the control plane needs. Each says what moto does and why that is not enough.

Written for the moto version that ``moto_server.PINNED_VERSION`` names.
"""

import json
from functools import cache
from typing import Any

from moto.iam.access_control import PermissionResult
from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, IAMBackend
from moto.s3.models import FakeBucket

from pulumi_sandbox.iam_policy import AccessRequest, Effect, Principal, evaluate, parse_document
from pulumi_sandbox.layout import ACCOUNT_ID


def judge_bucket_policies_for_strangers_only() -> None:
    """Moto applies a bucket policy to everyone, without its conditions and principals: the common statement that
    denies plain http locks everyone out. Signed requests are authorised before they reach moto; what is left
    to ask here is whether the policy opens the bucket to unsigned requests.
    """

    def get_permission(self: FakeBucket, action: str, resource: str) -> PermissionResult:
        if self.policy is None:
            return PermissionResult.NEUTRAL
        stranger = Principal(account="anonymous", session_arn="anonymous")
        request = AccessRequest(stranger, action, resource, {"aws:SecureTransport": "true"})
        opened = evaluate([parse_document(self.policy.decode())], request) is Effect.ALLOWED
        return PermissionResult.PERMITTED if opened else PermissionResult.NEUTRAL

    FakeBucket.get_permission = get_permission


@cache
def _aws_managed_policies() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(aws_managed_policies_data)
    return {entry["Arn"]: (name, entry) for name, entry in found.items()}


def know_aws_managed_policies() -> None:
    """Moto either loads all of AWS's managed policies (over a second, and megabytes in each snapshot) or has none.
    Here the one that is asked for by ARN is made when it is asked for.
    """
    attach, get = IAMBackend.attach_role_policy, IAMBackend.get_policy

    def make(backend: IAMBackend, arn: str) -> None:
        if arn.startswith("arn:aws:iam::aws:policy/") and arn not in backend.managed_policies:
            name, entry = _aws_managed_policies().get(arn, ("", None))
            if entry:
                made = AWSManagedPolicy.from_data(name, ACCOUNT_ID, backend.region_name, entry)
                backend.managed_policies[arn] = made

    def attach_role_policy(self: IAMBackend, policy_arn: str, role_name: str) -> None:
        make(self, policy_arn)
        attach(self, policy_arn, role_name)

    def get_policy(self: IAMBackend, policy_arn: str) -> Any:
        make(self, policy_arn)
        return get(self, policy_arn)

    IAMBackend.attach_role_policy = attach_role_policy
    IAMBackend.get_policy = get_policy


def apply_all() -> None:
    """Apply every patch; once a process."""
    judge_bucket_policies_for_strangers_only()
    know_aws_managed_policies()
