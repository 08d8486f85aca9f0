"""What a later change of the program may do to what is deployed."""

from collections.abc import Iterator

from rule import Finding, Level, Resource, Rule, Severity

STATEFUL = (
    "aws:cognito/userPool:UserPool",
    "aws:dynamodb/table:Table",
    "aws:kms/key:Key",
    "aws:opensearch/serverlessCollection:ServerlessCollection",
    "aws:rds/cluster:Cluster",
    "aws:rds/instance:Instance",
    "aws:s3/bucket:Bucket",
    "aws:s3/bucketV2:BucketV2",
    "aws:s3/vectorsVectorBucket:VectorsVectorBucket",
    "aws:secretsmanager/secret:Secret",
    "gcp:bigquery/dataset:Dataset",
    "gcp:firestore/database:Database",
    "gcp:kms/cryptoKey:CryptoKey",
    "gcp:secretmanager/secret:Secret",
    "gcp:sql/databaseInstance:DatabaseInstance",
    "gcp:storage/bucket:Bucket",
)
"""Types that hold what cannot be made again."""

LOCKED = {
    "aws:cognito/userPool:UserPool": ("deletionProtection", "ACTIVE"),
    "aws:dynamodb/table:Table": ("deletionProtectionEnabled", True),
    "aws:rds/cluster:Cluster": ("deletionProtection", True),
    "aws:rds/instance:Instance": ("deletionProtection", True),
    "gcp:firestore/database:Database": ("deleteProtectionState", "DELETE_PROTECTION_ENABLED"),
}
"""Type -> the provider's own lock, which keeps the resource as well as the engine's does."""

CONTROLS = (
    "accessLogSettings",
    "assumeRolePolicy",
    "authorizationType",
    "blockPublicAcls",
    "blockPublicPolicy",
    "contentPolicyConfig",
    "deletionProtection",
    "deletionProtectionEnabled",
    "enableKeyRotation",
    "filterConfig",
    "guardrailConfigurations",
    "ignorePublicAcls",
    "inlinePolicies",
    "kmsKeyArn",
    "kmsKeyId",
    "kmsMasterKeyId",
    "managedPolicyArns",
    "pointInTimeRecovery",
    "policy",
    "publicAccessPrevention",
    "restrictPublicBuckets",
    "retentionInDays",
    "securityPolicy",
    "sensitiveInformationPolicyConfig",
    "serverSideEncryption",
    "webAclId",
)
"""Properties that other rules judge."""


def _protected(resource: Resource) -> Iterator[Finding]:
    name, wanted = LOCKED.get(resource.type, ("", None))
    if not resource.options.protect and not (name and resource.properties.get(name) == wanted):
        yield "protect is not set, and no lock of the provider either"


def _ignored_controls(resource: Resource) -> Iterator[Finding]:
    for path in resource.options.ignore_changes:
        first = path.split(".", maxsplit=1)[0].split("[", maxsplit=1)[0].strip('"')
        if path == "*" or first in CONTROLS:
            yield f"ignore_changes has {path!r}: what the program says of it is not what is deployed"


def _deleted_first(resource: Resource) -> Iterator[Finding]:
    if resource.options.delete_before_replace:
        yield "delete_before_replace is set: a replacement deletes the data first"


RULES = (
    Rule(
        id="stateful-protected",
        title="What holds data is protected from deletion",
        why="A rename without an alias deletes what had the old name.",
        mend="Set protect, or the provider's lock.",
        severity=Severity.HIGH,
        frameworks=(),
        types=STATEFUL,
        check=_protected,
        level=Level.PRODUCTION,
    ),
    Rule(
        id="no-ignore-changes-on-controls",
        title="No control is left out of updates",
        why="With its changes ignored, a control that was loosened by hand stays loose while the program looks right.",
        mend="Take the property out of ignore_changes.",
        severity=Severity.HIGH,
        frameworks=(),
        types=("aws:*", "gcp:*"),
        check=_ignored_controls,
    ),
    Rule(
        id="refactor-no-delete-before-replace",
        title="What holds data is not deleted before it is replaced",
        why="When the replacement then fails, there is neither the old nor the new.",
        mend="Leave delete_before_replace out, or move the data first.",
        severity=Severity.HIGH,
        frameworks=(),
        types=STATEFUL,
        check=_deleted_first,
        level=Level.PRODUCTION,
    ),
)
