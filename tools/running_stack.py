"""A stack that is deployed in the sandbox: its outputs, its tenants, and a user's token to speak to it with."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import boto3

from tools.demo_user import Directory, SignInError, id_token, set_password
from tools.toolchain.environment import cloud_environment, places
from tools.toolchain.progress import SetupError

ROOT = Path(__file__).resolve().parent.parent
STACK = os.environ.get("STACK", "sandbox-aws")
TENANT = "tnt_01m85e0bftf0qswwny36f48vfq"


def outputs(stack: str = STACK) -> dict[str, Any]:
    """The stack's outputs; starts the sandbox that holds it. Ends the program with the mend when it is not deployed."""
    try:
        os.environ.update(cloud_environment(places(os.environ)))
    except SetupError as error:
        raise SystemExit(f"error: {error}") from None
    found = json.loads(_pulumi("stack", "output", "--json", "--stack", stack).stdout or "{}")
    if not found.get("api_url"):
        raise SystemExit(f"error: the stack {stack} is not deployed in the sandbox; run `make up STACK={stack}` first")
    return found


def tenant(stack: str, wanted: str) -> dict[str, Any]:
    """A tenant of the stack, by id or display name in any case; its first when `wanted` is empty.

    Raises `SignInError` when the stack has no tenants, and ends the program when it has others.
    """
    answer = _pulumi("config", "--json", "--stack", stack)
    if answer.returncode:
        raise SystemExit(f"error: the config of the stack {stack} cannot be read:\n{answer.stderr.strip()}")
    tenants: list[dict[str, Any]] = json.loads(answer.stdout).get("genai-tiers:tenants", {}).get("objectValue") or []
    if not tenants:
        raise SignInError(
            f"the stack {stack} has no tenants, so it has no users; give it one in Pulumi.{stack}.yaml"
            " (genai-tiers:tenants, as in Pulumi.sandbox-aws.yaml)"
        )
    for each in tenants:
        if wanted.lower() in ("", each["id"], each.get("display_name", "").lower()):
            return each
    known = ", ".join(each.get("display_name", each["id"]) for each in tenants)
    raise SystemExit(f"error: the stack {stack} has no tenant {wanted!r}; choose one of: {known}")


def token(found: dict[str, Any], tenant_id: str = TENANT, email: str = "bench@example.com") -> str:
    """The bearer token of a user of a tenant, from the stack's outputs. Raises `SignInError`."""
    return id_token(_directory(found), email, tenant_id)


def demo_token(found: dict[str, Any], tenant_id: str) -> str:
    """The bearer token of the demo user of a tenant. Raises `SignInError`."""
    return token(found, tenant_id, _demo_email(tenant_id))


def demo_password(found: dict[str, Any], tenant_id: str) -> tuple[str, str]:
    """The address of the demo user of a tenant, and a new password. Raises `SignInError`."""
    email = _demo_email(tenant_id)
    return email, set_password(_directory(found), email, tenant_id)


def _demo_email(tenant_id: str) -> str:
    return f"demo@{tenant_id.replace('_', '-')}.example.com"


def _directory(found: dict[str, Any]) -> Directory:
    cognito: Any = boto3.client("cognito-idp", region_name=found["region"])
    return Directory(found["user_pool_id"], found["client_id"], cognito)


def _pulumi(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [ROOT / "tools" / "pulumi", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
