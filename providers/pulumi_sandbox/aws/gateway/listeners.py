"""One event loop on its own thread, with an HTTP server for each API."""

import asyncio
import contextlib
import logging
import socket
import threading
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

MAX_MESSAGE_BYTES = 128 * 1024
MAX_FRAME_BYTES = 32 * 1024
"""Of WebSocket APIs (API Gateway quotas); a client that sends more is closed with 1009."""
GRACE_SECONDS = 2
_log = logging.getLogger(__name__)


class _SpellingProtocol(H11Protocol):
    """Hands a handshake's headers on as the client spelled them, as API Gateway does; uvicorn lowers them."""

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        self.headers = event.headers.raw_items()
        super().handle_websocket_upgrade(event)


class Listeners:
    """``open`` and ``close`` from any thread; ``stop`` closes all."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._servers: dict[str, tuple[uvicorn.Server, asyncio.Task[None]]] = {}
        self._thread = threading.Thread(target=self._loop.run_forever, name="gateway", daemon=True)
        self._thread.start()

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop that all servers run on."""
        return self._loop

    def open(self, name: str, listener: socket.socket, application: Any) -> None:
        """Serve ``application`` on a listening socket; connections that arrive meanwhile wait in its queue."""
        config = uvicorn.Config(
            application,
            http=_SpellingProtocol,
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=GRACE_SECONDS,
            ws="websockets-sansio",
            # The websockets library takes limits of messages and frames, which uvicorn hands on as they are.
            ws_max_size=(MAX_MESSAGE_BYTES, MAX_FRAME_BYTES),  # pyright: ignore[reportArgumentType]
            ws_per_message_deflate=False,
            ws_ping_interval=None,
        )
        asyncio.run_coroutine_threadsafe(self._start(name, uvicorn.Server(config), listener), self._loop).result(10)

    async def _start(self, name: str, server: uvicorn.Server, listener: socket.socket) -> None:
        task = asyncio.create_task(server.serve(sockets=[listener]), name=f"gateway-{name}")
        self._servers[name] = server, task

    def close(self, name: str) -> None:
        """Stop serving; requests that are being answered get a moment. Does nothing for an unknown name."""
        asyncio.run_coroutine_threadsafe(self._close(name), self._loop).result(GRACE_SECONDS + 5)

    async def _close(self, name: str) -> None:
        if found := self._servers.pop(name, None):
            server, task = found
            server.should_exit = True
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def stop(self) -> None:
        """Close everything and end the thread."""

        async def close_all() -> None:
            await asyncio.gather(*(self._close(name) for name in list(self._servers)))

        asyncio.run_coroutine_threadsafe(close_all(), self._loop).result(GRACE_SECONDS + 5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()
