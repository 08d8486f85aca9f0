"""What can go wrong: refusals that a client can mend, and steps that fail in the cloud beneath.

The exceptions are not frozen, because `contextlib` sets the traceback of what passes through it.
"""

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple


class Mistake(NamedTuple):
    """One thing wrong with a request: the path of the parameter, if it is one's, and how to mend it."""

    param: str | None
    message: str
    code: str


@dataclass(eq=False)
class RefusalError(Exception):
    """A request that will not be carried out, with every reason found.

    The first mistake's code decides the HTTP status. `retry_after` is in seconds, None when a repeat cannot help.
    """

    mistakes: tuple[Mistake, ...]
    retry_after: int | None = None

    def __str__(self) -> str:
        return " ".join(mistake.message for mistake in self.mistakes)


def refusal(code: str, message: str, param: str | None = None, *, retry_after: int | None = None) -> RefusalError:
    """Return a refusal for one mistake."""
    return RefusalError((Mistake(param, message, code),), retry_after)


class Cause(Enum):
    """Why a step failed, as far as it decides what to do next."""

    DENIED = "denied"
    """The function's role lacks a permission: a fault of the deployment, which no repeat mends."""
    THROTTLED = "throttled"
    """The service is at its limit; a later or another call may succeed."""
    UNAVAILABLE = "unavailable"
    """The service is down or did not answer in time; a later or another call may succeed."""
    TOO_LONG = "too_long"
    """The model says that the prompt exceeds its context window."""
    INVALID = "invalid"
    """The service rejects the call for what it says: a fault of the deployment or of this code."""


@dataclass(eq=False)
class StepError(Exception):
    """A call of a port that failed.

    `action` names the permission that the call needs ("bedrock:InvokeModel"). `detail` is the cloud's name for the
    fault, for the log; it never holds the text of a prompt, an answer or a document.
    """

    cause: Cause
    action: str
    detail: str

    def __str__(self) -> str:
        return f"{self.action} failed: {self.cause.value} ({self.detail})"
