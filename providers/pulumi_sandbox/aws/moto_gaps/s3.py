"""S3: bucket policies, and what snapshots must know about contents.

Moto applies a bucket policy to everyone, without its conditions and principals: the common statement that
denies plain http locks everyone out. Signed requests are authorised before they reach moto; what is left to ask
here is whether the policy opens the bucket to unsigned requests.
"""

from collections.abc import Callable
from typing import Any

from pulumi_sandbox.aws.moto_gaps.wrapping import wrap
from pulumi_sandbox.iam_policy import AccessRequest, Effect, Principal, evaluate, parse_document

BLOB_ATTRIBUTE = "_sandbox_blob"
"""Digest of an object's content, kept on the object once it is known; dropped when the content changes."""


def _permission(original: Callable[..., Any], bucket: Any, action: str, resource: str) -> Any:  # noqa: ARG001 - replaced whole
    from moto.iam.access_control import PermissionResult

    if bucket.policy is None:
        return PermissionResult.NEUTRAL
    stranger = Principal(account="anonymous", session_arn="anonymous")
    request = AccessRequest(stranger, action, resource, {"aws:SecureTransport": "true"})
    opened = evaluate([parse_document(bucket.policy.decode())], request) is Effect.ALLOWED
    return PermissionResult.PERMITTED if opened else PermissionResult.NEUTRAL


def install() -> None:
    """Judge bucket policies for strangers only, and note when an object's content changes."""
    from moto.s3.models import FakeBucket, FakeKey

    wrap(FakeBucket, "get_permission", _permission)
    objects: Any = FakeKey
    content = objects.value

    def set_content(key: Any, value: bytes) -> None:
        content.fset(key, value)
        key.__dict__.pop(BLOB_ATTRIBUTE, None)

    objects.value = property(content.fget, set_content)
