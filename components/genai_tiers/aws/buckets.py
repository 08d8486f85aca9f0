"""Buckets that nobody outside the stack can read."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from genai_tiers.lineage import Children

LifecycleRule = aws.s3.BucketLifecycleConfigurationRuleArgsDict

NONCURRENT_DAYS = 30
"""How long an overwritten or deleted object can be brought back."""


@dataclass(frozen=True)
class PrivateBucket:
    """A bucket; `ready` are the settings that must be in place before anything is put into it."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    domain: pulumi.Output[str]
    ready: tuple[pulumi.Resource, ...]


def private_bucket(
    children: Children,
    role: str,
    key_arn: pulumi.Input[str] | None,
    *,
    retain_data: bool,
    expire_days: int | None = None,
    statements: pulumi.Input[Sequence[dict[str, Any]]] = (),
) -> PrivateBucket:
    """A bucket without public access or object ACLs, encrypted with the stack's key, or with one of S3 where there is
    none, versioned, and refusing plain HTTP. Objects go `expire_days` after they were put there, and then for good a
    day later. Its policy has more `statements` where others than roles of the account may use it."""
    bucket = aws.s3.Bucket(children.named(role), force_destroy=not retain_data, opts=children.options(role))
    name = bucket.id
    closed = aws.s3.BucketPublicAccessBlock(
        children.named(f"{role}-access"),
        bucket=name,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=children.options(f"{role}-access"),
    )
    owned = aws.s3.BucketOwnershipControls(
        children.named(f"{role}-ownership"),
        bucket=name,
        rule={"object_ownership": "BucketOwnerEnforced"},
        opts=children.options(f"{role}-ownership"),
    )
    encrypted = aws.s3.BucketServerSideEncryptionConfiguration(
        children.named(f"{role}-encryption"),
        bucket=name,
        rules=[
            {
                "apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}
                if key_arn is None
                else {"sse_algorithm": "aws:kms", "kms_master_key_id": key_arn},
                "bucket_key_enabled": key_arn is not None,
            }
        ],
        opts=children.options(f"{role}-encryption"),
    )
    versioned = aws.s3.BucketVersioning(
        children.named(f"{role}-versioning"),
        bucket=name,
        versioning_configuration={"status": "Enabled"},
        opts=children.options(f"{role}-versioning"),
    )
    aws.s3.BucketLifecycleConfiguration(
        children.named(f"{role}-lifecycle"),
        bucket=name,
        rules=_lifecycle(expire_days),
        opts=children.options(f"{role}-lifecycle", depends_on=[versioned]),
    )
    policy = aws.s3.BucketPolicy(
        children.named(f"{role}-policy"),
        bucket=name,
        policy=pulumi.Output.all(bucket.arn, statements).apply(lambda found: _policy(found[0], found[1])),
        opts=children.options(f"{role}-policy", depends_on=[closed]),
    )
    return PrivateBucket(
        name, bucket.arn, bucket.bucket_regional_domain_name, (closed, owned, encrypted, versioned, policy)
    )


def _lifecycle(expire_days: int | None) -> list[LifecycleRule]:
    old_versions = LifecycleRule(
        id="forget-old-versions",
        status="Enabled",
        filter={"prefix": ""},
        noncurrent_version_expiration={"noncurrent_days": NONCURRENT_DAYS if expire_days is None else 1},
        abort_incomplete_multipart_upload={"days_after_initiation": 1},
    )
    if expire_days is None:
        return [old_versions]
    objects = LifecycleRule(
        id="forget-objects", status="Enabled", filter={"prefix": ""}, expiration={"days": expire_days}
    )
    return [old_versions, objects]


def _policy(bucket_arn: str, statements: Sequence[dict[str, Any]]) -> str:
    only_tls = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [bucket_arn, f"{bucket_arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [only_tls, *statements]})
