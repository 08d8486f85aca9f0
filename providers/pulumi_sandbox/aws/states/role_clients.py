"""AWS clients of the sandbox itself that act as a state machine's role, so that IAM judges every call."""

import functools
import threading
from typing import Any

import boto3
from botocore.config import Config

from pulumi_sandbox import iam

SERVICE = "states.amazonaws.com"
_SESSION = "StepFunctions"
_LONGEST_CALL_SECONDS = 910  # a function may run for 15 minutes
_CONFIG = Config(
    retries={"total_max_attempts": 1},
    read_timeout=_LONGEST_CALL_SECONDS,
    max_pool_connections=100,
    inject_host_prefix=False,  # the sandbox has one host
)
_lock = threading.Lock()

# Names in AWS SDK integrations (those of the SDK for Java 2) that are not botocore's without hyphens.
_SDK_NAMES = {
    "cloudwatchevents": "events",
    "cloudwatchlogs": "logs",
    "cognitoidentity": "cognito-identity",
    "cognitoidentityprovider": "cognito-idp",
    "elasticloadbalancingv2": "elbv2",
    "eventbridge": "events",
    "opensearch": "opensearch",
    "sfn": "stepfunctions",
}


@functools.cache
def _session() -> boto3.Session:
    return boto3.Session()


@functools.cache
def _by_plain_name() -> dict[str, str]:
    return {name.replace("-", ""): name for name in _session().get_available_services()}


def botocore_name(sdk_name: str) -> str:
    """Return botocore's name of the service that an AWS SDK integration names. Raises LookupError."""
    plain = sdk_name.lower()
    return _SDK_NAMES.get(plain) or _by_plain_name()[plain]


@functools.lru_cache(maxsize=512)
def _client(service: str, region: str, endpoint: str, keys: tuple[str, str, str]) -> Any:
    return _session().client(  # pyright: ignore[reportCallIssue, reportUnknownVariableType] - the service is a variable
        service,  # pyright: ignore[reportArgumentType]
        region_name=region,
        endpoint_url=endpoint,
        aws_access_key_id=keys[0],
        aws_secret_access_key=keys[1],
        aws_session_token=keys[2],
        config=_CONFIG,
    )


def role_client(service: str, role_arn: str, region: str, endpoint: str, assumed_by: str = SERVICE) -> Any:
    """Return a client that acts as a role. Raises iam.AccessDeniedError when ``assumed_by`` may not assume it."""
    given = iam.role_credentials(role_arn, session_name=_SESSION, service=assumed_by)
    keys = given["AWS_ACCESS_KEY_ID"], given["AWS_SECRET_ACCESS_KEY"], given["AWS_SESSION_TOKEN"]
    with _lock:  # sessions make one client at a time
        return _client(service, region, endpoint, keys)


def assumed_client(service: str, own_role: str, other_role: str, region: str, endpoint: str) -> Any:
    """Return a client that acts as another role, which the own role assumes first. Raises what STS refuses."""
    sts = role_client("sts", own_role, region, endpoint)
    given = sts.assume_role(RoleArn=other_role, RoleSessionName=_SESSION)["Credentials"]
    with _lock:
        return _client(
            service, region, endpoint, (given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
        )
