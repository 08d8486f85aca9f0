"""An HTTP request and its response, as every gateway's entry point hands them over."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class HttpRequest:
    """A request. Names of `headers` are in lower case; `claims` are those of a token that was verified; of a name that
    stands more than once in the `query`, the last value counts."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    claims: Mapping[str, object]
    query: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class HttpResponse:
    """A response. Names of `headers` are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: str
