"""How long data is kept, and what deletes it."""

from collections.abc import Iterator, Mapping
from typing import Any

from joins import users
from known import Unknown, blocks, value_at
from resource_types import BUCKETS, LOG_GROUP, TABLE
from rule import Finding, Level, Resource, Rule, Setting, Severity

GCP_BUCKET = "gcp:storage/bucket:Bucket"


def _conversation_ttl(resource: Resource) -> Iterator[Finding]:
    if resource.type == "gcp:firestore/field:Field":
        collection = str(resource.properties.get("collection"))
        if (
            _is_conversation(collection)
            and resource.properties.get("ttlConfig") is None
            and resource.properties.get("field") in ("expires_at", "expiresAt", "ttl")
        ):
            yield f"the documents of {collection!r} do not expire by their field"
        return
    tags = resource.properties.get("tags") or {}
    if isinstance(tags, Unknown) or not (tags.get("data-class") == "conversation" or _is_conversation(resource.name)):
        return
    enabled = value_at(resource.properties, "ttl.enabled")
    if isinstance(enabled, Unknown):
        yield enabled
    elif not enabled:
        yield "ttl is not enabled, so that conversations are kept for ever"


def _is_conversation(name: str) -> bool:
    return any(word in name.lower() for word in ("conversation", "chat-history", "chathistory", "transcript"))


def _versioned(resource: Resource) -> Iterator[Finding]:
    if resource.type == GCP_BUCKET:
        # Cloud Storage keeps what is deleted for a week unless it is told otherwise.
        kept = value_at(resource.properties, "softDeletePolicy.retentionDurationSeconds")
        if not value_at(resource.properties, "versioning.enabled") and kept == 0:
            yield "versioning is off, and deleted objects are gone at once"
        if not blocks(resource.properties, "lifecycleRules"):
            yield "no lifecycleRules end what is old"
        return
    inline = value_at(resource.properties, "versioning.enabled")
    apart = [
        value_at(other.properties, "versioningConfiguration.status")
        for kind in ("aws:s3/bucketVersioning:BucketVersioning", "aws:s3/bucketVersioningV2:BucketVersioningV2")
        for other in users(resource, kind, "bucket")
    ]
    if not inline and "Enabled" not in apart:
        yield next((value for value in (inline, *apart) if isinstance(value, Unknown)), "the bucket keeps no versions")
    kinds = (
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2",
    )
    if not blocks(resource.properties, "lifecycleRules") and not any(
        any(users(resource, kind, "bucket")) for kind in kinds
    ):
        yield "no lifecycle rule ends old versions"


FORCED: Mapping[str, str] = {
    **dict.fromkeys(BUCKETS, "forceDestroy"),
    "aws:ecr/repository:Repository": "forceDelete",
    "aws:s3/vectorsVectorBucket:VectorsVectorBucket": "forceDestroy",
    "gcp:bigquery/dataset:Dataset": "deleteContentsOnDestroy",
    GCP_BUCKET: "forceDestroy",
}
"""Type -> what deletes its content with it."""


def _force_destroy(resource: Resource) -> Iterator[Finding]:
    name = FORCED[resource.type]
    value = resource.properties.get(name)
    if isinstance(value, Unknown):
        yield value
    elif value:
        yield f"{name} is true: one `destroy` deletes everything in it"


def _force_destroy_remedy(resource: Resource) -> Mapping[str, Any]:
    return {FORCED[resource.type]: False}


def _pii_masked(resource: Resource) -> Iterator[Finding]:
    if not any(word in resource.name.lower() for word in resource.settings["prompt_log_names"]):
        return
    name = "logGroupName"
    if not any(users(resource, "aws:cloudwatch/logDataProtectionPolicy:LogDataProtectionPolicy", name)):
        yield "the log group is for prompts, and no data protection policy masks personal data in it"


def _no_conversation_in_logs(resource: Resource) -> Iterator[Finding]:
    if resource.type == LOG_GROUP:
        yield from _pii_masked(resource)
        return
    logged = value_at(resource.properties, "templateMetadata.logSanitizeOperations")
    sdp = value_at(resource.properties, "filterConfig.sdpSettings")
    if logged and sdp is None:
        yield "logSanitizeOperations writes prompts to the log, and sdpSettings mask nothing in them"


RULES = (
    Rule(
        id="conversation-ttl",
        title="Conversations expire",
        why="What is kept for ever is lost some day.",
        mend="Enable ttl on the table, or set a ttl_config on the field that says when a document expires.",
        severity=Severity.MEDIUM,
        frameworks=("OWASP LLM02",),
        types=(TABLE, "gcp:firestore/field:Field"),
        check=_conversation_ttl,
        level=Level.ADVISORY,
    ),
    Rule(
        id="bucket-versioning-lifecycle",
        title="Objects can be recovered, and old ones end",
        why="Without versions one overwrite loses a document; without an end, versions pile up.",
        mend="Enable versioning, and add a lifecycle rule for old versions.",
        severity=Severity.LOW,
        frameworks=(),
        types=(*BUCKETS, GCP_BUCKET),
        check=_versioned,
        over_stack=True,
        level=Level.ADVISORY,
    ),
    Rule(
        id="no-force-destroy",
        title="Destroying a stack does not empty its stores",
        why="One `destroy` in the wrong stack would delete everything that tenants entrusted to it.",
        mend="Switch it off; empty the store by hand when that is meant.",
        severity=Severity.HIGH,
        frameworks=(),
        types=tuple(FORCED),
        check=_force_destroy,
        level=Level.PRODUCTION,
        remedy=_force_destroy_remedy,
    ),
    Rule(
        id="log-pii-masking",
        title="Logs of prompts are masked",
        why="People type names, numbers and secrets into prompts.",
        mend="Add a LogDataProtectionPolicy; on Google Cloud set sdp_settings.",
        severity=Severity.MEDIUM,
        frameworks=("OWASP LLM02",),
        types=(LOG_GROUP, "gcp:modelarmor/template:Template"),
        check=_no_conversation_in_logs,
        over_stack=True,
        level=Level.ADVISORY,
        settings={
            "prompt_log_names": Setting(
                {"type": "array", "items": {"type": "string"}}, ["invocation", "prompt", "conversation"]
            )
        },
    ),
)
