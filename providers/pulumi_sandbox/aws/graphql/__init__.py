"""The data plane of AppSync: every GraphQL API serves ``/graphql`` on a port of its own.

``start`` when functions are installed; ``stop`` at the end. The control plane (``services/appsync``) opens and closes.
"""

from pulumi_sandbox.aws.gateway import ports
from pulumi_sandbox.aws.gateway.serving import Serving
from pulumi_sandbox.aws.graphql import store
from pulumi_sandbox.aws.graphql.endpoint import Endpoint

__all__ = ["close_api", "open_api", "start", "stop"]

_THREADS = 128
"""For requests that are executed, all APIs together."""


_running: Serving | None = None


def start() -> None:
    """Open the ports of all APIs. Raises SandboxStartError."""
    global _running
    stop()
    _running = Serving("graphql", _THREADS)
    try:
        for api_id in store.api_ids():
            open_api(api_id)
    except BaseException:
        stop()
        raise


def stop() -> None:
    """Close all ports; they stay reserved for their APIs. Does nothing when not started."""
    global _running
    if _running:
        running, _running = _running, None
        running.stop()


def open_api(api_id: str) -> str:
    """Serve an API, and return the URL that clients post to."""
    if _running is None:
        raise RuntimeError("GraphQL is not started; the daemon calls graphql.start() at its start")
    _running.listeners.open(api_id, ports.claim(api_id), Endpoint(api_id, _running.threads))
    return f"{ports.endpoint(api_id, 'HTTP')}/graphql"


def close_api(api_id: str) -> None:
    """Stop serving a deleted API."""
    if _running:
        _running.listeners.close(api_id)
    ports.release(api_id)
