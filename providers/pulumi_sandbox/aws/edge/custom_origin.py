"""Requests and WebSockets handed on to an origin that is a server."""

import asyncio
import http.client
from collections.abc import Mapping
from typing import Any

from starlette.types import Receive, Scope, Send
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from pulumi_sandbox.aws.edge.behaviours import Headers

_HOP_BY_HOP = frozenset(
    {"connection", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "content-length"}
)
"""Belong to one connection (RFC 9110, 7.6.1), or are made anew for the next."""
_OF_THE_HANDSHAKE = frozenset(
    {"sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions", "sec-websocket-protocol", "origin"}
)


def _handed_on(headers: Headers, origin: Mapping[str, Any], source_ip: str) -> Headers:
    own = {each["name"].lower(): each["value"] for each in origin.get("customHeaders") or ()}
    kept = [(name, value) for name, value in headers if name not in _HOP_BY_HOP and name not in own]
    came_by = [value for name, value in kept if name == "x-forwarded-for"]
    kept = [pair for pair in kept if pair[0] != "x-forwarded-for"]
    return [*kept, ("x-forwarded-for", ", ".join([*came_by, source_ip])), *own.items()]


def fetch(
    origin: Mapping[str, Any], method: str, target: str, headers: Headers, body: bytes, source_ip: str
) -> tuple[int, Headers, bytes]:
    """Return the origin's answer; 502 when it cannot be reached, 504 when it takes too long."""
    seconds = (origin.get("customOriginConfig") or {}).get("originReadTimeout") or 30
    connection = http.client.HTTPConnection(origin["domainName"], timeout=seconds)
    try:
        handed = _handed_on(headers, origin, source_ip)
        connection.putrequest(method, f"{origin.get('originPath') or ''}{target}", skip_accept_encoding=True)
        for name, value in handed:
            connection.putheader(name, value)
        if body or method not in ("GET", "HEAD", "OPTIONS"):
            connection.putheader("content-length", str(len(body)))
        connection.endheaders(body or None)
        answer = connection.getresponse()
        content = answer.read()
        # The date is said by whoever sends the answer to the client.
        left_out = {*_HOP_BY_HOP, "date"}
        kept = [(name.lower(), value) for name, value in answer.getheaders() if name.lower() not in left_out]
    except TimeoutError:
        return 504, [("content-type", "text/html")], b"The origin took too long."
    except (OSError, http.client.HTTPException):
        return 502, [("content-type", "text/html")], b"The origin cannot be reached."
    else:
        return answer.status, kept, content
    finally:
        connection.close()


async def pass_socket(
    origin: Mapping[str, Any], target: str, headers: Headers, source_ip: str, receive: Receive, send: Send, scope: Scope
) -> None:
    """Serve a WebSocket from the origin until either side ends it; a refused handshake is refused likewise."""
    await receive()
    handed = [pair for pair in _handed_on(headers, origin, source_ip) if pair[0] not in _OF_THE_HANDSHAKE]
    try:
        connection = await connect(
            f"ws://{origin['domainName']}{origin.get('originPath') or ''}{target}",
            additional_headers=handed,
            subprotocols=scope.get("subprotocols") or None,
            max_size=None,
            compression=None,
            user_agent_header=None,
            proxy=None,
        )
    except InvalidStatus as refusal:
        await _refuse(send, refusal.response.status_code, bytes(refusal.response.body or b""))
        return
    except OSError:
        await _refuse(send, 502, b"The origin cannot be reached.")
        return
    async with connection:
        await send({"type": "websocket.accept", "subprotocol": connection.subprotocol})
        down = asyncio.create_task(_down(connection, send))
        up = asyncio.create_task(_up(connection, receive))
        _, open_ones = await asyncio.wait((down, up), return_when=asyncio.FIRST_COMPLETED)
        for task in open_ones:
            task.cancel()
        await asyncio.gather(*open_ones, return_exceptions=True)


async def _refuse(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "websocket.http.response.start", "status": status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": body})


async def _down(connection: Any, send: Send) -> None:
    try:
        async for message in connection:
            await send({"type": "websocket.send", "text" if isinstance(message, str) else "bytes": message})
    except ConnectionClosed:
        pass
    # 1006 is never sent: it says that nothing was.
    code = connection.close_code if connection.close_code not in (None, 1005, 1006) else 1000
    try:
        await send({"type": "websocket.close", "code": code, "reason": connection.close_reason or ""})
    except (OSError, RuntimeError):  # the client went first
        return


async def _up(connection: Any, receive: Receive) -> None:
    while (message := await receive())["type"] == "websocket.receive":
        try:
            await connection.send(message["text"] if message.get("text") is not None else message["bytes"])
        except ConnectionClosed:
            return
    await connection.close()
