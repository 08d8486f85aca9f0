"""Asks a deployed stack one question through its API, as a client would, and prints the answer with its sources."""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import boto3
import openai

from tools.demo_user import Directory, id_token
from tools.toolchain.environment import cloud_environment, places

ROOT = Path(__file__).resolve().parent.parent
QUESTION = "How soon must a lost laptop be reported?"
EXCERPT_CHARACTERS = 96


def main() -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(prog="tools/ask", description=__doc__)
    parser.add_argument("question", nargs="?", default=QUESTION)
    parser.add_argument("--stack", default=os.environ.get("STACK", "sandbox-aws"))
    parser.add_argument(
        "--tenant", default="", help="display name or id of a tenant of the stack; its first by default"
    )
    options = parser.parse_args()
    os.environ.update(cloud_environment(places(os.environ)))
    outputs = _pulumi("stack", "output", "--json", "--stack", options.stack)
    if not outputs.get("api_url"):
        print(
            f"error: the stack {options.stack} has no api_url; deploy it with `make up STACK={options.stack}`",
            file=sys.stderr,
        )
        return 1
    config = _pulumi("config", "--json", "--stack", options.stack)
    tenant = _tenant(config.get("genai-tiers:tenants", {}).get("objectValue", []), options.tenant)
    cognito: Any = boto3.client("cognito-idp", region_name=outputs["region"])
    directory = Directory(outputs["user_pool_id"], outputs["client_id"], cognito)
    token = id_token(directory, f"demo@{tenant['id'].replace('_', '-')}.example.com", tenant["id"])
    client = openai.OpenAI(base_url=f"{outputs['api_url']}/v1", api_key=token)
    began = time.perf_counter()
    try:
        completion: Any = client.chat.completions.create(
            model=client.models.list().data[0].id, messages=[{"role": "user", "content": options.question}]
        )
    except openai.APIStatusError as error:
        print(f"error: {error.status_code} {error.message}", file=sys.stderr)
        return 1
    _show(options.question, tenant, completion, time.perf_counter() - began)
    _endpoints(outputs)
    return 0


def _pulumi(*arguments: str) -> dict[str, Any]:
    answer = subprocess.run(
        [ROOT / "tools" / "pulumi", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if answer.returncode:
        raise SystemExit(f"error: pulumi {' '.join(arguments)} failed:\n{answer.stderr.strip()}")
    return json.loads(answer.stdout)


def _tenant(tenants: list[dict[str, str]], wanted: str) -> dict[str, str]:
    for tenant in tenants:
        if not wanted or wanted.lower() in (tenant["id"], tenant.get("display_name", "").lower()):
            return tenant
    known = ", ".join(tenant.get("display_name", tenant["id"]) for tenant in tenants) or "none"
    raise SystemExit(f"error: no tenant {wanted!r} in the stack's config; it has {known}")


def _show(question: str, tenant: dict[str, str], completion: Any, seconds: float) -> None:
    print(f"\n  {tenant.get('display_name', tenant['id'])} asks   {question}")
    print(f"  answer     {completion.choices[0].message.content}")
    for source in completion.sources or []:
        passage = " ".join(source["passage"].split())
        excerpt = passage if len(passage) <= EXCERPT_CHARACTERS else passage[:EXCERPT_CHARACTERS] + "…"
        print(f"  source     {source['document']} ({source['score']:.2f})  {excerpt}")
    print(f"  model      {completion.model}, {completion.usage.total_tokens} tokens, {seconds * 1000:.0f} ms", end="")
    print(", from the cache" if completion.cache["hit"] else "")


def _endpoints(outputs: dict[str, Any]) -> None:
    print("\n  endpoints")
    for name in ("app_url", "api_url", "websocket_url"):
        if outputs.get(name):
            print(f"  {name:<14}{outputs[name]}")
    print(f"  {'base_url':<14}{outputs['api_url']}/v1   (for any OpenAI-compatible client, with a user's ID token)\n")


if __name__ == "__main__":
    sys.exit(main())
