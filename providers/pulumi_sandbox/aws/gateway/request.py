"""A request as it arrived at the gateway, and what is known about it."""

import base64
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from pulumi_sandbox.aws.functions.tracing import new_root


def new_request_id() -> str:
    """Return an id of API Gateway's form, e.g. ``L7UqBjQ5oAMEMUw=``."""
    return base64.urlsafe_b64encode(os.urandom(11))[:15].decode() + "="


def clock(epoch_seconds: float) -> str:
    """Return a time as in access logs, e.g. ``24/Nov/2026:00:10:00 +0000``."""
    return time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(epoch_seconds))


@dataclass(frozen=True, slots=True)
class GatewayRequest:
    """One request. ``headers`` have lower-case names, in the order in which they came."""

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    protocol: str
    source_ip: str
    request_id: str = field(default_factory=new_request_id)
    time: float = field(default_factory=time.time)
    trace_header: str = field(default_factory=lambda: f"Root={new_root()}")

    def header(self, name: str) -> str | None:
        """Return all values of a header, joined by commas; None when there is none."""
        values = [value for key, value in self.headers if key == name]
        return ",".join(values) if values else None

    def query_pairs(self) -> list[tuple[str, str]]:
        """Return the decoded query parameters in their order."""
        return parse_qsl(self.query, keep_blank_values=True)

    @property
    def user_agent(self) -> str:
        """The client's own name."""
        return self.header("user-agent") or ""

    @property
    def clock(self) -> str:
        """The time of arrival as in access logs."""
        return clock(self.time)


@dataclass(frozen=True, slots=True)
class Authorization:
    """What an authorizer found: the member of ``requestContext.authorizer`` and its value."""

    kind: str
    value: Mapping[str, Any]

    @property
    def variables(self) -> dict[str, Any]:
        """The ``$context`` variables, by name without ``$context.``."""
        if self.kind == "jwt":
            return {f"authorizer.claims.{name}": value for name, value in self.value["claims"].items()}
        return {f"authorizer.{name}": value for name, value in self.value.items()}


@dataclass(frozen=True, slots=True)
class GatewayResponse:
    """What goes back to the client. Header names are in lower case; a name may come more than once."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


class RefusedError(Exception):
    """A request ends here, with an answer of the gateway's own. ``reason`` is for logs, not for the client."""

    def __init__(self, status: int, message: str, reason: str = "", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(reason or message)
        self.status = status
        self.message = message
        self.reason = reason
        self.headers = headers or {}
