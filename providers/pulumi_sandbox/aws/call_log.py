"""The record of what roles did: which role called which action on which resources, and whether it was allowed.

Equal calls share one entry with a count, so that the record stays small enough to keep for good. Served at
``/_sandbox/iam/calls``.
"""

import json
import threading
import time
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pulumi_sandbox.durable import open_map

_calls = open_map("iam-calls")
_lock = threading.Lock()


def record_call(role_arn: str, action: str, resource: str, *, allowed: bool) -> None:
    """Add one call to the record."""
    key = json.dumps([role_arn, action, resource, allowed])
    now = round(time.time(), 3)
    with _lock, _calls.transaction():
        entry: dict[str, Any] = _calls.get(key) or {
            "role": role_arn,
            "action": action,
            "resources": [resource],
            "allowed": allowed,
            "count": 0,
            "first": now,
        }
        _calls[key] = {**entry, "count": entry["count"] + 1, "last": now}


def recorded_calls() -> list[dict[str, Any]]:
    """Return every distinct call, in the order in which they first happened; times are epoch seconds."""
    return sorted(_calls.snapshot().values(), key=lambda entry: entry["first"])


async def _serve(request: Request) -> Response:
    if request.method == "DELETE":
        _calls.clear()
        return Response(status_code=204)
    return JSONResponse(recorded_calls())


routes = [Route("/_sandbox/iam/calls", _serve, methods=["GET", "DELETE"])]
