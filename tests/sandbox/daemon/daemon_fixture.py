import json
import urllib.request
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config

from pulumi_sandbox import lifecycle
from pulumi_sandbox.layout import StateDirectory

REGION = "eu-central-1"


@dataclass(frozen=True)
class Daemon:
    """A running sandbox of a test."""

    state: StateDirectory
    endpoint: str

    def client(self, service: str, **credentials: str) -> Any:
        keys = {"aws_access_key_id": "sandbox", "aws_secret_access_key": "sandbox"} | credentials
        config = Config(retries={"total_max_attempts": 1})
        return boto3.client(service, region_name=REGION, endpoint_url=self.endpoint, config=config, **keys)  # pyright: ignore[reportCallIssue, reportArgumentType] - the service is a variable

    def get(self, path: str, method: str = "GET", body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.endpoint + path, data=data, method=method)  # noqa: S310 - loopback
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - loopback
            text = answer.read()
        return json.loads(text) if text else None

    def restart(self) -> "Daemon":
        lifecycle.stop(self.state)
        return Daemon(self.state, lifecycle.start(self.state, None))
