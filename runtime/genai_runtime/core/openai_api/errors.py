"""Errors in OpenAI's shape, with the statuses that make its clients raise their own typed errors."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from genai_runtime.core.errors import Cause, Mistake, RefusalError, StepError

# Code of a refusal -> status and type; every other code is a 400 "invalid_request_error".
_REFUSALS: Final = {
    "invalid_token": (401, "authentication_error"),
    "tenant_missing": (403, "permission_error"),
    "direct_access_denied": (403, "permission_error"),
    "model_not_found": (404, "invalid_request_error"),
    "response_not_found": (404, "invalid_request_error"),
    "previous_response_not_found": (404, "invalid_request_error"),
    "conversation_not_found": (404, "invalid_request_error"),
    "item_not_found": (404, "invalid_request_error"),
    "file_not_found": (404, "invalid_request_error"),
    "batch_not_found": (404, "invalid_request_error"),
    "unknown_url": (404, "invalid_request_error"),
    "method_not_allowed": (405, "invalid_request_error"),
    "idempotency_in_progress": (409, "idempotency_error"),
    "response_final": (409, "invalid_request_error"),
    "response_in_progress": (409, "invalid_request_error"),
    "batch_final": (409, "invalid_request_error"),
    "request_too_large": (413, "invalid_request_error"),
    "idempotency_key_reused": (422, "idempotency_error"),
    "rate_limit_exceeded": (429, "rate_limit_error"),
    "insufficient_quota": (429, "insufficient_quota"),
}


@dataclass(frozen=True)
class _Failure:
    status: int
    kind: str
    code: str
    message: str
    retry_after: int | None = None


_FAILURES: Final[Mapping[Cause, _Failure]] = {
    Cause.DENIED: _Failure(
        500,
        "server_error",
        "access_denied",
        "Access denied: the function's role does not allow {action}. Grant it in the deployment.",
    ),
    Cause.THROTTLED: _Failure(
        429, "rate_limit_error", "rate_limit_exceeded", "The service is at its limit; try again later.", 2
    ),
    Cause.UNAVAILABLE: _Failure(
        503, "server_error", "service_unavailable", "A service did not answer in time; try again later.", 2
    ),
    Cause.TOO_LONG: _Failure(
        400,
        "invalid_request_error",
        "context_length_exceeded",
        "The prompt exceeds the model's context window; shorten the conversation.",
    ),
    Cause.INVALID: _Failure(
        500,
        "server_error",
        "deployment_error",
        "The deployment is at fault, not the request; its log has the reason under this request's id.",
    ),
}


@dataclass(frozen=True)
class ErrorResponse:
    """An error as the client sees it."""

    status: int
    code: str
    body: str
    headers: Mapping[str, str]


def render_refusal(refusal: RefusalError, request_id: str) -> ErrorResponse:
    """Return the response to a request that is refused; every mistake is listed under `error.details`."""
    first = refusal.mistakes[0]
    status, kind = _REFUSALS.get(first.code, (400, "invalid_request_error"))
    return _render(
        status, kind, first._replace(message=str(refusal)), request_id, refusal.retry_after, refusal.mistakes
    )


def render_failure(error: StepError, step: str | None, request_id: str) -> ErrorResponse:
    """Return the response to a request in which a step failed."""
    failure = _FAILURES[error.cause]
    message = failure.message.format(action=error.action) + (f" (step: {step})" if step else "")
    return _render(
        failure.status, failure.kind, Mistake(None, message, failure.code), request_id, failure.retry_after, ()
    )


def render_crash(request_id: str) -> ErrorResponse:
    """Return the response to a request that met a fault in this code."""
    mistake = Mistake(None, "An internal error; the log has it under this request's id.", "internal_error")
    return _render(500, "server_error", mistake, request_id, None, ())


def _render(
    status: int,
    kind: str,
    mistake: Mistake,
    request_id: str,
    retry_after: int | None,
    details: tuple[Mistake, ...],
) -> ErrorResponse:
    error: dict[str, Any] = {
        "message": mistake.message,
        "type": kind,
        "param": mistake.param,
        "code": mistake.code,
    }
    if len(details) > 1:
        error["details"] = [detail._asdict() for detail in details]
    # Clients repeat a 409 or 5xx by themselves unless told that it is of no use.
    repeat = status in {409, 429, 503} and mistake.code != "insufficient_quota"
    headers = {"x-should-retry": "true" if repeat else "false"}
    if retry_after is not None:
        headers["retry-after"] = str(retry_after)
    return ErrorResponse(status, mistake.code, json.dumps({"error": error, "request_id": request_id}), headers)
