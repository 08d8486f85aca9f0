"""Asks a deployed stack one question through its API, as a client would, and prints the answer with its sources."""

import argparse
import sys
import time
from typing import Any

import openai

from tools import running_stack
from tools.demo_user import SignInError

QUESTION = "How soon must a lost laptop be reported?"
EXCERPT_CHARACTERS = 96


def main() -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(prog="tools/ask", description=__doc__)
    parser.add_argument("question", nargs="?", default=QUESTION)
    parser.add_argument("--stack", default=running_stack.STACK)
    parser.add_argument("--tenant", default="", help="display name or id of a tenant; the stack's first by default")
    parser.add_argument(
        "--endpoints-anyway", action="store_true", help="succeed with the endpoints alone where nobody can sign in"
    )
    options = parser.parse_args()
    if not options.question.strip():
        print("error: the question is empty; write it as in: make ask Q='When are invoices due?'", file=sys.stderr)
        return 1
    outputs = running_stack.outputs(options.stack)
    try:
        tenant = running_stack.tenant(options.stack, options.tenant)
        _ask(options.question, tenant, outputs, running_stack.demo_token(outputs, tenant["id"]))
    except SignInError as error:
        if not options.endpoints_anyway:
            print(f"error: {error}", file=sys.stderr)
            return 1
        print(f"\n  not asked: {error}")
    except openai.APIError as error:
        print(f"error: {_told(error, outputs)}", file=sys.stderr)
        return 1
    _endpoints(outputs)
    return 0


def _ask(question: str, tenant: dict[str, Any], outputs: dict[str, Any], token: str) -> None:
    client = openai.OpenAI(base_url=f"{outputs['api_url']}/v1", api_key=token)
    began = time.perf_counter()
    completion: Any = client.chat.completions.create(
        model=client.models.list().data[0].id, messages=[{"role": "user", "content": question}]
    )
    _show(question, tenant, completion, time.perf_counter() - began)


def _told(error: openai.APIError, outputs: dict[str, Any]) -> str:
    if not isinstance(error, openai.APIStatusError):
        return f"no answer from {outputs['api_url']}: {error.message}"
    # The SDK puts the status and the whole body into its own message.
    body = error.body if isinstance(error.body, dict) else {}
    return f"{error.status_code}: {body.get('message', error.message)}"


def _show(question: str, tenant: dict[str, Any], completion: Any, seconds: float) -> None:
    print(f"\n  {tenant.get('display_name', tenant['id'])} asks   {question}")
    print(f"  answer     {completion.choices[0].message.content}")
    for source in completion.sources or []:
        passage = " ".join(source["passage"].split())
        excerpt = passage if len(passage) <= EXCERPT_CHARACTERS else passage[:EXCERPT_CHARACTERS] + "…"
        print(f"  source     {source['document']} ({source['score']:.2f})  {excerpt}")
    for use in (use for step in completion.steps for use in step["tool_calls"]):
        told = f"{use['status']}, {use['reason']}" if use["reason"] else use["status"]
        print(f"  tool       {use['name']} ({told}), {use['duration_ms']} ms")
    print(f"  model      {completion.model}, {completion.usage.total_tokens} tokens, {seconds * 1000:.0f} ms", end="")
    print(", from the cache" if completion.cache["hit"] else "")


def _endpoints(outputs: dict[str, Any]) -> None:
    print("\n  endpoints")
    for name in ("app_url", "api_url", "websocket_url", "graphql_url"):
        if outputs.get(name):
            print(f"  {name:<14}{outputs[name]}")
    print(f"  {'base_url':<14}{outputs['api_url']}/v1   (for any OpenAI-compatible client, with a user's ID token)\n")


if __name__ == "__main__":
    sys.exit(main())
