"""Steps that may fail without failing the request."""

from collections.abc import Callable
from typing import TypeVar

from genai_runtime.core.errors import Cause, StepError
from genai_runtime.core.run import Run

_Result = TypeVar("_Result")


def tolerant(run: Run, name: str, call: Callable[[], _Result]) -> _Result | None:
    """Return what the step gives, or None when it fails; a log record names the failure.

    Raises:
        StepError: the function's role lacks a permission.
    """
    try:
        with run.steps.step(name):
            return call()
    except StepError as error:
        if error.cause is Cause.DENIED:
            raise
        run.steps.tolerated[name] = str(error)
        return None
