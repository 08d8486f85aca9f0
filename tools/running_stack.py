"""The stack that `make up` deployed, for the benchmarks that measure it. Not a benchmark itself."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import boto3

from tools.demo_user import Directory, id_token
from tools.toolchain.environment import cloud_environment, places

ROOT = Path(__file__).resolve().parent.parent
STACK = os.environ.get("STACK", "sandbox-aws")
TENANT = "tnt_01m85e0bftf0qswwny36f48vfq"


def outputs() -> dict[str, Any]:
    """The stack's outputs. Ends the program with the mend when it is not deployed."""
    os.environ.update(cloud_environment(places(os.environ)))
    command = [ROOT / "tools" / "pulumi", "stack", "output", "--json", "--stack", STACK]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = json.loads(answer.stdout or "{}")
    if not found.get("api_url"):
        raise SystemExit(f"error: the stack {STACK} is not deployed; run `make up STACK={STACK}` first")
    return found


def token(found: dict[str, Any]) -> str:
    """A user's bearer token."""
    cognito: Any = boto3.client("cognito-idp", region_name=found["region"])
    directory = Directory(found["user_pool_id"], found["client_id"], cognito)
    return id_token(directory, "bench@example.com", TENANT)
