"""Encryption at rest."""

from collections.abc import Iterator, Mapping
from typing import Any

from joins import users
from known import Unknown, blocks, value_at
from resource_types import BUCKETS, QUEUE, TABLE
from rule import Finding, Level, Resource, Rule, Setting, Severity

BUCKET_ENCRYPTIONS = (
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
)
SECONDS_A_DAY = 86_400

CUSTOMER_KEYS: Mapping[str, str] = {
    "aws:bedrock/agentAgent:AgentAgent": "customerEncryptionKeyArn",
    "aws:bedrock/agentDataSource:AgentDataSource": "serverSideEncryptionConfiguration.kmsKeyArn",
    "aws:bedrock/agentPrompt:AgentPrompt": "customerEncryptionKeyArn",
    "aws:bedrock/guardrail:Guardrail": "kmsKeyArn",
    "aws:s3/vectorsVectorBucket:VectorsVectorBucket": "encryptionConfigurations",
    "gcp:discoveryengine/dataStore:DataStore": "kmsKeyName",
    "gcp:vertex/aiEndpoint:AiEndpoint": "encryptionSpec.kmsKeyName",
    "gcp:vertex/aiIndex:AiIndex": "encryptionSpec.kmsKeyName",
    "gcp:vertex/aiReasoningEngine:AiReasoningEngine": "encryptionSpec.kmsKeyName",
}
"""Type of generative AI -> where its key is named."""


def _table_key(resource: Resource) -> Iterator[Finding]:
    if resource.type == TABLE:
        enabled = value_at(resource.properties, "serverSideEncryption.enabled")
        if isinstance(enabled, Unknown):
            yield enabled
        elif not enabled or value_at(resource.properties, "serverSideEncryption.kmsKeyArn") is None:
            yield "serverSideEncryption names no key of the customer"
    elif value_at(resource.properties, "cmekConfig.kmsKeyName") is None:
        yield "cmekConfig names no key of the customer"


def _message_encrypted(resource: Resource) -> Iterator[Finding]:
    if resource.type == QUEUE:
        own = resource.properties.get("sqsManagedSseEnabled")
        if own is False and not resource.properties.get("kmsMasterKeyId"):
            yield "sqsManagedSseEnabled is false and there is no kmsMasterKeyId"
        elif isinstance(own, Unknown) and not resource.properties.get("kmsMasterKeyId"):
            yield own
        return
    name = "kmsKeyName" if resource.type.startswith("gcp:") else "kmsMasterKeyId"
    if not resource.properties.get(name):
        yield f"{name} is not set"


def _queue_remedy(resource: Resource) -> Mapping[str, Any]:
    return {"sqsManagedSseEnabled": True} if resource.type == QUEUE else {}


def _bucket_key(resource: Resource) -> Iterator[Finding]:
    if resource.type.startswith("gcp:"):
        if value_at(resource.properties, "encryption.defaultKmsKeyName") is None:
            yield "encryption names no defaultKmsKeyName"
        return
    inline = blocks(resource.properties, "serverSideEncryptionConfiguration.rule")
    apart = [
        rule
        for kind in BUCKET_ENCRYPTIONS
        for other in users(resource, kind, "bucket")
        for rule in blocks(other.properties, "rules")
    ]
    algorithms = [value_at(rule, "applyServerSideEncryptionByDefault.sseAlgorithm") for rule in (*inline, *apart)]
    unknown = [algorithm for algorithm in algorithms if isinstance(algorithm, Unknown)]
    if not any(str(algorithm).startswith("aws:kms") for algorithm in algorithms):
        yield from unknown or ["the bucket is not encrypted with a key of KMS"]


def _rotation(resource: Resource) -> Iterator[Finding]:
    if resource.type == "gcp:kms/cryptoKey:CryptoKey":
        yield from _gcp_rotation(resource)
        return
    spec = resource.properties.get("customerMasterKeySpec") or "SYMMETRIC_DEFAULT"
    usage = resource.properties.get("keyUsage") or "ENCRYPT_DECRYPT"
    if spec != "SYMMETRIC_DEFAULT" or usage != "ENCRYPT_DECRYPT" or resource.properties.get("customKeyStoreId"):
        return
    rotates = resource.properties.get("enableKeyRotation")
    if isinstance(rotates, Unknown):
        yield rotates
    elif not rotates:
        yield "enableKeyRotation is not true"


def _gcp_rotation(resource: Resource) -> Iterator[Finding]:
    if (resource.properties.get("purpose") or "ENCRYPT_DECRYPT") != "ENCRYPT_DECRYPT":
        return
    period = resource.properties.get("rotationPeriod")
    longest = resource.settings["longest_rotation_days"]
    if isinstance(period, Unknown):
        yield period
    elif not period:
        yield "rotationPeriod is not set"
    elif float(str(period).rstrip("s")) > longest * SECONDS_A_DAY:
        yield f"rotationPeriod is {period}, longer than {longest} days"


def _rotation_remedy(resource: Resource) -> Mapping[str, Any]:
    if resource.type == "gcp:kms/cryptoKey:CryptoKey":
        return {"rotationPeriod": f"{resource.settings['longest_rotation_days'] * SECONDS_A_DAY}s"}
    return {"enableKeyRotation": True}


def _customer_key(resource: Resource) -> Iterator[Finding]:
    path = CUSTOMER_KEYS[resource.type]
    value = value_at(resource.properties, path)
    if resource.type == "aws:s3/vectorsVectorBucket:VectorsVectorBucket":
        keys = [value_at(block, "kmsKeyArn") for block in blocks(resource.properties, path)]
        value = next((key for key in keys if key), None)
    if not value:
        yield f"{path} names no key of the customer"


WHY_KEY = "With a key of your own you can see who decrypts, and end it; the provider's key gives neither."

RULES = (
    Rule(
        id="table-cmk",
        title="Tables are encrypted with a key of the customer",
        why=WHY_KEY,
        mend="Set server_side_encryption with a kms_key_arn; on Google Cloud cmek_config, for a new database.",
        severity=Severity.MEDIUM,
        frameworks=("OWASP LLM02",),
        types=(TABLE, "gcp:firestore/database:Database"),
        check=_table_key,
        level=Level.PRODUCTION,
    ),
    Rule(
        id="queue-topic-encrypted",
        title="Queues and topics are encrypted",
        why="Prompts and answers wait in queues and topics.",
        mend="Set kms_master_key_id (kms_key_name on Google Cloud), or leave sqs_managed_sse_enabled on.",
        severity=Severity.HIGH,
        frameworks=("OWASP LLM02",),
        types=(QUEUE, "aws:sns/topic:Topic", "gcp:pubsub/topic:Topic"),
        check=_message_encrypted,
        remedy=_queue_remedy,
    ),
    Rule(
        id="bucket-encrypted-cmk",
        title="Buckets are encrypted with a key of the customer",
        why=WHY_KEY,
        mend="Add an encryption configuration with aws:kms and its key; on Google Cloud a default_kms_key_name.",
        severity=Severity.MEDIUM,
        frameworks=("OWASP LLM02",),
        types=(*BUCKETS, "gcp:storage/bucket:Bucket"),
        check=_bucket_key,
        over_stack=True,
        level=Level.ADVISORY,
    ),
    Rule(
        id="kms-rotation",
        title="Keys are rotated",
        why="A key that never changes protects everything that was ever written with it, however it leaks.",
        mend="Set enable_key_rotation; on Google Cloud a rotation_period.",
        severity=Severity.MEDIUM,
        frameworks=("CIS AWS 3.6", "CIS GCP 1.10"),
        types=("aws:kms/key:Key", "gcp:kms/cryptoKey:CryptoKey"),
        check=_rotation,
        settings={"longest_rotation_days": Setting({"type": "integer", "minimum": 1}, 90)},
        remedy=_rotation_remedy,
    ),
    Rule(
        id="genai-resource-cmk",
        title="Agents, guardrails, prompts and vectors are encrypted with a key of the customer",
        why=WHY_KEY,
        mend="Name a key of your own where the resource takes one.",
        severity=Severity.MEDIUM,
        frameworks=("OWASP LLM02", "OWASP LLM08"),
        types=tuple(CUSTOMER_KEYS),
        check=_customer_key,
        level=Level.PRODUCTION,
    ),
)
