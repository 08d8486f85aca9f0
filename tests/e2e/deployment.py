"""The stack of the repository, deployed to a sandbox of the tests' own, and clients that speak to it over HTTP."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import httpx2
import openai
from botocore.config import Config
from engine_fixture import Engine

from pulumi_sandbox.server import RETRY_SECONDS
from tools.demo_user import Directory, id_token
from tools.toolchain.environment import cloud_environment, places

ROOT = Path(__file__).resolve().parents[2]
STACK = "sandbox-aws"
POLICIES = ("--policy-pack", str(ROOT / "policy"), "--policy-pack-config", str(ROOT / "policy" / "config" / "dev.json"))
ACME = "tnt_01m85e0bftf0qswwny36f48vfq"
GLOBEX = "tnt_01m85e0bj1eyx9x7ycea71d7h3"
MAX_WORKERS = 2
FEW_REQUESTS = 400
"""In five minutes, where there is a firewall."""
HURRIED = "tnt_01m85e0bj1eyx9x7ycea71d7h4"
POOR = "tnt_01m85e0bj1eyx9x7ycea71d7h5"
OWN_LIMITS = {
    "tenants[2].id": HURRIED,
    "tenants[2].limits.requests_per_minute": "2",
    "tenants[3].id": POOR,
    "tenants[3].limits.tokens_per_day": "40000",
    "tenants[3].limits.spend_usd_per_month": "1",
}
"""Two tenants more, of few requests and of little money."""


@dataclass
class Deployment:
    """A deployed program with its sandbox."""

    engine: Engine
    program: Path
    stack: str
    outputs: dict[str, Any] = field(default_factory=dict[str, Any])
    tokens: dict[str, str] = field(default_factory=dict[str, str])

    def pulumi(self, *arguments: str, check: bool = True) -> str:
        """Runs a command on the stack and returns what it printed."""
        command = [*arguments, "--stack", self.stack]
        result = self.engine.run(*command, cwd=self.program, check=check, timeout=300)
        return result.stdout + result.stderr

    def up(self) -> None:
        """Deploys, with the policy pack."""
        self.pulumi("up", "--yes", "--skip-preview", *POLICIES)
        self.outputs = json.loads(self.pulumi("stack", "output", "--json"))

    def aws(self, service: str, config: Config | None = None) -> Any:
        """A client with the deployer's rights."""
        cloud = self.engine.cloud
        return boto3.client(  # pyright: ignore[reportCallIssue] - the service is a variable
            service,  # pyright: ignore[reportArgumentType] - likewise
            region_name="us-east-1",
            endpoint_url=cloud["AWS_ENDPOINT_URL"],
            aws_access_key_id=cloud["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=cloud["AWS_SECRET_ACCESS_KEY"],
            config=config,
        )

    def token(self, tenant: str = ACME, user: str = "") -> str:
        """The ID token of a user of a tenant: its usual one, or another."""
        name = f"{user}{tenant[4:]}"
        if name not in self.tokens:
            directory = Directory(self.outputs["user_pool_id"], self.outputs["client_id"], self.aws("cognito-idp"))
            self.tokens[name] = id_token(directory, f"{name}@example.com", tenant)
        return self.tokens[name]

    def openai(self, tenant: str = ACME) -> openai.OpenAI:
        """The openai SDK, unchanged, as a user of a tenant."""
        return openai.OpenAI(base_url=f"{self.outputs['api_url']}/v1", api_key=self.token(tenant), max_retries=0)

    def http(self, tenant: str | None = ACME, user: str = "") -> httpx2.Client:
        """A plain HTTP client; without a tenant it sends no token."""
        headers = {"authorization": f"Bearer {self.token(tenant, user)}"} if tenant else {}
        return httpx2.Client(base_url=self.outputs["api_url"], headers=headers, timeout=40)

    def ask(self, question: str, tenant: str = ACME) -> Any:
        """A chat completion, parsed."""
        body = {"messages": [{"role": "user", "content": question}]}
        with self.http(tenant) as client:
            answer = client.post("/v1/chat/completions", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    @contextmanager
    def model_fault(self, **fault: Any) -> Generator[None]:
        """What `/_sandbox/faults` takes goes wrong inside, and nothing afterwards."""
        faults = f"{self.engine.cloud['PULUMI_SANDBOX_ENDPOINT']}/_sandbox/faults"
        answer = httpx2.put(faults, json=fault)
        assert answer.status_code == 200, answer.text
        try:
            yield
        finally:
            httpx2.delete(faults)

    def stop(self) -> None:
        """Ends the sandbox."""
        subprocess.run([sys.executable, "-m", "pulumi_sandbox", "stop", "--state", self.cloud_state], check=True)

    @property
    def cloud_state(self) -> Path:
        """Where the sandbox keeps its state."""
        return places({}, self.engine.base).cloud_state

    def sandbox(self, path: str, method: str = "GET", body: Any = None) -> Any:
        """The sandbox's own account of what happened."""
        url = f"{self.engine.cloud['PULUMI_SANDBOX_ENDPOINT']}/_sandbox/{path}"
        answer = httpx2.request(method, url, json=body)
        return answer.json() if answer.content else None


def checkout(directory: Path) -> Path:
    """A copy of what the program consists of, so that the engine writes into none of the repository's files."""
    directory.mkdir()
    for name in ("__main__.py", "Pulumi.yaml", f"Pulumi.{STACK}.yaml"):
        shutil.copy(ROOT / name, directory / name)
    for name in ("documents", "tools"):
        shutil.copytree(ROOT / "examples" / name, directory / "examples" / name)
    (directory / ".venv").symlink_to(ROOT / ".venv")
    return directory


def start_sandbox(base: Path) -> dict[str, str]:
    """Starts the sandbox below `base` unless it runs; returns the variables through which programs reach it."""
    where = places({}, base)
    start = [sys.executable, "-m", "pulumi_sandbox", "start", "--state", str(where.cloud_state)]
    if not (where.cloud_state / "endpoint").exists():
        # Not the usual port: another sandbox could take it while a test has this one down.
        start += ["--port", "0"]
    subprocess.run(start, check=True, capture_output=True, env={**os.environ, RETRY_SECONDS: "0.2,0.5"})
    return cloud_environment(where)


def deploy(base: Path, program: Path, stack: str, config: dict[str, str] | None = None) -> Deployment:
    """Deploys a program to a new sandbox below `base`."""
    cloud = start_sandbox(base)
    deployment = Deployment(Engine(base, cloud), program, stack)
    deployment.pulumi("stack", "init", check=False)
    for key, value in (config or {}).items():
        deployment.pulumi("config", "set", "--path", key, value)
    deployment.up()
    return deployment
