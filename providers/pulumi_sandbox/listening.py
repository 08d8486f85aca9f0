"""Listening sockets on ports that stay free for whoever owns them."""

import errno
import random
import socket

from pulumi_sandbox.layout import HOST

RANGE = range(20_000, 32_000)
"""Below the ports that operating systems hand to outgoing connections, so that a stopped sandbox loses none."""
_ATTEMPTS = 200


def listen_on(port: int) -> socket.socket:
    """Return a listening socket on a port. Raises OSError when it is taken."""
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


def listen_on_any() -> socket.socket | None:
    """Return a listening socket on a free port of the range, or None when none is found."""
    for port in random.sample(RANGE, _ATTEMPTS):
        try:
            return listen_on(port)
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
    return None
