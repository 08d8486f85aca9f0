"""Task tokens: handed out with a task, and given back with its outcome by whoever did it."""

import base64
import json
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from pulumi_sandbox.aws.states.control import Control
from pulumi_sandbox.aws.states.language.errors import HEARTBEAT_TIMEOUT, TIMEOUT, StateError


class InvalidTokenError(ValueError):
    """This is no task token."""


class LateTokenError(LookupError):
    """The task of this token is not waited for any more."""


@dataclass(slots=True)
class _Pending:
    control: Control
    heard: float = field(default_factory=time.monotonic)
    outcome: list[Any] = field(default_factory=list[Any])


_pending: dict[str, _Pending] = {}
_lock = threading.Lock()


def new_token(execution_arn: str) -> str:
    """Return a new token."""
    return base64.urlsafe_b64encode(json.dumps([execution_arn, str(uuid.uuid4())]).encode()).decode()


def machine_arn(token: str) -> str:
    """Return the state machine that a token's task is of. Raises InvalidTokenError."""
    try:
        execution_arn, _ = json.loads(base64.urlsafe_b64decode(token))
        place, name = execution_arn.split(":execution:")
    except ValueError as error:
        raise InvalidTokenError("Invalid token") from error
    # A child of a distributed map is named after the machine and the map.
    return f"{place}:stateMachine:{name.split(':')[0].split('/')[0]}"


def _find(token: str) -> _Pending:
    machine_arn(token)
    with _lock:
        pending = _pending.get(token)
    if pending is None or pending.outcome:
        raise LateTokenError("Provided task does not exist anymore")
    return pending


def succeed(token: str, output: str) -> None:
    """Give a task's result, which is JSON. Raises ValueError, InvalidTokenError and LateTokenError."""
    value = json.loads(output)
    pending = _find(token)
    pending.outcome.append((value, None))
    pending.control.changed()


def fail(token: str, error: str, cause: str) -> None:
    """Say that a task failed. Raises InvalidTokenError and LateTokenError."""
    pending = _find(token)
    pending.outcome.append((None, StateError(error, cause)))
    pending.control.changed()


def beat(token: str) -> None:
    """Say that a task goes on. Raises InvalidTokenError and LateTokenError."""
    pending = _find(token)
    pending.heard = time.monotonic()
    pending.control.changed()


def expect(token: str, control: Control) -> None:
    """Take outcomes for this token from now on."""
    with _lock:
        _pending[token] = _Pending(control)


def forget(token: str) -> None:
    """Take no more outcomes."""
    with _lock:
        _pending.pop(token, None)


def wait(token: str, control: Control, timeout_seconds: float | None, heartbeat_seconds: float | None) -> Any:
    """Return the result that is given for a token that is expected.

    Raises the StateError that is given, Timeout or HeartbeatTimeout, and StoppedError.
    """
    pending = _pending[token]
    until = None if timeout_seconds is None else time.monotonic() + timeout_seconds
    pending.heard = time.monotonic()
    while not pending.outcome:
        now = time.monotonic()
        if until is not None and now >= until:
            raise StateError(TIMEOUT)
        silence = None if heartbeat_seconds is None else pending.heard + heartbeat_seconds
        if silence is not None and now >= silence:
            raise StateError(HEARTBEAT_TIMEOUT)
        seen = pending.heard
        ends = [moment - now for moment in (until, silence) if moment is not None]
        control.wait(lambda seen=seen: bool(pending.outcome) or pending.heard != seen, min(ends, default=None))
    value, error = pending.outcome[0]
    if error is not None:
        raise error
    return value
