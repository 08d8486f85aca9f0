"""An HTTP request and its response, as every gateway's entry point hands them over."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class HttpRequest:
    """A request. Names of `headers` are in lower case; `claims` are those of a token that was verified."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    claims: Mapping[str, object]


@dataclass(frozen=True)
class HttpResponse:
    """A response. Names of `headers` are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: str
