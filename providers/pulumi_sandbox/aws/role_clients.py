"""AWS clients of the sandbox itself: those of a role, whose every call IAM judges, and those of the deployer."""

import functools
import threading
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config

from pulumi_sandbox import iam

_LONGEST_CALL_SECONDS = 910  # a function may run for 15 minutes
_CONFIG = Config(
    retries={"total_max_attempts": 1},
    read_timeout=_LONGEST_CALL_SECONDS,
    max_pool_connections=100,
    inject_host_prefix=False,  # the sandbox has one host
)
_lock = threading.Lock()


@functools.cache
def _session() -> boto3.Session:
    return boto3.Session()


@functools.lru_cache(maxsize=512)
def _client(service: str, region: str, endpoint: str, keys: tuple[str, str, str | None]) -> Any:
    return _session().client(  # pyright: ignore[reportCallIssue, reportUnknownVariableType] - the service is a variable
        service,  # pyright: ignore[reportArgumentType]
        region_name=region,
        endpoint_url=endpoint,
        aws_access_key_id=keys[0],
        aws_secret_access_key=keys[1],
        aws_session_token=keys[2],
        config=_CONFIG,
    )


def deployer_client(service: str, region: str, endpoint: str) -> Any:
    """Return a client of nobody in particular, who may do everything."""
    with _lock:
        return _client(service, region, endpoint, ("sandbox", "sandbox", None))


@dataclass(frozen=True, slots=True)
class Assumer:
    """A service that assumes roles, and how it names its sessions."""

    service: str
    session: str


def role_client(service: str, role_arn: str, region: str, endpoint: str, assumer: Assumer) -> Any:
    """Return a client that acts as a role. Raises iam.AccessDeniedError when the assumer may not assume it."""
    given = iam.role_credentials(role_arn, session_name=assumer.session, service=assumer.service)
    keys = given["AWS_ACCESS_KEY_ID"], given["AWS_SECRET_ACCESS_KEY"], given["AWS_SESSION_TOKEN"]
    with _lock:  # sessions make one client at a time
        return _client(service, region, endpoint, keys)


def assumed_client(service: str, own: Any, other_role: str, endpoint: str, session_name: str) -> Any:
    """Return a client that acts as a role that ``own``, an STS client, assumes. Raises what STS refuses."""
    given = own.assume_role(RoleArn=other_role, RoleSessionName=session_name)["Credentials"]
    keys = given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"]
    with _lock:
        return _client(service, own.meta.region_name, endpoint, keys)
