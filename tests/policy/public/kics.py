"""Fixtures of the Pulumi queries of KICS: positive ones violate what a query asks, negative ones comply."""

from .fact import Group, ref, trust

PLACE = "Checkmarx/kics: assets/queries/pulumi"
TABLE = "aws:dynamodb/table:Table"
STAGE = "aws:apigatewayv2/stage:Stage"
REST_STAGE = "aws:apigateway/stage:Stage"
LOGGED = {"destinationArn": "sampleArn", "format": "CLF"}
RDS = "aws:rds/instance:Instance"
MYSQL = {
    "allocatedStorage": 10,
    "engine": "mysql",
    "engineVersion": "5.7",
    "instanceClass": "db.t3.micro",
    "skipFinalSnapshot": True,
    "username": "foo",
}
DMS = "aws:dms/replicationInstance:ReplicationInstance"
REPLICATION = {"allocatedStorage": 20, "multiAz": False, "replicationInstanceClass": "dms.t2.micro"}
SEARCH = {
    "elasticsearchVersion": "7.9",
    "clusterConfig": {"instanceType": "m5.large.elasticsearch", "instanceCount": 1},
}
DMS_ROLE = ("aws:iam/role:Role", {"assumeRolePolicy": trust("dms.amazonaws.com")})
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
MANAGED = "arn:aws:iam::aws:policy/service-role"

GROUPS = (
    Group(
        f"{PLACE}/aws/dynamodb_table_not_encrypted",
        "a table is encrypted with KMS",
        "table-cmk",
        violates={
            "table-plain": (TABLE, {}),
            "table-off": (TABLE, {"serverSideEncryption": {"enabled": False}}),
        },
        complies={"table-on": (TABLE, {"serverSideEncryption": {"enabled": True}})},
        otherwise={"table-on": "the rule asks for a key of the customer, and this is the key that AWS keeps"},
    ),
    Group(
        f"{PLACE}/aws/dynamodb_table_point_in_time_recovery_disabled",
        "a table can be put back to a point in time",
        "table-pitr",
        violates={
            "table-unset": (TABLE, {"serverSideEncryption": {"enabled": True}}),
            "table-disabled": (TABLE, {"pointInTimeRecovery": {"enabled": False}}),
        },
        complies={"table-recovers": (TABLE, {"pointInTimeRecovery": {"enabled": True}})},
    ),
    Group(
        f"{PLACE}/aws/api_gateway_access_logging_disabled",
        "an API's stage logs requests",
        "api-access-logs",
        violates={
            "stage-silent": (STAGE, {"apiId": "example"}),
            "stage-level-off": (
                STAGE,
                {"apiId": "example", "accessLogSettings": LOGGED, "defaultRouteSettings": {"loggingLevel": "OFF"}},
            ),
            "stage-no-level": (
                STAGE,
                {"apiId": "a", "accessLogSettings": LOGGED, "defaultRouteSettings": {"dataTraceEnabled": False}},
            ),
            "stage-rest": (
                REST_STAGE,
                {"restApi": "example", "stageName": "prod", "accessLogSettings": {"destinationArn": "sampleArn"}},
            ),
        },
        complies={"stage-logged": (STAGE, {"apiId": "example", "accessLogSettings": LOGGED})},
        otherwise=dict.fromkeys(
            ("stage-level-off", "stage-no-level", "stage-rest"),
            "each request has a line in the access log; the level is that of execution logs, which hold prompts",
        ),
    ),
    Group(
        f"{PLACE}/aws/api_gateway_without_ssl_certificate",
        "an API's stage has a client certificate",
        complies={"stage-certificate": (STAGE, {"apiId": "example", "clientCertificateId": "12131323a"})},
    ),
    Group(
        f"{PLACE}/aws/rds_db_instance_publicly_accessible",
        "a database has no public address",
        "database-not-public",
        violates={"rds-public": (RDS, {**MYSQL, "publiclyAccessible": True})},
        complies={
            "rds-unset": (RDS, MYSQL),
            "rds-private": (RDS, {**MYSQL, "publiclyAccessible": False}),
        },
    ),
    Group(
        f"{PLACE}/aws/rds_multi_az_deployment_disabled",
        "a database stands in several zones",
        violates={"rds-one-zone": (RDS, {**MYSQL, "multiAz": False})},
    ),
    Group(
        f"{PLACE}/aws/amazon_dms_replication_instance_is_publicly_accessible",
        "a replication instance has no public address",
        "database-not-public",
        violates={
            "dms-public": (DMS, {**REPLICATION, "publiclyAccessible": True}),
            "dms-unset": (DMS, REPLICATION),
        },
        complies={"dms-private": (DMS, {**REPLICATION, "publiclyAccessible": False})},
        beside={
            "dms-endpoint-role": DMS_ROLE,
            "dms-logs-role": DMS_ROLE,
            "dms-logs": (
                ATTACHMENT,
                {"policyArn": f"{MANAGED}/AmazonDMSCloudWatchLogsRole", "role": ref("dms-logs-role.id")},
            ),
            "dms-vpc-role": DMS_ROLE,
            "dms-vpc": (
                ATTACHMENT,
                {"policyArn": f"{MANAGED}/AmazonDMSVPCManagementRole", "role": ref("dms-vpc-role.id")},
            ),
        },
        otherwise={"dms-unset": "the provider sends false where the program says nothing"},
    ),
    Group(
        f"{PLACE}/aws/elasticsearch_with_https_disabled",
        "a search domain answers over TLS alone",
        "tls-min-12",
        violates={
            "search-http": (
                "aws:elasticsearch/domain:Domain",
                {
                    **SEARCH,
                    "domainEndpointOptions": {
                        "enforceHttps": False,
                        "tlsSecurityPolicy": "Policy-Min-TLS-1-2-2019-07",
                    },
                },
            )
        },
        complies={
            "search-https": (
                "aws:elasticsearch/domain:Domain",
                {
                    **SEARCH,
                    "domainEndpointOptions": {
                        "enforceHttps": True,
                        "tlsSecurityPolicy": "Policy-Min-TLS-1-2-2019-07",
                    },
                },
            )
        },
    ),
    Group(
        f"{PLACE}/aws/ssm_parameter_encrypted_with_default_key",
        "a parameter has a key of its own",
        violates={"parameter-default-key": ("aws:ssm/parameter:Parameter", {"type": "SecureString"})},
        complies={
            "parameter-key": ("aws:ssm/parameter:Parameter", {"type": "SecureString", "keyId": "some_key_id"}),
            "parameter-plain": ("aws:ssm/parameter:Parameter", {"type": "String"}),
        },
    ),
    Group(
        f"{PLACE}/aws/ec2_instance_monitoring_disabled",
        "an instance is monitored in detail",
        complies={"instance": ("aws:ec2/instance:Instance", {"monitoring": True})},
    ),
    Group(
        f"{PLACE}/aws/ecs_cluster_container_insights_disabled",
        "a cluster has Container Insights",
        complies={
            "cluster": (
                "aws:ecs/cluster:Cluster",
                {"settings": [{"name": "containerInsights", "value": "enabled"}]},
            )
        },
    ),
    Group(
        f"{PLACE}/aws/elasticache_redis_cluster_without_backup",
        "a cluster of Redis is backed up",
        complies={
            "redis": ("aws:elasticache/cluster:Cluster", {"engine": "redis", "snapshotRetentionLimit": 5}),
            "memcached": ("aws:elasticache/cluster:Cluster", {"engine": "memcached"}),
        },
    ),
    Group(
        f"{PLACE}/aws/backup_vault_encryption_disabled",
        "a vault has a key of its own",
        complies={"vault": ("aws:backup/vault:Vault", {"name": "foo", "kmsKeyArn": "arn:aws:kms:::key/example"})},
    ),
    Group(
        f"{PLACE}/gcp/google_compute_ssl_policy_weak_cipher_in_use",
        "an SSL policy asks for TLS 1.2",
        "tls-min-12",
        violates={
            "ssl-unset": ("gcp:compute/sSLPolicy:SSLPolicy", {}),
            "ssl-old": ("gcp:compute/sSLPolicy:SSLPolicy", {"minTlsVersion": "TLS_1_1"}),
        },
        complies={"ssl-new": ("gcp:compute/sSLPolicy:SSLPolicy", {"minTlsVersion": "TLS_1_2"})},
    ),
    Group(
        f"{PLACE}/gcp/cloud_storage_bucket_logging_not_enabled",
        "a bucket's requests are logged",
        violates={"bucket-unlogged": ("gcp:storage/bucket:Bucket", {"location": "US-CENTRAL1"})},
        complies={
            "bucket-logged": (
                "gcp:storage/bucket:Bucket",
                {"location": "US-CENTRAL1", "logging": {"logObjectPrefix": "some_obj_prefix"}},
            )
        },
    ),
)
