"""The clock of schedules and of items that expire: the real one, moved ahead as far as somebody asked.

``POST /_sandbox/clock`` with ``{"advance_seconds": 86400}`` makes it tomorrow for them, so that nobody waits for a
nightly schedule. How far it is ahead outlives the daemon.
"""

import threading
import time
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pulumi_sandbox.durable import open_map

_stored = open_map("event-clock")
_moved = threading.Condition()
_AHEAD = "ahead_seconds"


def ahead_seconds() -> float:
    """Return how far this clock is ahead of the real one."""
    return float(_stored.get(_AHEAD, 0.0))


def now() -> float:
    """Return the time in epoch seconds."""
    return time.time() + ahead_seconds()


def advance(seconds: float) -> None:
    """Move the clock ahead. Raises ValueError for a move back: what fired would be due again."""
    if seconds < 0:
        raise ValueError(f"advance_seconds: {seconds} is less than 0, and the clock does not go back")
    with _moved:
        _stored[_AHEAD] = ahead_seconds() + seconds
    wake()


def wake() -> None:
    """End all waits."""
    with _moved:
        _moved.notify_all()


def wait(timeout_seconds: float) -> None:
    """Wait for a while, or until the clock is moved."""
    with _moved:
        _moved.wait(timeout_seconds)


async def _serve(request: Request) -> Response:
    if request.method == "POST":
        try:
            advance(float((await request.json())["advance_seconds"]))
        except (KeyError, TypeError, ValueError) as error:
            return JSONResponse({"error": f'send {{"advance_seconds": 60}}: {error}'}, 400)
    return JSONResponse({"now": datetime.fromtimestamp(now(), UTC).isoformat(), _AHEAD: ahead_seconds()})


routes = [Route("/_sandbox/clock", _serve, methods=["GET", "POST"])]
