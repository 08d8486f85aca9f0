"""A running sandbox, and what the tests of our own services put into it."""

import json
import urllib.request
import uuid
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config

ACCOUNT = "123456789012"
REGION = "us-east-1"
EMBEDDING_MODEL = f"arn:aws:bedrock:{REGION}::foundation-model/amazon.titan-embed-text-v2:0"
DIMENSION = 256


def unique(prefix: str) -> str:
    return f"{prefix}-{uuid.uuid4().hex[:10]}"


def bedrock_trust(**condition: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"Service": "bedrock.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return {**statement, **({"Condition": condition} if condition else {})}


@dataclass(frozen=True)
class OwnCloud:
    """Clients of one sandbox; nothing is retried, so that every refusal is seen."""

    endpoint: str

    def client(self, service: str, role: str | None = None) -> Any:
        """Return a client of the deployer, or one that acts as a role."""
        keys = {"aws_access_key_id": "sandbox", "aws_secret_access_key": "sandbox"}
        if role:
            given = self.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
            keys = {
                "aws_access_key_id": given["AccessKeyId"],
                "aws_secret_access_key": given["SecretAccessKey"],
                "aws_session_token": given["SessionToken"],
            }
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self.endpoint,
            config=Config(retries={"total_max_attempts": 1}),
            **keys,
        )  # pyright: ignore[reportCallIssue, reportArgumentType] - the service is a variable

    def fault(self, **fault: Any) -> None:
        request = urllib.request.Request(  # noqa: S310 - loopback
            f"{self.endpoint}/_sandbox/faults", data=json.dumps(fault).encode(), method="PUT"
        )
        urllib.request.urlopen(request, timeout=10).close()  # noqa: S310 - loopback

    def role(self, statements: list[dict[str, Any]], trust: dict[str, Any] | None = None) -> str:
        """Create a role with these statements and return its ARN."""
        iam, name = self.client("iam"), unique("role")
        trusted = {"Version": "2012-10-17", "Statement": [trust or bedrock_trust()]}
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trusted))["Role"]["Arn"]
        self.allow(arn, statements)
        return arn

    def allow(self, role: str, statements: list[dict[str, Any]]) -> None:
        """Make these all the statements of a role."""
        statements = statements or [{"Action": "iam:GetUser", "Resource": "*"}]  # a policy needs a statement
        policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **each} for each in statements]}
        self.client("iam").put_role_policy(
            RoleName=role.rpartition("/")[2], PolicyName="policy", PolicyDocument=json.dumps(policy)
        )

    def index(self, dimension: int = DIMENSION, metric: str = "cosine", **more: Any) -> str:
        """Create a vector bucket with an index and return the index's ARN."""
        vectors, bucket = self.client("s3vectors"), unique("vectors")
        vectors.create_vector_bucket(vectorBucketName=bucket)
        configuration = {"nonFilterableMetadataKeys": ["AMAZON_BEDROCK_TEXT", "AMAZON_BEDROCK_METADATA"]}
        return vectors.create_index(
            vectorBucketName=bucket,
            indexName="documents",
            dataType="float32",
            dimension=dimension,
            distanceMetric=metric,
            **{"metadataConfiguration": configuration, **more},
        )["indexArn"]
