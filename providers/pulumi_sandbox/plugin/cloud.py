"""The sandbox as handlers see it: one cloud for each provider configuration and region."""

import functools
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi_sandbox.plugin import endpoint
from pulumi_sandbox.plugin.errors import UserError

_ACCOUNT = "123456789012"
_PARTITIONS = (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov"))
_PROJECT_VARIABLES = ("GOOGLE_PROJECT", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT")
_REGION_VARIABLES = ("GOOGLE_REGION", "GCLOUD_REGION", "CLOUDSDK_COMPUTE_REGION")
_ZONE_VARIABLES = ("GOOGLE_ZONE", "GCLOUD_ZONE", "CLOUDSDK_COMPUTE_ZONE")


@dataclass(frozen=True)
class SandboxCloud:
    """One region of the sandbox. ``places`` are what templates may name: region, account, project..."""

    endpoint: str
    places: Mapping[str, str]
    config: Mapping[str, Any] = field(default_factory=dict[str, Any])
    _clients: dict[str, Any] = field(default_factory=dict[str, Any], compare=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, compare=False)

    @property
    def region(self) -> str:
        """Region name."""
        return self.places["region"]

    @property
    def account_id(self) -> str:
        """Twelve-digit account number."""
        return self.places["account"]

    @property
    def partition(self) -> str:
        """ARN partition."""
        return self.places["partition"]

    def client(self, service: str) -> Any:
        """Return the boto3 client of ``service`` in this region; the same one for every call."""
        # botocore is safe to use from many threads, but not to make clients in.
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._make_client(service)
            return self._clients[service]

    def _make_client(self, service: str) -> Any:
        own = next((entry[service] for entry in self.config.get("endpoints", ()) if entry.get(service)), None)
        return _session().create_client(
            service,
            region_name=self.region,
            endpoint_url=own or self.endpoint,
            aws_access_key_id=self.config.get("accessKey") or os.environ.get("AWS_ACCESS_KEY_ID") or "sandbox",
            aws_secret_access_key=self.config.get("secretKey") or os.environ.get("AWS_SECRET_ACCESS_KEY") or "sandbox",
            aws_session_token=self.config.get("token") or os.environ.get("AWS_SESSION_TOKEN"),
            config=_client_config(),
        )


@functools.cache
def _session() -> Any:
    # Imported at the first call of the cloud: a preview makes none, and need not wait for it.
    from botocore.session import Session

    return Session()


@functools.cache
def _client_config() -> Any:
    from botocore.config import Config

    return Config(
        max_pool_connections=64,
        retries={"mode": "standard", "max_attempts": 3},
        s3={"addressing_style": "path"},
        inject_host_prefix=False,
    )


def aws_places(config: Mapping[str, Any]) -> dict[str, str]:
    """Return region, account and partition of an aws configuration. Raises UserError without a region."""
    region = config.get("region") or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if not region:
        raise UserError("missing region information: set it, e.g. with `pulumi config set aws:region eu-central-1`")
    partition = next((name for prefix, name in _PARTITIONS if str(region).startswith(prefix)), "aws")
    return {"region": str(region), "account": _ACCOUNT, "partition": partition}


def gcp_places(config: Mapping[str, Any]) -> dict[str, str]:
    """Return project, region and zone of a gcp configuration, as far as they are set."""
    found = {
        "project": config.get("project") or _first(_PROJECT_VARIABLES),
        "region": config.get("region") or _first(_REGION_VARIABLES),
        "zone": config.get("zone") or _first(_ZONE_VARIABLES),
    }
    return {name: str(value) for name, value in found.items() if value}


def _first(variables: tuple[str, ...]) -> str | None:
    return next((os.environ[name] for name in variables if os.environ.get(name)), None)


def connect(package: str, config: Mapping[str, Any]) -> SandboxCloud:
    """Return the cloud that a provider configuration means. Raises UserError unless the sandbox answers."""
    url = endpoint.find(config)
    endpoint.require_sandbox(url)
    return SandboxCloud(url, aws_places(config) if package == "aws" else gcp_places(config), config)
