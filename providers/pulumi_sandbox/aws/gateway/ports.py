"""A port of its own for each API, kept over restarts, because Pulumi states and clients hold URLs made from it."""

import socket

from pulumi_sandbox.durable import open_map
from pulumi_sandbox.layout import HOST, SandboxStartError
from pulumi_sandbox.listening import RANGE, listen_on, listen_on_any

_ports = open_map("gateway-ports")


def claim(api_id: str) -> socket.socket:
    """Return a listening socket on the API's port, chosen at the first time. Raises SandboxStartError."""
    if api_id in _ports:
        port: int = _ports[api_id]
        try:
            return listen_on(port)
        except OSError as error:
            raise SandboxStartError(
                f"port {port} of the API {api_id} is taken by another program, and URLs of what is deployed hold it: "
                f"stop the other program (`ss -ltnp 'sport = :{port}'` names it), or give the deployed URLs up with "
                "`python -m pulumi_sandbox reset`"
            ) from error
    listener = listen_on_any()
    if listener is None:
        raise SandboxStartError(f"no free port on {HOST} between {RANGE.start} and {RANGE.stop} for the API {api_id}")
    _ports[api_id] = listener.getsockname()[1]
    return listener


def release(api_id: str) -> None:
    """Forget the port of a deleted API."""
    _ports.pop(api_id, None)


def endpoint(api_id: str, protocol: str) -> str:
    """Return the API's URL, ``ws://`` for WebSocket APIs."""
    return f"{'ws' if protocol == 'WEBSOCKET' else 'http'}://{HOST}:{_ports[api_id]}"
