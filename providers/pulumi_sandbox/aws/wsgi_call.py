"""Calls a WSGI application with a request that is already read, and returns the whole answer.

Not an ASGI-to-WSGI adapter with streaming: moto builds complete bodies, and the state that a request
changed must be on disk before the first byte of its answer leaves.
"""

import io
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from moto.core.request import (
    PRESERVED_HEADER_NAMES_ENVIRON_KEY,
    environ_key_for_header,
    should_preserve_original_header_name,
)

WsgiApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request as it arrived: the path both decoded and raw, header names in lower case."""

    method: str
    path: str
    raw_path: str
    query_string: str
    headers: list[tuple[str, str]]
    body: bytes
    host: str
    port: int

    def with_body(self, body: bytes) -> "HttpRequest":
        """Return the request with another body."""
        return replace(self, body=body)


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A complete response."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class _LogStream(io.TextIOBase):
    """wsgi.errors: what the application prints about errors goes to the log."""

    def write(self, text: str, /) -> int:
        if text.strip():
            _log.error("%s", text.rstrip())
        return len(text)


def wsgi_environ(request: HttpRequest) -> dict[str, Any]:
    """Return the WSGI environment of a request, with the extras that moto's own server adds."""
    query = request.query_string
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": request.path.encode().decode("latin-1"),
        "RAW_URI": request.raw_path + (f"?{query}" if query else ""),
        "QUERY_STRING": query,
        "SERVER_NAME": request.host,
        "SERVER_PORT": str(request.port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": _LogStream(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    # S3 metadata keys may contain underscores, which WSGI cannot tell from dashes; moto's own server keeps
    # their spelling in this environ entry.
    spellings: dict[str, str] = {}
    for name, value in request.headers:
        if name == "transfer-encoding":
            continue
        key = environ_key_for_header(name)
        if should_preserve_original_header_name(name):
            spellings.setdefault(key, name)
        environ[key] = f"{environ[key]},{value}" if key in environ else value
    environ[PRESERVED_HEADER_NAMES_ENVIRON_KEY] = spellings
    environ["CONTENT_LENGTH"] = str(len(request.body))
    return environ


def call_wsgi(application: WsgiApplication, request: HttpRequest) -> HttpAnswer:
    """Return what ``application`` answers to ``request``. Exceptions of the application pass through."""
    started: list[tuple[str, list[tuple[str, str]]]] = []
    chunks: list[bytes] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        if exc_info:
            started.clear()
        started.append((status, headers))
        return chunks.append

    answer = application(wsgi_environ(request), start_response)
    try:
        chunks.extend(answer)
    finally:
        if callable(close := getattr(answer, "close", None)):
            close()
    status, headers = started[-1]
    return HttpAnswer(int(status.split(" ", 1)[0]), headers, b"".join(chunks))
