"""Fixtures of checkov's checks of Terraform, in the provider's terms of Pulumi."""

from .fact import Group

PLACE = "bridgecrewio/checkov: tests/terraform/checks/resource"
FUNCTION = "aws:lambda/function:Function"
FUNCTION_V1 = "gcp:cloudfunctions/function:Function"
FUNCTION_V2 = "gcp:cloudfunctionsv2/function:Function"
RUN_MEMBER = "gcp:cloudrun/iamMember:IamMember"
RUN_BINDING = "gcp:cloudrun/iamBinding:IamBinding"
INVOKER = "gcp:cloudfunctions/functionIamMember:FunctionIamMember"
CRYPTO_KEY = "gcp:kms/cryptoKey:CryptoKey"
BUCKET = "gcp:storage/bucket:Bucket"
FIREWALL = "gcp:compute/firewall:Firewall"
SQL = "gcp:sql/databaseInstance:DatabaseInstance"
MEMBER = "gcp:projects/iAMMember:IAMMember"
BINDING = "gcp:projects/iAMBinding:IAMBinding"
AGENT = "aws:bedrock/agentAgent:AgentAgent"

SECOND = {"maxInstanceCount": 3, "minInstanceCount": 1, "serviceAccountEmail": "a@p.iam.gserviceaccount.com"}
FIRST = {
    "region": "europe-west1",
    "runtime": "python37",
    "triggerHttp": True,
    "serviceAccountEmail": "a@p.iam.gserviceaccount.com",
}
RING = {"name": "crypto-key-example", "keyRing": "keyring"}
READER = "roles/viewer"
OLD_PYTHON = {"role": "arn:aws:iam::123456789012:role/a", "runtime": "python3.8"}


def _firewall(source: str, ports: list[str] | None) -> tuple[str, dict[str, object]]:
    allowed = {"protocol": "tcp", **({"ports": ports} if ports else {})}
    return FIREWALL, {"network": "vpc", "allows": [allowed], "sourceRanges": [source]}


def _sql(**addresses: object) -> tuple[str, dict[str, object]]:
    return SQL, {
        "databaseVersion": "MYSQL_8_0",
        "region": "us-central1",
        "settings": {"tier": "db-f1-micro", "ipConfiguration": addresses},
    }


GROUPS = (
    Group(
        f"{PLACE}/aws/example_BedrockAgentEncrypted",
        "an agent has a key of the customer",
        "genai-resource-cmk",
        violates={"agent-plain": (AGENT, {"agentName": "example_agent_name"})},
        complies={
            "agent-key": (
                AGENT,
                {"agentName": "example_agent_name", "customerEncryptionKeyArn": "arn:aws:kms:::key/example"},
            )
        },
    ),
    Group(
        f"{PLACE}/aws/example_LambdaEnvironmentCredentials",
        "no credentials in the environment of a function",
        "no-plaintext-secret-env",
        violates={
            "function-keys": (
                FUNCTION,
                {
                    **OLD_PYTHON,
                    # AWS's own example of a key, which opens nothing.
                    "environment": {"variables": {"AWS_ACCESS_KEY_ID": "AKIA" + "IOSFODNN7EXAMPLE"}},
                },
            )
        },
        complies={
            "function-region": (
                FUNCTION,
                {**OLD_PYTHON, "environment": {"variables": {"AWS_DEFAULT_REGION": "us-west-2"}}},
            ),
            "function-bare": (FUNCTION, OLD_PYTHON),
        },
    ),
    Group(
        f"{PLACE}/gcp/example_CloudFunctionPermissiveIngress",
        "a function is not reached from everywhere",
        "restricted-ingress",
        violates={
            "second-open": (FUNCTION_V2, {"serviceConfig": {**SECOND, "ingressSettings": "ALLOW_ALL"}}),
            "second-unset": (FUNCTION_V2, {"serviceConfig": SECOND}),
            "first-open": (FUNCTION_V1, {**FIRST, "ingressSettings": "ALLOW_ALL"}),
        },
        complies={
            "second-internal": (FUNCTION_V2, {"serviceConfig": {**SECOND, "ingressSettings": "ALLOW_INTERNAL_ONLY"}}),
            "first-internal": (FUNCTION_V1, {**FIRST, "ingressSettings": "ALLOW_INTERNAL_AND_GCLB"}),
        },
    ),
    Group(
        f"{PLACE}/gcp/example_CloudFunctionsShouldNotBePublic",
        "a function is not invoked by everyone",
        "no-public-invoker",
        violates={"invoker-all": (INVOKER, {"role": "roles/cloudfunctions.invoker", "member": "allUsers"})},
        complies={
            "invoker-one": (INVOKER, {"role": "roles/cloudfunctions.invoker", "member": "user:jane@example.com"})
        },
        beside={
            "function": (
                FUNCTION_V1,
                {
                    "httpsTriggerSecurityLevel": "SECURE_ALWAYS",
                    "maxInstances": 3000,
                    "region": "europe-west2",
                    "runtime": "nodejs16",
                    "serviceAccountEmail": "project@appspot.gserviceaccount.com",
                    "triggerHttp": True,
                },
            )
        },
    ),
    Group(
        f"{PLACE}/gcp/example_GCPCloudRunPrivateService",
        "a service is not open to everyone",
        "no-public-invoker",
        violates={
            "binding-authenticated": (RUN_BINDING, {"role": READER, "members": ["allAuthenticatedUsers"]}),
            "binding-all": (RUN_BINDING, {"role": READER, "members": ["allUsers", "user:jason@example.com"]}),
            "member-all": (RUN_MEMBER, {"role": READER, "member": "allUsers"}),
        },
        complies={
            "binding-people": (RUN_BINDING, {"role": READER, "members": ["user:jane@example.com"]}),
            "member-domain": (RUN_MEMBER, {"role": READER, "member": "domain:example.com"}),
        },
    ),
    Group(
        f"{PLACE}/gcp/example_CloudPubSubEncryptedWithCMK",
        "a topic has a key of the customer",
        "queue-topic-encrypted",
        violates={"topic-plain": ("gcp:pubsub/topic:Topic", {"name": "example-topic"})},
        complies={"topic-key": ("gcp:pubsub/topic:Topic", {"name": "example-topic", "kmsKeyName": "key"})},
    ),
    Group(
        f"{PLACE}/gcp/example_GoogleKMSRotationPeriod",
        "a key is rotated within 90 days",
        "kms-rotation",
        violates={
            "key-half-year": (CRYPTO_KEY, {**RING, "rotationPeriod": "15552000s"}),
            "key-unset": (CRYPTO_KEY, RING),
        },
        complies={
            "key-ninety-days": (CRYPTO_KEY, {**RING, "rotationPeriod": "7776000s"}),
            "key-a-day": (CRYPTO_KEY, {**RING, "rotationPeriod": "86400s"}),
            "key-signs": (CRYPTO_KEY, {**RING, "purpose": "ASYMMETRIC_SIGN"}),
        },
    ),
    Group(
        f"{PLACE}/gcp/example_GoogleStoragePublicAccessPrevention",
        "a bucket cannot be made public",
        "bucket-not-public",
        violates={
            "bucket-inherited": (BUCKET, {"location": "EU", "publicAccessPrevention": "inherited"}),
            "bucket-default": (BUCKET, {"location": "EU"}),
        },
        complies={"bucket-enforced": (BUCKET, {"location": "EU", "publicAccessPrevention": "enforced"})},
        otherwise={"bucket-enforced": "the rule asks for uniform access as well (CIS GCP 5.2)"},
    ),
    Group(
        f"{PLACE}/gcp/example_CloudStorageVersioningEnabled",
        "a bucket keeps versions",
        "bucket-versioning-lifecycle",
        violates={"bucket-no-versions": (BUCKET, {"location": "EU", "versioning": {"enabled": False}})},
        complies={"bucket-versions": (BUCKET, {"location": "EU", "versioning": {"enabled": True}})},
        otherwise={"bucket-versions": "the rule asks for an end of old versions as well"},
    ),
    Group(
        f"{PLACE}/gcp/example_GoogleComputeFirewallUnrestrictedIngress22",
        "SSH is not open to everyone",
        "no-open-ingress",
        violates={
            "firewall-all": _firewall("0.0.0.0/0", ["0-65535"]),
            "firewall-ssh": _firewall("0.0.0.0/0", ["22"]),
            "firewall-several": _firewall("0.0.0.0/0", ["1024-65535", "22"]),
        },
        complies={
            "firewall-one": _firewall("172.1.2.3/32", ["22"]),
            "firewall-other": _firewall("172.1.2.3/32", ["4624"]),
            "firewall-every-port": _firewall("172.1.2.3/32", None),
        },
    ),
    Group(
        f"{PLACE}/gcp/example_GoogleCloudSqlDatabasePubliclyAccessible",
        "a database does not let every address in",
        "database-not-public",
        violates={
            "sql-everyone": _sql(ipv4Enabled=True, authorizedNetworks=[{"name": "Public", "value": "0.0.0.0/0"}])
        },
        complies={
            "sql-some": _sql(ipv4Enabled=True, authorizedNetworks=[{"name": "ABC", "value": "5.5.5.0/24"}]),
            "sql-bare": (SQL, {"databaseVersion": "MYSQL_8_0", "region": "us-central1"}),
            "sql-private": _sql(ipv4Enabled=False, privateNetwork="network"),
        },
        otherwise=dict.fromkeys(
            ("sql-some", "sql-bare"), "the rule asks for no public address at all (CIS GCP 6.6), and this has one"
        ),
    ),
    Group(
        f"{PLACE}/gcp/example_GoogleProjectBasicRole",
        "nobody has a basic role in the project",
        "iam-no-wildcard-action",
        violates={
            "member-owner": (MEMBER, {"role": "roles/owner", "member": "user:jane@example.com"}),
            "member-editor": (MEMBER, {"role": "roles/editor", "member": "user:jane@example.com"}),
            "member-viewer": (MEMBER, {"role": "roles/viewer", "member": "user:jane@example.com"}),
            "binding-owner": (BINDING, {"role": "roles/owner", "members": ["user:jane@example.com"]}),
        },
        complies={
            "member-other": (MEMBER, {"role": "roles/other", "member": "user:jane@example.com"}),
            "binding-other": (BINDING, {"role": "roles/other", "members": ["user:jane@example.com"]}),
        },
    ),
)
