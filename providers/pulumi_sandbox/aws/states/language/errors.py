"""Errors of the language, and which of them a list in ``Retry`` or ``Catch`` takes.

Source: Step Functions developer guide, "Handling errors in Step Functions workflows".
"""

from collections.abc import Sequence

ALL = "States.ALL"
TASK_FAILED = "States.TaskFailed"
TIMEOUT = "States.Timeout"
HEARTBEAT_TIMEOUT = "States.HeartbeatTimeout"
RUNTIME = "States.Runtime"
DATA_LIMIT = "States.DataLimitExceeded"
QUERY_EVALUATION = "States.QueryEvaluationError"
PARAMETER_PATH = "States.ParameterPathFailure"
RESULT_PATH = "States.ResultPathMatchFailure"
INTRINSIC = "States.IntrinsicFailure"
NO_CHOICE = "States.NoChoiceMatched"
ITEM_READER = "States.ItemReaderFailed"
RESULT_WRITER = "States.ResultWriterFailed"
TOLERATED_FAILURES = "States.ExceedToleratedFailureThreshold"

# No list takes these: they end the execution.
_TERMINAL = frozenset({RUNTIME})
_NOT_BY_ALL = frozenset({RUNTIME, DATA_LIMIT})


class StateError(Exception):
    """A state failed; ``error`` is the name that ``Retry`` and ``Catch`` compare, ``cause`` is for people."""

    def __init__(self, error: str, cause: str = "") -> None:
        super().__init__(f"{error}: {cause}" if cause else error)
        self.error = error
        self.cause = cause

    @property
    def output(self) -> dict[str, str]:
        """What a catcher hands on."""
        return {"Error": self.error, "Cause": self.cause}


def takes(names: Sequence[str], error: str) -> bool:
    """Return whether one of these error names stands for ``error``."""
    if error in _TERMINAL:
        return False
    return (
        error in names
        or (ALL in names and error not in _NOT_BY_ALL)
        or (TASK_FAILED in names and error not in (TIMEOUT, HEARTBEAT_TIMEOUT) and error not in _NOT_BY_ALL)
        or (TIMEOUT in names and error == HEARTBEAT_TIMEOUT)
    )
