"""What holds data: keys, ends, locks."""

from .case import Case, Made, each, ref

TABLE = "aws:dynamodb/table:Table"
BUCKET = "aws:s3/bucket:Bucket"
GCP_BUCKET = "gcp:storage/bucket:Bucket"
FIRESTORE = "gcp:firestore/database:Database"
SQL = "gcp:sql/databaseInstance:DatabaseInstance"
VECTORS = "aws:s3/vectorsVectorBucket:VectorsVectorBucket"
KEY = "arn:aws:kms:eu-central-1:123456789012:key/a"
CRYPTO_KEY = "gcp:kms/cryptoKey:CryptoKey"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"

CASES = (
    each(
        "table-cmk",
        TABLE,
        broken=[
            {},
            {"serverSideEncryption": {"enabled": True}},
            {"serverSideEncryption": {"enabled": False, "kmsKeyArn": KEY}},
        ],
        kept=[
            {"serverSideEncryption": {"enabled": True, "kmsKeyArn": KEY}},
            {"serverSideEncryption": [{"enabled": True, "kmsKeyArn": KEY}]},
        ],
    ),
    each("table-cmk", FIRESTORE, broken=[{"locationId": "eur3"}], kept=[{"cmekConfig": {"kmsKeyName": "a"}}]),
    Case(
        "bucket-encrypted-cmk",
        {
            "plain": Made(BUCKET),
            "own": Made(BUCKET),
            "inline": Made(
                BUCKET,
                {
                    "serverSideEncryptionConfiguration": {
                        "rule": {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms"}}
                    }
                },
            ),
            "configuration": Made(
                "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
                {
                    "bucket": ref("own.id"),
                    "rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms"}}],
                },
            ),
        },
        frozenset({"plain"}),
    ),
    each("bucket-encrypted-cmk", GCP_BUCKET, broken=[{}], kept=[{"encryption": {"defaultKmsKeyName": "a"}}]),
    each(
        "kms-rotation",
        "aws:kms/key:Key",
        broken=[{}, {"enableKeyRotation": False}],
        kept=[{"enableKeyRotation": True}, {"customerMasterKeySpec": "RSA_2048", "keyUsage": "SIGN_VERIFY"}],
    ),
    each(
        "kms-rotation",
        CRYPTO_KEY,
        broken=[{"keyRing": "a"}, {"keyRing": "a", "rotationPeriod": "31536000s"}],
        kept=[{"keyRing": "a", "rotationPeriod": "7776000s"}, {"keyRing": "a", "purpose": "ASYMMETRIC_SIGN"}],
    ),
    each("genai-resource-cmk", "aws:bedrock/guardrail:Guardrail", broken=[{}], kept=[{"kmsKeyArn": KEY}]),
    each(
        "genai-resource-cmk",
        VECTORS,
        broken=[{}, {"encryptionConfigurations": [{"sseType": "AES256"}]}],
        kept=[{"encryptionConfigurations": [{"sseType": "aws:kms", "kmsKeyArn": KEY}]}],
    ),
    each(
        "genai-resource-cmk",
        "gcp:vertex/aiIndex:AiIndex",
        broken=[{"displayName": "a"}],
        kept=[{"encryptionSpec": {"kmsKeyName": "a"}}],
    ),
    Case(
        "conversation-ttl",
        {
            "conversations": Made(TABLE, {"name": "a"}),
            "tagged": Made(
                TABLE, {"tags": {"data-class": "conversation"}, "ttl": {"enabled": False, "attributeName": "a"}}
            ),
            "ending": Made(
                TABLE, {"tags": {"data-class": "conversation"}, "ttl": {"enabled": True, "attributeName": "a"}}
            ),
            "orders": Made(TABLE, {"name": "b"}),
            "field": Made("gcp:firestore/field:Field", {"collection": "conversations", "field": "expires_at"}),
            "ending-field": Made(
                "gcp:firestore/field:Field", {"collection": "conversations", "field": "expires_at", "ttlConfig": {}}
            ),
        },
        frozenset({"conversations", "tagged", "field"}),
    ),
    Case(
        "bucket-versioning-lifecycle",
        {
            "plain": Made(BUCKET),
            "versioned": Made(BUCKET),
            "versions": Made(
                "aws:s3/bucketVersioning:BucketVersioning",
                {"bucket": ref("versioned.id"), "versioningConfiguration": {"status": "Enabled"}},
            ),
            "ends": Made(
                "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
                {"bucket": ref("versioned.id"), "rules": [{}]},
            ),
            "gcp-plain": Made(GCP_BUCKET, {"location": "EU"}),
            "gcp-kept": Made(
                GCP_BUCKET, {"versioning": {"enabled": True}, "lifecycleRules": [{"action": {"type": "Delete"}}]}
            ),
        },
        frozenset({"plain", "gcp-plain"}),
    ),
    each("no-force-destroy", BUCKET, broken=[{"forceDestroy": True}], kept=[{}, {"forceDestroy": False}]),
    each("no-force-destroy", GCP_BUCKET, broken=[{"forceDestroy": True}], kept=[{"location": "EU"}]),
    each(
        "no-force-destroy",
        "gcp:bigquery/dataset:Dataset",
        broken=[{"deleteContentsOnDestroy": True}],
        kept=[{"datasetId": "a"}],
    ),
    Case(
        "log-pii-masking",
        {
            "prompt-log": Made(LOG_GROUP, {"name": "prompts"}),
            "masked-prompt-log": Made(LOG_GROUP, {"name": "masked"}),
            "access-log": Made(LOG_GROUP, {"name": "access"}),
            "mask": Made(
                "aws:cloudwatch/logDataProtectionPolicy:LogDataProtectionPolicy",
                {"logGroupName": ref("masked-prompt-log.name")},
            ),
            "logging": Made(
                "gcp:modelarmor/template:Template",
                {"templateMetadata": {"logSanitizeOperations": True}, "filterConfig": {}},
            ),
            "silent": Made("gcp:modelarmor/template:Template", {"filterConfig": {}}),
        },
        frozenset({"prompt-log", "logging"}),
    ),
    each(
        "table-pitr",
        TABLE,
        broken=[{}, {"pointInTimeRecovery": {"enabled": False}}],
        kept=[{"pointInTimeRecovery": {"enabled": True}}],
    ),
    each(
        "table-pitr",
        FIRESTORE,
        broken=[{}],
        kept=[{"pointInTimeRecoveryEnablement": "POINT_IN_TIME_RECOVERY_ENABLED"}],
    ),
    each("table-pitr", SQL, broken=[{"settings": {}}], kept=[{"settings": {"backupConfiguration": {"enabled": True}}}]),
    each("deletion-protection", TABLE, broken=[{}], kept=[{"deletionProtectionEnabled": True}]),
    each(
        "deletion-protection",
        "aws:cognito/userPool:UserPool",
        broken=[{"deletionProtection": "INACTIVE"}],
        kept=[{"deletionProtection": "ACTIVE"}],
    ),
    each("deletion-protection", FIRESTORE, broken=[{}], kept=[{"deleteProtectionState": "DELETE_PROTECTION_ENABLED"}]),
    each(
        "deletion-protection",
        SQL,
        broken=[{"deletionProtection": False, "settings": {"deletionProtectionEnabled": True}}, {"settings": {}}],
        kept=[{"settings": {"deletionProtectionEnabled": True}}],
    ),
    Case(
        "stateful-protected",
        {
            "bare": Made(BUCKET),
            "protected": Made(BUCKET, options={"protect": True}),
            "locked": Made(TABLE, {"deletionProtectionEnabled": True}),
            "unlocked": Made(TABLE),
            "gcp-bare": Made(GCP_BUCKET),
            "gcp-protected": Made(GCP_BUCKET, options={"protect": True}),
        },
        frozenset({"bare", "unlocked", "gcp-bare"}),
    ),
    Case(
        "no-ignore-changes-on-controls",
        {
            "blind": Made("aws:kms/key:Key", options={"ignore_changes": ["policy"]}),
            "blinder": Made(GCP_BUCKET, options={"ignore_changes": ["*"]}),
            "seeing": Made(TABLE, options={"ignore_changes": ["readCapacity", "tags"]}),
        },
        frozenset({"blind", "blinder"}),
    ),
    Case(
        "refactor-no-delete-before-replace",
        {
            "first": Made(TABLE, options={"delete_before_replace": True}),
            "gcp-first": Made(FIRESTORE, options={"delete_before_replace": True}),
            "queue": Made("aws:sqs/queue:Queue", options={"delete_before_replace": True}),
            "usual": Made(TABLE),
        },
        frozenset({"first", "gcp-first"}),
    ),
)
