"""Permissions of S3 operations.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from pulumi_sandbox.aws.access import Access
from pulumi_sandbox.aws.operations import Operation
from pulumi_sandbox.iam_patterns import ContextValue

# Operations whose action has another name; the rest are called like their operation.
_ACTIONS = {
    "AbortMultipartUpload": "AbortMultipartUpload",
    "CompleteMultipartUpload": "PutObject",
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "DeleteBucketCors": "PutBucketCORS",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
    "DeleteBucketTagging": "PutBucketTagging",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketCors": "GetBucketCORS",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListBuckets": "ListAllMyBuckets",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListObjectVersions": "ListBucketVersions",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListParts": "ListMultipartUploadParts",
    "PutBucketCors": "PutBucketCORS",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "SelectObjectContent": "GetObject",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
    "GetObjectAttributes": "GetObject",
}
# Actions that have a variant for one version of an object.
_VERSIONED = {
    "DeleteObject": "DeleteObjectVersion",
    "DeleteObjectTagging": "DeleteObjectVersionTagging",
    "GetObject": "GetObjectVersion",
    "GetObjectAcl": "GetObjectVersionAcl",
    "GetObjectTagging": "GetObjectVersionTagging",
    "PutObjectAcl": "PutObjectVersionAcl",
    "PutObjectTagging": "PutObjectVersionTagging",
}
_CONDITION_PARAMETERS = {
    "s3:prefix": "Prefix",
    "s3:delimiter": "Delimiter",
    "s3:max-keys": "MaxKeys",
    "s3:VersionId": "VersionId",
    "s3:x-amz-acl": "ACL",
    "s3:x-amz-server-side-encryption": "ServerSideEncryption",
    "s3:x-amz-server-side-encryption-aws-kms-key-id": "SSEKMSKeyId",
    "s3:x-amz-storage-class": "StorageClass",
    "s3:LocationConstraint": "LocationConstraint",
}


def _arn(bucket: str, key: str | None = None) -> str:
    return f"arn:aws:s3:::{bucket}" + ("" if key is None else f"/{key}")


def _context(parameters: Mapping[str, Any]) -> dict[str, ContextValue]:
    flat = {**parameters, **(parameters.get("CreateBucketConfiguration") or {})}
    return {key: str(flat[name]) for key, name in _CONDITION_PARAMETERS.items() if flat.get(name) is not None}


def _action(operation: str, *, versioned: bool) -> str:
    action = _ACTIONS.get(operation, operation)
    return "s3:" + (_VERSIONED.get(action, action) if versioned else action)


def _copied(source: str) -> Access:
    path, _, version = unquote(source).lstrip("/").partition("?versionId=")
    bucket, _, key = path.partition("/")
    return Access(_action("GetObject", versioned=bool(version)), _arn(bucket, key))


def accesses(operation: Operation, headers: Mapping[str, str]) -> list[Access]:
    """Return every permission that an S3 operation needs."""
    parameters = operation.parameters
    bucket = parameters.get("Bucket")
    context = _context(parameters)
    if not bucket:
        return [Access(_action(operation.name, versioned=False), "*", context)]
    if operation.name == "DeleteObjects":
        objects = (parameters.get("Delete") or {}).get("Objects") or []
        return [
            Access(_action("DeleteObject", versioned=bool(entry.get("VersionId"))), _arn(bucket, entry["Key"]), context)
            for entry in objects
        ]
    key = parameters.get("Key")
    action = _action(operation.name, versioned=bool(parameters.get("VersionId")))
    needed = [Access(action, _arn(bucket, key), context)]
    if source := parameters.get("CopySource"):
        needed.append(_copied(str(source)))
    if operation.name in ("PutObject", "CreateMultipartUpload", "CopyObject"):
        if "x-amz-tagging" in headers:
            needed.append(Access("s3:PutObjectTagging", _arn(bucket, key), context))
        if "x-amz-acl" in headers:
            needed.append(Access("s3:PutObjectAcl", _arn(bucket, key), context))
    return needed
