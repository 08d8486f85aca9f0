"""cdk-nag's cases of what holds data, of logs and of the network, in the provider's terms of Pulumi."""

from typing import Any

from .fact import Group, document, ref

PLACE = "cdklabs/cdk-nag: test/rules"
TABLE = "aws:dynamodb/table:Table"
BUCKET = "aws:s3/bucket:Bucket"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
KMS_KEY = "aws:kms/key:Key"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
RDS = "aws:rds/instance:Instance"
SECRET = "aws:secretsmanager/secret:Secret"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
DOMAIN = "aws:opensearch/domain:Domain"
TRAIL = "aws:cloudtrail/trail:Trail"
TASK = "aws:ecs/taskDefinition:TaskDefinition"
KEY = "arn:aws:kms:us-east-1:123456789012:key/a"
HASH = {"hashKey": "foo", "attributes": [{"name": "foo", "type": "S"}]}
POSTGRES = {"engine": "postgres", "engineVersion": "13.2", "instanceClass": "db.t3.micro"}
ALL_BLOCKED = dict.fromkeys(("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True)
ONE_BLOCKED = {"blockPublicPolicy": True, "blockPublicAcls": False, "ignorePublicAcls": False}
INSECURE = {"Bool": {"aws:SecureTransport": "false"}}


def _deny(bucket: str, actions: list[str], resources: list[str]) -> tuple[str, dict[str, Any]]:
    statement = {"Action": actions, "Principal": "*", "Resource": resources, "Condition": INSECURE, "Effect": "Deny"}
    return BUCKET_POLICY, {"bucket": bucket, "policy": document(statement)}


def _objects(bucket: str) -> list[str]:
    return [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]


def _opened(**entry: Any) -> tuple[str, dict[str, Any]]:
    return GROUP, {"description": "a group", "ingress": [{"protocol": "tcp", **entry}]}


def _distribution(origin: dict[str, Any], **more: Any) -> tuple[str, dict[str, Any]]:
    behaviour = {"targetOriginId": "a", "viewerProtocolPolicy": "redirect-to-https"}
    return DISTRIBUTION, {
        "enabled": True,
        "origins": [{"originId": "a", "domainName": "foo.bar.com", "customOriginConfig": origin}],
        "defaultCacheBehavior": behaviour,
        **more,
    }


GROUPS = (
    Group(
        f"{PLACE}/DynamoDB.test.ts (DynamoDBPITREnabled)",
        "a table can be put back to a point in time",
        "table-pitr",
        violates={"table-plain": (TABLE, HASH)},
        complies={"table-recovers": (TABLE, {**HASH, "pointInTimeRecovery": {"enabled": True}})},
    ),
    Group(
        f"{PLACE}/S3.test.ts (S3BucketLevelPublicAccessProhibited)",
        "a bucket has all its public access blocked",
        "bucket-not-public",
        beside={"bucket-half": (BUCKET, {}), "bucket-whole": (BUCKET, {})},
        violates={"block-half": (BLOCK, {"bucket": ref("bucket-half.id"), **ONE_BLOCKED})},
        complies={"block-whole": (BLOCK, {"bucket": ref("bucket-whole.id"), **ALL_BLOCKED})},
    ),
    Group(
        f"{PLACE}/S3.test.ts (S3BucketPublicReadProhibited)",
        "a bucket is not readable by everyone",
        "bucket-not-public",
        violates={
            "bucket-read": (BUCKET, {"acl": "public-read"}),
            "bucket-write": (BUCKET, {"acl": "public-read-write"}),
        },
        complies={"bucket-private": (BUCKET, {"acl": "private"})},
    ),
    Group(
        f"{PLACE}/S3.test.ts (S3BucketSSLRequestsOnly)",
        "a bucket denies every request without TLS",
        "bucket-queue-deny-insecure-transport",
        violates={
            "bucket-none": (BUCKET, {}),
            "bucket-other-action": (BUCKET, {"bucket": "other-action"}),
            "bucket-other-objects": (BUCKET, {"bucket": "other-objects"}),
            "bucket-some-objects": (BUCKET, {"bucket": "some-objects"}),
        },
        complies={
            "bucket-denies": (BUCKET, {"bucket": "denies"}),
            "bucket-denies-all": (BUCKET, {"bucket": "denies-all"}),
        },
        after={
            "policy-other-action": _deny("other-action", ["nots3:*"], _objects("other-action")),
            "policy-other-objects": _deny(
                "other-objects", ["s3:*"], ["arn:aws:s3:::other-objects", "arn:aws:s3:::other-objectsd/*"]
            ),
            "policy-some-objects": _deny(
                "some-objects", ["s3:*"], ["arn:aws:s3:::some-objects", "arn:aws:s3:::some-objects/s/*"]
            ),
            "policy-denies": _deny("denies", ["s3:getObject", "s3:*"], _objects("denies")),
            "policy-denies-all": _deny("denies-all", ["*", "s3:getObject"], _objects("denies-all")),
        },
    ),
    Group(
        f"{PLACE}/S3.test.ts (S3BucketVersioningEnabled)",
        "a bucket keeps versions",
        "bucket-versioning-lifecycle",
        violates={
            "bucket-unversioned": (BUCKET, {}),
            "bucket-suspended": (BUCKET, {"versioning": {"enabled": False}}),
        },
        complies={"bucket-versioned": (BUCKET, {"versioning": {"enabled": True}})},
        otherwise={"bucket-versioned": "the rule asks for an end of old versions as well"},
    ),
    Group(
        f"{PLACE}/S3.test.ts (S3DefaultEncryptionKMS)",
        "a bucket is encrypted with a key of KMS",
        "bucket-encrypted-cmk",
        violates={
            "bucket-unkeyed": (BUCKET, {}),
            "bucket-aes": (
                BUCKET,
                {
                    "serverSideEncryptionConfiguration": {
                        "rule": {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}
                    }
                },
            ),
        },
        complies={
            "bucket-kms": (
                BUCKET,
                {
                    "serverSideEncryptionConfiguration": {
                        "rule": {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms"}}
                    }
                },
            )
        },
    ),
    Group(
        f"{PLACE}/KMS.test.ts (KMSBackingKeyRotationEnabled)",
        "a symmetric key is rotated",
        "kms-rotation",
        violates={"key-still": (KMS_KEY, {})},
        complies={
            "key-rotates": (KMS_KEY, {"enableKeyRotation": True}),
            "key-asymmetric": (KMS_KEY, {"customerMasterKeySpec": "RSA_4096"}),
        },
    ),
    Group(
        f"{PLACE}/CloudWatch.test.ts (CloudWatchLogGroupRetentionPeriod)",
        "a log group has an end",
        "log-retention",
        violates={"logs-for-ever": (LOG_GROUP, {})},
        complies={"logs-a-year": (LOG_GROUP, {"retentionInDays": 365})},
    ),
    Group(
        f"{PLACE}/RDS.test.ts (RDSInstancePublicAccess)",
        "a database has no public address",
        "database-not-public",
        violates={"rds-public": (RDS, {**POSTGRES, "publiclyAccessible": True})},
        complies={"rds-private": (RDS, {**POSTGRES, "publiclyAccessible": False})},
    ),
    Group(
        f"{PLACE}/RDS.test.ts (RDSInstanceDeletionProtectionEnabled)",
        "a database is protected from deletion",
        "deletion-protection",
        violates={
            "rds-unprotected": (RDS, {**POSTGRES, "deletionProtection": False}),
            "aurora-unprotected": ("aws:rds/cluster:Cluster", {"engine": "aurora-mysql"}),
        },
        complies={
            "rds-protected": (RDS, {**POSTGRES, "deletionProtection": True}),
            "aurora-protected": ("aws:rds/cluster:Cluster", {"engine": "aurora-mysql", "deletionProtection": True}),
        },
    ),
    Group(
        f"{PLACE}/SecretsManager.test.ts",
        "a secret is rotated and has a key of the customer",
        "secret-rotated",
        violates={
            "secret-plain": (SECRET, {"kmsKeyId": KEY}),
            "secret-default-key": (SECRET, {"kmsKeyId": "aws/secretsmanager"}),
        },
        complies={"secret-rotates": (SECRET, {"kmsKeyId": KEY})},
        after={
            "rotation": (
                "aws:secretsmanager/secretRotation:SecretRotation",
                {
                    "secretId": ref("secret-rotates.id"),
                    "rotationLambdaArn": "foo",
                    "rotationRules": {"automaticallyAfterDays": 30},
                },
            ),
        },
    ),
    Group(
        f"{PLACE}/EC2.test.ts (EC2RestrictedCommonPorts, EC2RestrictedSSH, EC2RestrictedInbound)",
        "not everyone reaches a port",
        "no-open-ingress",
        violates={
            "group-ftp": _opened(fromPort=20, toPort=20, cidrBlocks=["0.0.0.0/0"]),
            "group-ssh": _opened(fromPort=22, toPort=22, cidrBlocks=["0.0.0.0/0"]),
            "group-ssh-v6": _opened(fromPort=22, toPort=22, ipv6CidrBlocks=["::/0"]),
            "group-range": _opened(fromPort=1, toPort=10000, cidrBlocks=["0.0.0.0/0"]),
            "group-all": _opened(fromPort=0, toPort=0, protocol="-1", cidrBlocks=["0.0.0.0/0"]),
            "ingress-v4": (INGRESS, {"ipProtocol": "tcp", "cidrIpv4": "0.0.0.0/0"}),
            "ingress-odd": (INGRESS, {"ipProtocol": "tcp", "fromPort": 1, "toPort": 10000, "cidrIpv4": "1.0.0.0/0"}),
            "ingress-odd-v6": (INGRESS, {"ipProtocol": "tcp", "cidrIpv6": "ff:ff:ff:ff:ff:ff:ff:ff/0"}),
        },
        complies={
            "group-none": (GROUP, {"description": "a group", "ingress": []}),
            "group-one": _opened(fromPort=22, toPort=22, cidrBlocks=["72.21.210.165/32"]),
            "group-web": _opened(fromPort=80, toPort=80, cidrBlocks=["0.0.0.0/0"]),
            "ingress-one": (INGRESS, {"ipProtocol": "tcp", "cidrIpv4": "1.2.3.4/32"}),
            "ingress-one-v6": (
                INGRESS,
                {"ipProtocol": "tcp", "cidrIpv6": "1234:5678:9abc:def1:2345:6789:abcd:ef12/128"},
            ),
        },
    ),
    Group(
        f"{PLACE}/CloudFront.test.ts (CloudFrontDistributionNoOutdatedSSL)",
        "an origin is asked with TLS 1.2 alone",
        "tls-min-12",
        violates={
            "distribution-old-origin": _distribution(
                {"originProtocolPolicy": "https-only", "originSslProtocols": ["TLSv1", "TLSv1.1"]}
            ),
            "distribution-as-viewer": _distribution(
                {"originProtocolPolicy": "match-viewer", "originSslProtocols": ["TLSv1", "TLSv1.2"]}
            ),
        },
        complies={
            "distribution-new-origin": _distribution(
                {"originProtocolPolicy": "https-only", "originSslProtocols": ["TLSv1.2"]}
            )
        },
    ),
    Group(
        f"{PLACE}/CloudFront.test.ts (CloudFrontDistributionWAFIntegration)",
        "a web ACL stands before a distribution",
        "api-waf",
        violates={
            "distribution-open": _distribution(
                {"originProtocolPolicy": "https-only", "originSslProtocols": ["TLSv1.2"]}
            )
        },
        complies={
            "distribution-guarded": _distribution(
                {"originProtocolPolicy": "https-only", "originSslProtocols": ["TLSv1.2"]}, webAclId="acl"
            )
        },
    ),
    Group(
        f"{PLACE}/OpenSearch.test.ts (OpenSearchInVPCOnly)",
        "a search domain is in a network of its own",
        "vector-store-private",
        violates={
            "search-open": (DOMAIN, {"engineVersion": "OpenSearch_1.0"}),
            "search-no-subnet": (DOMAIN, {"engineVersion": "OpenSearch_1.0", "vpcOptions": {"subnetIds": []}}),
        },
        complies={
            "search-inside": (
                DOMAIN,
                {"engineVersion": "OpenSearch_1.0", "vpcOptions": {"subnetIds": ["mycoolsubnet"]}},
            )
        },
    ),
    Group(
        f"{PLACE}/OpenSearch.test.ts (OpenSearchNoUnsignedOrAnonymousAccess)",
        "a search domain asks who calls",
        "resource-policy-not-public",
        violates={
            "search-anyone": (
                DOMAIN,
                {"accessPolicies": document({"Action": "es:ESHttpGet", "Principal": {"AWS": "*"}, "Resource": "*"})},
            )
        },
        complies={
            "search-address": (
                DOMAIN,
                {
                    "accessPolicies": document(
                        {
                            "Action": "es:ESHttpGet",
                            "Principal": {"AWS": "arn:aws:iam::123456789012:role/a"},
                            "Resource": "*",
                            "Condition": {"IpAddress": {"aws:sourceIp": ["42.42.42.42"]}},
                        }
                    )
                },
            )
        },
    ),
    Group(
        f"{PLACE}/CloudTrail.test.ts",
        "a trail is validated and encrypted",
        "audit-trail-data-events",
        violates={
            "trail-unvalidated": (
                TRAIL,
                {"s3BucketName": "a", "isMultiRegionTrail": True, "enableLogFileValidation": False, "kmsKeyId": KEY},
            ),
            "trail-plain": (
                TRAIL,
                {"s3BucketName": "a", "isMultiRegionTrail": True, "enableLogFileValidation": True},
            ),
        },
        complies={
            "trail-whole": (
                TRAIL,
                {"s3BucketName": "a", "isMultiRegionTrail": True, "enableLogFileValidation": True, "kmsKeyId": KEY},
            )
        },
    ),
    Group(
        f"{PLACE}/ECS.test.ts (ECSTaskDefinitionNoEnvironmentVariables)",
        "a container has no variables in its definition",
        "no-plaintext-secret-env",
        violates={
            "task-variable": (
                TASK,
                {
                    "family": "a",
                    "containerDefinitions": '[{"name": "a", "image": "a@sha256:b", '
                    '"environment": [{"name": "foo", "value": "bar"}]}]',
                },
            )
        },
        complies={
            "task-bare": (
                TASK,
                {"family": "a", "containerDefinitions": '[{"name": "a", "image": "a@sha256:b"}]'},
            )
        },
        otherwise={"task-variable": "a variable that holds no secret is what variables are for"},
    ),
)
