"""The open connections of all WebSocket APIs of this process, found by id, and what can be done to one."""

import asyncio
import contextlib
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

from starlette.types import Send

from pulumi_sandbox.aws.gateway.request import Authorization, GatewayRequest, new_request_id

SEND_SECONDS = 5.0
"""How long a message may wait for a client that does not read; the cloud names no time."""
_Result = TypeVar("_Result")


class GoneError(Exception):
    """The connection is closed."""


class ClientBufferFullError(Exception):
    """The client does not read what it is sent."""


@dataclass(eq=False, slots=True)
class Connection:
    """One client. Times are epoch seconds; ``request`` is the handshake, ``header_pairs`` its headers as spelled.

    Methods run on ``loop``; ``on_its_loop`` takes them there.
    """

    api_id: str
    stage: str
    request: GatewayRequest
    header_pairs: tuple[tuple[str, str], ...]
    asgi_send: Send
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)
    id: str = field(default_factory=new_request_id)
    connected_at: float = field(default_factory=time.time)
    last_active_at: float = field(default_factory=time.time)
    authorization: Authorization | None = None
    _in_order: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def is_open(self) -> bool:
        """Whether messages can be sent."""
        return _open.get(self.id) is self

    async def send(self, data: bytes) -> None:
        """Send a message, after those that came before: text, or binary if it is not UTF-8.

        Raises GoneError, and ClientBufferFullError after SEND_SECONDS.
        """
        try:
            content: dict[str, Any] = {"text": data.decode()}
        except UnicodeDecodeError:
            content = {"bytes": data}
        try:
            async with asyncio.timeout(SEND_SECONDS), self._in_order:
                if not self.is_open:
                    raise GoneError
                await self.asgi_send({"type": "websocket.send", **content})
        except TimeoutError as error:
            raise ClientBufferFullError from error
        except (OSError, RuntimeError) as error:  # the server's words for a socket that closed meanwhile
            raise GoneError from error
        self.last_active_at = time.time()

    async def close(self, code: int, reason: str) -> None:
        """Close; nothing happens when it is closed already."""
        if forget(self):
            with contextlib.suppress(OSError, RuntimeError):
                async with asyncio.timeout(SEND_SECONDS):
                    await self.asgi_send({"type": "websocket.close", "code": code, "reason": reason})


_open: dict[str, Connection] = {}


def keep(connection: Connection) -> None:
    """Let a connection be found: it is established."""
    _open[connection.id] = connection


def forget(connection: Connection) -> bool:
    """Let a connection be found no more; returns whether it was open."""
    return _open.pop(connection.id, None) is not None


def find(connection_id: str) -> Connection | None:
    """Return an open connection."""
    return _open.get(connection_id)


async def on_its_loop(connection: Connection, work: Coroutine[Any, Any, _Result]) -> _Result:
    """Await a method of the connection from any event loop."""
    if asyncio.get_running_loop() is connection.loop:
        return await work
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, connection.loop))
