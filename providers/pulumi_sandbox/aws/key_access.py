"""Permissions on customer-managed KMS keys that come with the use of an encrypted resource.

Whoever writes to an encrypted bucket, queue, topic or vector index needs ``kms:GenerateDataKey``, and whoever reads
from one ``kms:Decrypt``; a table needs ``kms:Decrypt`` for both. AWS's own keys (``alias/aws/...``) need nothing.
"""

from collections.abc import Iterable
from typing import Any

from pulumi_sandbox.aws.access import Access, Place
from pulumi_sandbox.aws.moto_backends import backend_of
from pulumi_sandbox.aws.operations import Operation

# IAM action -> the KMS actions that it brings with it, when its resource is encrypted with a customer's key.
_NEEDED: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        (
            "dynamodb:BatchGetItem",
            "dynamodb:BatchWriteItem",
            "dynamodb:ConditionCheckItem",
            "dynamodb:DeleteItem",
            "dynamodb:GetItem",
            "dynamodb:GetRecords",
            "dynamodb:PartiQLDelete",
            "dynamodb:PartiQLInsert",
            "dynamodb:PartiQLSelect",
            "dynamodb:PartiQLUpdate",
            "dynamodb:PutItem",
            "dynamodb:Query",
            "dynamodb:Scan",
            "dynamodb:UpdateItem",
        ),
        ("kms:Decrypt",),
    ),
    "s3:GetObject": ("kms:Decrypt",),
    "s3:GetObjectVersion": ("kms:Decrypt",),
    "s3:PutObject": ("kms:GenerateDataKey",),
    "sqs:ReceiveMessage": ("kms:Decrypt",),
    "sqs:SendMessage": ("kms:GenerateDataKey", "kms:Decrypt"),
    "sns:Publish": ("kms:GenerateDataKey", "kms:Decrypt"),
    "s3vectors:PutVectors": ("kms:GenerateDataKey", "kms:Decrypt"),
    "s3vectors:QueryVectors": ("kms:Decrypt",),
    "s3vectors:GetVectors": ("kms:Decrypt",),
    "s3vectors:ListVectors": ("kms:Decrypt",),
    "secretsmanager:GetSecretValue": ("kms:Decrypt",),
    "secretsmanager:PutSecretValue": ("kms:GenerateDataKey", "kms:Decrypt"),
}


def _table_key(backend: Any, resource: str) -> str | None:
    table = backend.tables.get(resource.removeprefix("table/").split("/")[0])
    specification: dict[str, Any] = (table.sse_specification if table else None) or {}
    return specification.get("KMSMasterKeyId") if specification.get("Enabled") else None


def _object_key(backend: Any, resource: str) -> str | None:
    bucket_name, _, name = resource.partition("/")
    bucket = backend.buckets.get(bucket_name)
    if bucket is None:
        return None
    found = bucket.keys.get(name)
    if found is not None and found.encryption == "aws:kms" and found.kms_key_id:
        return found.kms_key_id
    rules: Any = (bucket.encryption or {}).get("Rule") or {}
    rule: dict[str, Any] = rules[0] if isinstance(rules, list) else rules
    default: dict[str, Any] = rule.get("ApplyServerSideEncryptionByDefault") or {}
    return default.get("KMSMasterKeyID") if default.get("SSEAlgorithm") == "aws:kms" else None


def _queue_key(backend: Any, resource: str) -> str | None:
    queue = backend.queues.get(resource)
    return queue and getattr(queue, "kms_master_key_id", None)


def _topic_key(backend: Any, resource: str) -> str | None:
    return next(
        (topic.kms_master_key_id for arn, topic in backend.topics.items() if arn.endswith(f":{resource}")), None
    )


def _index_key(backend: Any, resource: str) -> str | None:
    indexes = (index for bucket in backend.vector_buckets.values() for index in bucket.indexes.items())
    index = next((each for arn, each in indexes if arn.endswith(f":{resource}")), None)
    encryption: dict[str, Any] = getattr(index, "encryption_configuration", None) or {}
    return encryption.get("kmsKeyArn")


def _secret_key(backend: Any, resource: str) -> str | None:
    arns = (s for s in backend.secrets.values() if getattr(s, "arn", "").endswith(f":{resource}"))
    secret = next(arns, None)
    return getattr(secret, "kms_key_id", None)


_READERS = {
    "dynamodb": _table_key,
    "s3": _object_key,
    "sqs": _queue_key,
    "sns": _topic_key,
    "s3vectors": _index_key,
    "secretsmanager": _secret_key,
}


def _customer_key_arn(key: str | None, place: Place) -> str | None:
    """Return the ARN of a key given by id, ARN or alias; None for AWS's own keys and for keys that do not exist."""
    if not key or "alias/aws/" in key:
        return None
    backend = backend_of("kms", place.account, place.region)
    found = backend.keys.get(backend.any_id_to_key_id(key))
    if found is None or any(alias.startswith("alias/aws/") for alias in found.aliases):
        return None
    return found.arn


def key_accesses(needed: Iterable[Access], operation: Operation, place: Place) -> list[Access]:
    """Return the permissions on keys that these accesses bring with them, each once."""
    found: dict[tuple[str, str], Access] = {}
    for access in needed:
        actions = _NEEDED.get(access.action)
        if not actions or access.resource == "*":
            continue
        service, resource = access.action.split(":")[0], access.resource.split(":", 5)[5]
        backend = backend_of(service, place.account, place.region)
        named = operation.parameters.get("SSEKMSKeyId") if service == "s3" else None
        arn = _customer_key_arn(named or _READERS[service](backend, resource), place)
        for action in actions if arn else ():
            context = {"kms:ViaService": f"{service}.{place.region}.amazonaws.com", "kms:CallerAccount": place.account}
            found[action, str(arn)] = Access(action, str(arn), context)
    return list(found.values())
