"""A knowledge base's own role: may Bedrock assume it, what may it do, and AWS clients that act as it."""

import os
from functools import lru_cache
from typing import Any

import boto3
from botocore.config import Config
from moto.s3vectors.models import s3vectors_backends

from pulumi_sandbox.aws.moto_lock import moto_state
from pulumi_sandbox.aws.role_policies import session_of_role
from pulumi_sandbox.iam import authorize, may_assume

_SERVICE = "bedrock.amazonaws.com"
_ONE_ATTEMPT = Config(retries={"total_max_attempts": 1})


def is_assumable(role_arn: str, base_arn: str, account: str) -> bool:
    """Return whether the role's trust policy lets Bedrock assume it for this knowledge base."""
    return may_assume(role_arn, _SERVICE, {"aws:SourceAccount": account, "aws:SourceArn": base_arn})


def find_index(index_arn: str) -> Any:
    """Return moto's vector index; raises LookupError."""
    account, region = index_arn.split(":")[4], index_arn.split(":")[3]
    with moto_state():
        for partition in s3vectors_backends[account].values():
            for bucket in partition.vector_buckets.values():
                if index_arn in bucket.indexes:
                    return bucket.indexes[index_arn]
    raise LookupError(f"the index {index_arn} is not there ({region})")


def require_key_of_index(role_arn: str, index: Any, region: str, *actions: str, session_name: str) -> None:
    """Return if the role may use the customer-managed key of the index, or there is none; else AccessDeniedError."""
    encryption = getattr(index, "encryption_configuration", None) or {}
    if encryption.get("sseType") == "aws:kms":
        for action in actions:
            via = {"kms:ViaService": f"s3vectors.{region}.amazonaws.com"}
            authorize(role_arn, action, encryption["kmsKeyArn"], via, session_name=session_name, region=region)


@lru_cache(maxsize=1)
def _session() -> boto3.Session:
    return boto3.Session()


def role_client(service: str, role_arn: str, region: str, session_name: str) -> Any:
    """Return a client of the sandbox's own endpoint that acts as the role, so that IAM judges every call it makes.

    The caller has checked `is_assumable`. Raises LookupError if the role is gone.
    """
    with moto_state():
        session = session_of_role(role_arn, session_name)
    return _session().client(
        service,
        region_name=region,
        endpoint_url=os.environ["PULUMI_SANDBOX_ENDPOINT"],
        aws_access_key_id=session.access_key_id,
        aws_secret_access_key=session.secret_access_key,
        aws_session_token=session.session_token,
        config=_ONE_ATTEMPT,
    )
