"""The data plane of API Gateway v2: every HTTP API and every WebSocket API serves on a port of its own.

``prepare_moto`` before moto builds its application; ``start`` when moto's backends are restored and the executor
(``pulumi_sandbox.aws.functions``) is installed; ``stop`` at the end.
"""

from pulumi_sandbox.aws.gateway import moto_apis, ports, registry
from pulumi_sandbox.aws.gateway.http_api import HttpApi
from pulumi_sandbox.aws.gateway.serving import Serving
from pulumi_sandbox.aws.gateway.websocket_api import WebSocketApi
from pulumi_sandbox.aws.moto_lock import moto_state

__all__ = ["prepare_moto", "start", "stop"]

_THREADS = 256
"""For authorizers and integrations that are waited for, all APIs together."""


_running: Serving | None = None


def prepare_moto() -> None:
    """Add to moto's API Gateway what the data plane needs. Calling it again does nothing."""
    moto_apis.install()


def start() -> None:
    """Open the ports of all APIs, and from now on of every API that is created. Raises SandboxStartError."""
    global _running
    stop()
    prepare_moto()
    _running = Serving("gateway", _THREADS)
    try:
        with moto_state():
            known = [(api.api_id, api.protocol_type) for _, _, api in registry.moto_apis()]
        for api_id, protocol in known:
            _open(api_id, protocol)
    except BaseException:
        stop()
        raise
    moto_apis.connect(_open, _close)


def stop() -> None:
    """Close all ports; they stay reserved for their APIs. Does nothing when not started."""
    global _running
    moto_apis.connect(None, None)
    if _running:
        running, _running = _running, None
        running.stop()


def _open(api_id: str, protocol: str) -> None:
    if _running is None:
        raise RuntimeError("the gateway is not started; the daemon calls gateway.start() at its start")
    serving = HttpApi if protocol == "HTTP" else WebSocketApi
    application = serving(api_id, _running.threads)
    _running.listeners.open(api_id, ports.claim(api_id), application)


def _close(api_id: str) -> None:
    if _running:
        _running.listeners.close(api_id)
    ports.release(api_id)
