"""A port of its own for each API, kept over restarts, because Pulumi states and clients hold URLs made from it."""

import errno
import random
import socket

from pulumi_sandbox.durable import open_map
from pulumi_sandbox.layout import HOST, SandboxStartError

_RANGE = range(20_000, 32_000)
"""Below the ports that operating systems hand to outgoing connections, so that a stopped sandbox loses none."""
_ATTEMPTS = 200
_ports = open_map("gateway-ports")


def _bind(port: int) -> socket.socket:
    # The protocol is named, or asyncio leaves out TCP_NODELAY, and each answer waits 40 ms for an acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(2048)
    except OSError:
        listener.close()
        raise
    return listener


def claim(api_id: str) -> socket.socket:
    """Return a listening socket on the API's port, chosen at the first time. Raises SandboxStartError."""
    if api_id in _ports:
        port: int = _ports[api_id]
        try:
            return _bind(port)
        except OSError as error:
            raise SandboxStartError(
                f"port {port} of the API {api_id} is taken by another program, and URLs of what is deployed hold it: "
                f"stop the other program (`ss -ltnp 'sport = :{port}'` names it), or give the deployed URLs up with "
                "`python -m pulumi_sandbox reset`"
            ) from error
    for port in random.sample(_RANGE, _ATTEMPTS):
        try:
            listener = _bind(port)
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
            continue
        _ports[api_id] = port
        return listener
    raise SandboxStartError(f"no free port on {HOST} between {_RANGE.start} and {_RANGE.stop} for the API {api_id}")


def release(api_id: str) -> None:
    """Forget the port of a deleted API."""
    _ports.pop(api_id, None)


def endpoint(api_id: str, protocol: str) -> str:
    """Return the API's URL, ``ws://`` for WebSocket APIs."""
    return f"{'ws' if protocol == 'WEBSOCKET' else 'http'}://{HOST}:{_ports[api_id]}"
