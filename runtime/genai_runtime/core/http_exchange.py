"""One HTTP request from arrival to response: who asks, which route answers, errors, timing, one log record."""

import json
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from genai_runtime.core.callers import Tenancy, caller_of
from genai_runtime.core.entrance import Entrance, check_entrance
from genai_runtime.core.errors import RefusalError, StepError, refusal
from genai_runtime.core.http import HttpRequest, HttpResponse
from genai_runtime.core.openai_api.errors import ErrorResponse, render_crash, render_failure, render_refusal
from genai_runtime.core.ports import Clock, RequestLog
from genai_runtime.core.request import Caller, Trace
from genai_runtime.core.steps import Steps
from genai_runtime.core.trace import start_trace


@dataclass
class Exchange:
    """One request while it is answered. `deadline` is in monotonic seconds; `record` is what its log record adds."""

    request: HttpRequest
    trace: Trace
    steps: Steps
    deadline: float
    record: dict[str, Any] = field(default_factory=dict[str, Any])
    caller: Caller | None = None


Handler = Callable[[Exchange, Caller], HttpResponse]
Routes = Mapping[str, Mapping[str, Handler]]
"""Path -> method -> what answers. A segment `*` of a path stands for any one segment."""


class Admission(Tenancy, Entrance, Protocol):
    """The settings that say who is answered."""


def answer(
    request: HttpRequest, routes: Routes, admission: Admission, clock: Clock, log: RequestLog, deadline: float
) -> HttpResponse:
    """Return the response to a request, before `deadline` in monotonic seconds; never raises."""
    start = clock.monotonic()
    exchange = Exchange(request, start_trace(request.headers.get("traceparent")), Steps(clock), deadline)
    request_id = exchange.trace.request_id
    try:
        response = _route(exchange, routes, admission)
    except RefusalError as error:
        response = _error(exchange, render_refusal(error, request_id))
    except StepError as error:
        exchange.record |= {"failed_step": exchange.steps.failed, "failure": str(error)}
        response = _error(exchange, render_failure(error, exchange.steps.failed, request_id))
    except Exception as error:  # noqa: BLE001  # the last line of defence: the client gets our error shape
        exchange.record |= {"failed_step": exchange.steps.failed, "failure": where(error)}
        response = _error(exchange, render_crash(request_id))
    elapsed = round((clock.monotonic() - start) * 1000, 2)
    log.write(_record(exchange, response, elapsed))
    timing = ", ".join(f"{name};dur={taken}" for name, taken in exchange.steps.taken_ms.items())
    common = {
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "x-request-id": request_id,
        "server-timing": f"{timing}, total;dur={elapsed}" if timing else f"total;dur={elapsed}",
    }
    return HttpResponse(response.status, {**response.headers, **common}, response.body)


def json_response(value: Mapping[str, Any]) -> HttpResponse:
    """Return a response with a JSON body."""
    return text_response(json.dumps(value, ensure_ascii=False))


def text_response(text: str) -> HttpResponse:
    """Return a response whose body is JSON already."""
    return HttpResponse(200, {"content-type": "application/json"}, text)


def where(error: Exception) -> str:
    """Return what was raised and where, without its message, which could quote a prompt."""
    frames = traceback.extract_tb(error.__traceback__)
    places = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames[-8:]))
    return f"{type(error).__name__} at {places}"


def _route(exchange: Exchange, routes: Routes, admission: Admission) -> HttpResponse:
    check_entrance(exchange.request.headers, admission)
    method, path = exchange.request.method.upper(), exchange.request.path.rstrip("/")
    route = next((pattern for pattern in routes if _fits(pattern, path)), None)
    if route is None:
        raise refusal("unknown_url", f"Unknown request URL: {method} {path[:200]}.")
    exchange.record["route"] = route
    methods = routes[route]
    if method not in methods:
        raise refusal("method_not_allowed", f"{path[:200]} takes {' or '.join(methods)}, not {method}.")
    exchange.caller = caller_of(exchange.request.claims, admission)
    return methods[method](exchange, exchange.caller)


def _fits(pattern: str, path: str) -> bool:
    wanted, given = pattern.split("/"), path.split("/")
    return len(wanted) == len(given) and all(w == g or (w == "*" and g) for w, g in zip(wanted, given, strict=True))


def _error(exchange: Exchange, error: ErrorResponse) -> HttpResponse:
    exchange.record["error_code"] = error.code
    return HttpResponse(error.status, {"content-type": "application/json", **error.headers}, error.body)


def _record(exchange: Exchange, response: HttpResponse, elapsed_ms: float) -> dict[str, Any]:
    return {
        "event": "request",
        "level": "ERROR" if response.status >= 500 else "INFO",
        "request_id": exchange.trace.request_id,
        "trace_id": exchange.trace.trace_id,
        "tenant": exchange.caller.tenant if exchange.caller else None,
        "status": response.status,
        "total_ms": elapsed_ms,
        "steps_ms": exchange.steps.taken_ms,
        **({"tolerated": exchange.steps.tolerated} if exchange.steps.tolerated else {}),
        **exchange.steps.measured,
        **exchange.record,
    }
