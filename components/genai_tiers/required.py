"""Outputs of other components that a component cannot do without."""

from collections.abc import Mapping
from typing import Any

from .args import (
    AsyncRequestResponseArgs,
    BatchProcessingArgs,
    BufferedRequestResponseArgs,
    MiddlewareArgs,
    ParallelFanOutArgs,
    RequestResponseArgs,
    StreamingResponseArgs,
)
from .refs import BackendRefs, BackgroundRefs, FrontendRefs, MiddlewareRefs, NetworkRefs
from .validation import Reader

REFS: Mapping[str, tuple[type[Any], str]] = {
    "frontend": (FrontendRefs, "a frontend"),
    "middleware": (MiddlewareRefs, "a middleware"),
    "backend": (BackendRefs, "a backend"),
    "background": (BackgroundRefs, "a buffered request/response"),
    "private_network": (NetworkRefs, "a backend"),
}
"""Argument -> what is given there, and whose outputs that are."""

JOB_STORE = ("jobs_table", "payloads_bucket")
"""Where jobs are kept, of a backend."""

CONVERSATION_STORE = ("conversations_table", "conversations_bucket")
"""Where answers and conversations are kept, of a backend."""

WEBSOCKET = ("websocket_api", "websocket_url")
"""What answers are pushed through, of a middleware."""

GRAPHQL = ("graphql_api", "graphql_url")
"""Whose fields pattern 1 answers, of a middleware."""

OVER_WEBSOCKET = (AsyncRequestResponseArgs, StreamingResponseArgs)
"""Patterns that push their answers."""

KEEP_JOBS = (*OVER_WEBSOCKET, BufferedRequestResponseArgs, ParallelFanOutArgs)
"""Patterns whose answers are jobs."""


def report_missing(
    reader: Reader, kind: type[Any], *, websocket: bool, graphql: bool, semantic_cache: bool, chain: bool
) -> None:
    """Records each output that arguments of this `kind` lack: of their own, of the tiers among them, and what a
    `websocket`, a `semantic_cache`, a `chain`, a pattern that pushes its answers or one that answers `graphql` needs
    besides."""
    _report(reader, sorted(kind.__required_keys__), "it takes an output of another component")
    given: dict[str, Reader] = {}
    for name, (refs, giver) in REFS.items():
        if name in kind.__annotations__ and reader.raw.get(name) is not None:
            given[name] = reader.nested(name)
            _report(given[name], sorted(refs.__required_keys__), f"give the refs of {giver}, or a resource of your own")
    if semantic_cache and (middleware := given.get("middleware")):
        _report(middleware, ["cache_index"], "create the middleware with cache.semantic, or leave that out here")
    if kind is MiddlewareArgs and any(reader.raw.get(name) is not None for name in CONVERSATION_STORE):
        _report(reader, CONVERSATION_STORE, "answers are kept in both; take them from the backend")
    if websocket:
        _report(reader, JOB_STORE, "the WebSocket resumes and cancels jobs; take it from the backend")
    if kind is BatchProcessingArgs and (backend := given.get("backend")):
        _report(backend, JOB_STORE[:1], "files and batches are kept there; give the refs of a backend that has it")
    if kind is RequestResponseArgs and graphql and (middleware := given.get("middleware")):
        _report(middleware, GRAPHQL, "graphql is on; create the middleware with graphql: true")
    if kind is RequestResponseArgs and chain and (backend := given.get("backend")):
        _report(
            backend, JOB_STORE[1:], "a chain puts what is too large for its states there; give the refs of a backend"
        )
    if kind not in KEEP_JOBS:
        return
    middleware = given.get("middleware")
    if middleware and (kind in OVER_WEBSOCKET or any(middleware.raw.get(name) is not None for name in WEBSOCKET)):
        _report(
            middleware, WEBSOCKET, "answers are pushed over a WebSocket; create the middleware with websocket: true"
        )
        _report(reader, ["backend"], "the middleware resumes and cancels jobs of its backend; give the same one")
    if backend := given.get("backend"):
        _report(backend, JOB_STORE, "jobs and their answers are kept there; give the refs of a backend that has it")


def _report(reader: Reader, names: list[str] | tuple[str, ...], mend: str) -> None:
    reader.problems += [f"{reader.where(name)} is missing: {mend}" for name in names if reader.raw.get(name) is None]
