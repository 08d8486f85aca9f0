"""The recorded-resource API: resources that have no data plane are kept as the JSON they were put as.

``GET /_sandbox/recorded`` and ``GET /_sandbox/recorded/{type}`` list, ``GET``, ``PUT`` and ``DELETE`` on
``/_sandbox/recorded/{type}/{id}`` work on one. Both parts of the path are percent-encoded, so that an id
may hold any character. A missing resource is 404.
"""

from typing import Any
from urllib.parse import quote, unquote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pulumi_sandbox.durable import open_map

_PREFIX = "/_sandbox/recorded"
_resources = open_map("recorded")


def _segments(request: Request) -> list[str]:
    # The decoded path cannot tell a slash inside an id from one between the parts.
    raw = request.scope["raw_path"].decode().split("?")[0].removeprefix(_PREFIX).strip("/")
    return [unquote(part) for part in raw.split("/")] if raw else []


def _entry(key: str, value: Any) -> dict[str, Any]:
    kind, _, identifier = key.partition("/")
    return {"type": unquote(kind), "id": unquote(identifier), "resource": value}


async def _recorded(request: Request) -> Response:
    segments = _segments(request)
    if len(segments) < 2:
        if request.method != "GET":
            return JSONResponse({"error": f"{request.method} needs {_PREFIX}/{{type}}/{{id}}"}, 405)
        prefix = quote(segments[0], safe="") + "/" if segments else ""
        entries = _resources.snapshot().items()
        return JSONResponse([_entry(key, value) for key, value in entries if key.startswith(prefix)])
    key = quote(segments[0], safe="") + "/" + quote("/".join(segments[1:]), safe="")
    match request.method:
        case "PUT":
            _resources[key] = await request.json()
            return Response(status_code=204)
        case "DELETE":
            found = _resources.pop(key, None) is not None
        case _:
            value = _resources.get(key)
            found = value is not None
            if found:
                return JSONResponse(value)
    if found:
        return Response(status_code=204)
    return JSONResponse({"error": f"no recorded resource {segments[1]!r} of type {segments[0]!r}"}, 404)


_METHODS = ["GET", "PUT", "DELETE"]
routes = [Route(_PREFIX, _recorded, methods=["GET"]), Route(_PREFIX + "/{rest:path}", _recorded, methods=_METHODS)]
