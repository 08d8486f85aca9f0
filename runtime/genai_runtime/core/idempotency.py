"""`Idempotency-Key`: a request that is sent twice is carried out once, and its response is given twice.

Follows draft-ietf-httpapi-idempotency-key-header: the same key with another request is a 422, a request that is still
being carried out is a 409. Failures are not kept, so that they can be tried again.
"""

import hashlib
import json
from collections.abc import Callable
from typing import Final

from genai_runtime.core.errors import Cause, StepError, refusal
from genai_runtime.core.http import HttpResponse
from genai_runtime.core.ports import Clock, IdempotencyKey, IdempotencyStore
from genai_runtime.core.request import Caller
from genai_runtime.core.steps import Steps

KEPT_SECONDS: Final = 24 * 3600
CLAIM_SECONDS: Final = 60
"""How long a request that never ended bars its key; longer than any function of a synchronous pattern runs."""
LONGEST_KEY: Final = 255


def fingerprint(path: str, body: bytes) -> str:
    """Return what tells two requests apart, 64 hexadecimal characters."""
    return hashlib.sha256(path.encode() + b"\n" + body).hexdigest()


def idempotency_key(header: str | None, caller: Caller) -> IdempotencyKey | None:
    """Return the key that a header names for this caller.

    Raises:
        RefusalError: the key is empty, too long, or not printable ASCII.
    """
    if header is None:
        return None
    if not (0 < len(header) <= LONGEST_KEY and header.isascii() and header.isprintable()):
        raise refusal(
            "invalid_idempotency_key",
            f"Idempotency-Key has {len(header)} characters; use 1 to {LONGEST_KEY} printable ASCII characters.",
        )
    return IdempotencyKey(caller.tenant, caller.user, header)


def once(
    key: IdempotencyKey,
    mark: str,
    owner: str,
    work: Callable[[], HttpResponse],
    *,
    store: IdempotencyStore,
    clock: Clock,
    steps: Steps,
) -> HttpResponse:
    """Return the response of `work`, or the one that is kept for an equal request.

    `mark` is the request's fingerprint, `owner` its own id.

    Raises:
        RefusalError: the key belongs to another request, or the request is being carried out.
    """
    now = clock.now()
    with steps.step("idempotency"):
        record = store.begin(key, mark, owner, now, now + CLAIM_SECONDS)
    if record is not None:
        return _repeat(key.key, record.fingerprint == mark, record.response)
    try:
        response = work()
    except BaseException:
        _tolerant(steps, lambda: store.release(key, owner))
        raise
    _tolerant(steps, lambda: store.finish(key, mark, owner, _dump(response), clock.now() + KEPT_SECONDS))
    return response


def _repeat(key: str, same: bool, response: str | None) -> HttpResponse:
    if not same:
        raise refusal(
            "idempotency_key_reused",
            f"Idempotency-Key {key[:40]!r} belongs to another request; use a new key for a new request.",
        )
    if response is None:
        raise refusal(
            "idempotency_in_progress",
            f"The request with Idempotency-Key {key[:40]!r} is being carried out; try again shortly.",
            retry_after=1,
        )
    return _load(response)


def _dump(response: HttpResponse) -> str:
    return json.dumps([response.status, dict(response.headers), response.body])


def _load(text: str) -> HttpResponse:
    status, headers, body = json.loads(text)
    return HttpResponse(status, {**headers, "idempotent-replayed": "true"}, body)


def _tolerant(steps: Steps, call: Callable[[], None]) -> None:
    """Call, and note a failure: the answer is there and must not be lost, save for a missing permission."""
    try:
        with steps.step("idempotency"):
            call()
    except StepError as error:
        if error.cause is Cause.DENIED:
            raise
        steps.tolerated["idempotency"] = str(error)
