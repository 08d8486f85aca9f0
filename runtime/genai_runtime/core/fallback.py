"""Calls a model, again after a short wait when it is busy, and the next one when it stays so."""

from collections.abc import Callable, Sequence
from typing import Final

from genai_runtime.core.config import ModelChoice
from genai_runtime.core.errors import Cause, StepError
from genai_runtime.core.ports import Clock
from genai_runtime.core.request import Generation

ATTEMPTS_PER_MODEL: Final = 2
FIRST_WAIT_SECONDS: Final = 0.2
LEAST_TIMEOUT_SECONDS: Final = 1.0
"""A call that has less time than this is not begun."""


def candidates(models: Sequence[ModelChoice], wanted: str) -> list[ModelChoice]:
    """Return the model that is wanted, then the others in their order."""
    return sorted(models, key=lambda model: model.name != wanted)


def generate_with_fallback(
    models: Sequence[ModelChoice],
    call: Callable[[ModelChoice, float], Generation],
    clock: Clock,
    deadline: float,
    may_repeat: Callable[[], bool] = lambda: True,
) -> tuple[ModelChoice, Generation]:
    """Return the first generation, and the model that made it, before `deadline` (monotonic seconds).

    `call` gets the seconds that it may take. A failed call is repeated only while `may_repeat` says so.

    Raises:
        StepError: a model failed for a cause that no other call mends, or the last of them failed.
    """
    failure: StepError | None = None
    for model in models:
        for attempt in range(ATTEMPTS_PER_MODEL):
            if attempt:
                clock.sleep(clock.uniform(0, FIRST_WAIT_SECONDS * 2**attempt))
            timeout = deadline - clock.monotonic()
            if timeout < LEAST_TIMEOUT_SECONDS:
                raise failure or StepError(Cause.UNAVAILABLE, "model", "no time left for the model's call")
            try:
                return model, call(model, timeout)
            except StepError as error:
                if error.cause not in {Cause.THROTTLED, Cause.UNAVAILABLE} or not may_repeat():
                    raise
                failure = error
    raise failure or StepError(Cause.INVALID, "model", "the deployment has no model")
