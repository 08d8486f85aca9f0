"""How a step tells the chain that it failed, and what the chain's caller makes of it.

Workflow engines know of a failure its name, by which they repeat a step or not, and a text. The text is JSON; it never
holds a prompt, an answer or a document, as engines log it.
"""

import json
from typing import Any

from genai_runtime.core.errors import Cause, Mistake, RefusalError, StepError


class ChainStepThrottledError(Exception):
    """A service is at its limit: the step may be repeated."""


class ChainStepRefusedError(Exception):
    """The client must change the request."""


class ChainStepFailedError(Exception):
    """The step failed for good."""


def refused(error: RefusalError) -> ChainStepRefusedError:
    """Return what a step raises that refuses the request."""
    mistakes = [list(mistake) for mistake in error.mistakes]
    return ChainStepRefusedError(json.dumps({"mistakes": mistakes, "retry_after": error.retry_after}))


def failed(error: StepError, step: str) -> ChainStepThrottledError | ChainStepFailedError:
    """Return what a step raises in which a service failed; `step` says where."""
    text = json.dumps({"cause": error.cause.value, "action": error.action, "detail": error.detail, "step": step})
    return ChainStepThrottledError(text) if error.cause is Cause.THROTTLED else ChainStepFailedError(text)


def read_refused(text: str) -> RefusalError:
    """Return the refusal that `refused` told."""
    told: dict[str, Any] = json.loads(text)
    return RefusalError(tuple(Mistake(*mistake) for mistake in told["mistakes"]), told["retry_after"])


def read_failed(text: str) -> tuple[StepError, str]:
    """Return the failure that `failed` told, and where."""
    told: dict[str, Any] = json.loads(text)
    return StepError(Cause(told["cause"]), told["action"], told["detail"]), told["step"]
