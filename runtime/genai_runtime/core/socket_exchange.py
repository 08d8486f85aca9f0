"""One message of a client on a WebSocket: who sent it, what it holds, its errors as events, and one log record."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from genai_runtime.core.callers import Tenancy, caller_of
from genai_runtime.core.errors import RefusalError, StepError
from genai_runtime.core.http_exchange import where
from genai_runtime.core.jobs import Push
from genai_runtime.core.openai_api.body import Fields, parse_body
from genai_runtime.core.openai_api.errors import ErrorResponse, render_crash, render_failure, render_refusal
from genai_runtime.core.ports import Clock, RequestLog
from genai_runtime.core.request import Caller, Trace
from genai_runtime.core.steps import Steps
from genai_runtime.core.trace import start_trace

LONGEST_REQUEST_ID: Final = 128


@dataclass(frozen=True)
class SocketMessage:
    """A message as the gateway hands it over; `claims` were verified when the connection was made."""

    body: bytes
    connection: str
    claims: Mapping[str, object]


@dataclass
class Exchange:
    """One message while it is handled."""

    connection: str
    caller: Caller
    fields: Fields
    request_id: str
    trace: Trace
    steps: Steps
    record: dict[str, Any] = field(default_factory=dict[str, Any])


def handle(
    message: SocketMessage,
    work: Callable[[Exchange], None],
    tenancy: Tenancy,
    push: Push,
    clock: Clock,
    log: RequestLog,
    max_bytes: int,
) -> None:
    """Do the work of a message; what goes wrong is sent to the client as an event of type `error`. Never raises."""
    start = clock.monotonic()
    trace, steps = start_trace(None), Steps(clock)
    record: dict[str, Any] = {"status": 200}
    request_id: str | None = None
    error: ErrorResponse | None = None
    try:
        caller = caller_of(message.claims, tenancy)
        record["tenant"] = caller.tenant
        fields = Fields(parse_body(message.body, max_bytes))
        record["action"] = str(fields.values.get("action"))[:40]
        request_id = _request_id(fields)
        exchange = Exchange(message.connection, caller, fields, request_id, trace, steps, record)
        work(exchange)
    except RefusalError as refused:
        error = render_refusal(refused, trace.request_id)
    except StepError as failed:
        record |= {"failed_step": steps.failed, "failure": str(failed)}
        error = render_failure(failed, steps.failed, trace.request_id)
    except Exception as crashed:  # noqa: BLE001  # the last line of defence: the client gets our error shape
        record |= {"failed_step": steps.failed, "failure": where(crashed)}
        error = render_crash(trace.request_id)
    if error is not None:
        record |= {"status": error.status, "error_code": error.code}
        _tell(push, message.connection, error_event(error, request_id), record)
    log.write(
        {
            "event": "message",
            "level": "ERROR" if record["status"] >= 500 else "INFO",
            "request_id": trace.request_id,
            "trace_id": trace.trace_id,
            "total_ms": round((clock.monotonic() - start) * 1000, 2),
            "steps_ms": steps.taken_ms,
            **record,
        }
    )


def error_event(error: ErrorResponse, request_id: str | None) -> str:
    """Return the event of an error: OpenAI's members beside each other, as its clients read them, and the status."""
    body = json.loads(error.body)
    retry_after = error.headers.get("retry-after")
    return json.dumps(
        {
            "type": "error",
            "request_id": request_id,
            "status": error.status,
            **{name: body["error"][name] for name in ("code", "message", "param")},
            "error": body["error"],
            **({"retry_after_seconds": int(retry_after)} if retry_after else {}),
        },
        ensure_ascii=False,
    )


def _request_id(fields: Fields) -> str:
    given = fields.text("request_id", longest=LONGEST_REQUEST_ID)
    if given is None and fields.values.get("request_id") is None:
        fields.note("request_id", "is missing; send an id of your own, a new one for each request", "missing_parameter")
    elif given is not None and not (given and given.isascii() and given.isprintable()):
        fields.note("request_id", "must be 1 to 128 printable ASCII characters")
    fields.done()
    return given or ""


def _tell(push: Push, connection: str, message: str, record: dict[str, Any]) -> None:
    try:
        push.send(connection, message)
    except StepError as failed:
        record |= {"push_failure": str(failed), "level": "ERROR"}
