"""Where the sandbox is, and whether it answers. Nothing else is ever talked to."""

import http.client
import json
import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from pulumi_sandbox.plugin.errors import UserError

_VARIABLES = ("PULUMI_SANDBOX_ENDPOINT", "AWS_ENDPOINT_URL")
_TIMEOUT_SECONDS = 30
_START = (
    "start the sandbox with `python -m pulumi_sandbox start` and take its variables from `python -m pulumi_sandbox env`"
)


def find(config: Mapping[str, Any], environment: Mapping[str, str] = os.environ) -> str:
    """Return the sandbox's main URL: from the environment, or the first of the provider's ``endpoints``.

    Raises UserError when there is none: this plugin must never be taken for the real one.
    """
    for variable in _VARIABLES:
        if environment.get(variable):
            return environment[variable].rstrip("/")
    for entry in config.get("endpoints", ()):
        for url in entry.values():
            return str(url).rstrip("/")
    raise UserError(
        "this is the sandbox's provider plugin and it deploys to the local sandbox only, but neither "
        f"{' nor '.join(_VARIABLES)} is set: {_START}. For a real cloud, use a PULUMI_HOME without this plugin"
    )


def require_sandbox(url: str) -> None:
    """Raise UserError unless the sandbox answers at ``url``."""
    try:
        status, _ = request(url, "GET", "/_sandbox/health")
    except OSError as problem:
        raise UserError(f"the sandbox does not answer at {url} ({problem}): {_START}") from problem
    if status != http.client.OK:
        raise UserError(
            f"what answers at {url} is not the sandbox (GET /_sandbox/health gave HTTP {status}), and this plugin "
            f"deploys to the sandbox only: {_START}"
        )


def request(
    url: str, method: str, path: str, body: str | bytes | None = None, headers: Mapping[str, str] | None = None
) -> tuple[int, bytes]:
    """Send one request to the sandbox at ``url``; return status and content."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request(method, path, body, dict(headers or {}))
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def request_json(url: str, method: str, path: str, body: Any = None) -> Any:
    """Send and receive JSON; None when the answer is 404. Raises UserError for any other refusal."""
    text = None if body is None else json.dumps(body)
    status, content = request(url, method, path, text, {"Content-Type": "application/json"})
    if status == http.client.NOT_FOUND:
        return None
    if status >= http.client.BAD_REQUEST:
        raise UserError(f"{method} {path} on the sandbox gave HTTP {status}: {content[:500].decode(errors='replace')}")
    return json.loads(content) if content else {}
