"""Runs a chain as a synchronous execution of an express state machine.

The state machine's definition says what fails an execution and what does not: a refused request ends it well, with the
failure as its output, so that the service's metric of failed executions counts faults alone.
"""

import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from genai_runtime.aws.chain_payloads import ChainPayloads
from genai_runtime.aws.clients import client
from genai_runtime.aws.failures import calling
from genai_runtime.core.chains.failures import (
    ChainStepFailedError,
    ChainStepRefusedError,
    ChainStepThrottledError,
    read_failed,
    read_refused,
)
from genai_runtime.core.chains.work import Work
from genai_runtime.core.config import ChainRef
from genai_runtime.core.errors import Cause, StepError

_START: Final = "states:StartSyncExecution"
_INVOKE: Final = "lambda:InvokeFunction"
_BUSY: Final = {"Lambda.TooManyRequestsException"}
_DOWN: Final = {
    "Lambda.ServiceException",
    "Lambda.SdkClientException",
    "Sandbox.Timedout",
    "Runtime.ExitError",
    "States.Timeout",
}
ANSWER_SECONDS: Final = 1
"""How much longer than the execution its caller waits for the answer."""


@dataclass(frozen=True)
class StepFunctionsChain:
    """A state machine whose states are the steps."""

    ref: ChainRef

    def run(self, work: Work) -> Work:
        """Return the work with the outcomes of the steps, before its deadline.

        Raises:
            RefusalError: a step refused the request.
            StepError: a step failed for good, or the time was up.
        """
        payloads = ChainPayloads(self.ref.payloads_bucket)
        # A repeat would run the steps twice.
        states = client("stepfunctions", math.ceil(self.ref.timeout_seconds) + ANSWER_SECONDS, 1)
        trace = os.environ.get("_X_AMZN_TRACE_ID")
        with calling(_START):
            ended = states.start_sync_execution(
                stateMachineArn=self.ref.state_machine,
                name=work.trace.request_id,
                input=json.dumps(payloads.pack(work), ensure_ascii=False),
                **({"traceHeader": trace} if trace else {}),
            )
        if ended["status"] != "SUCCEEDED":
            _fail(ended["status"], ended.get("error", ""), ended.get("cause", ""))
        output: Mapping[str, Any] = json.loads(ended["output"])
        if "Error" in output:
            _fail(ended["status"], output["Error"], output.get("Cause", ""))
        return payloads.unpack(output)


def _fail(status: str, error: str, cause: str) -> NoReturn:
    if error == ChainStepRefusedError.__name__:
        raise read_refused(_message(cause))
    if error in {ChainStepThrottledError.__name__, ChainStepFailedError.__name__}:
        failure, where = read_failed(_message(cause))
        raise StepError(failure.cause, failure.action, f"{failure.detail}; step: {where}")
    if status == "TIMED_OUT" or error in _DOWN:
        raise StepError(Cause.UNAVAILABLE, "chain", error or status)
    if error in _BUSY:
        raise StepError(Cause.THROTTLED, _INVOKE, error)
    if "not authorized to perform" in cause:
        raise StepError(Cause.DENIED, _INVOKE, error)
    raise StepError(Cause.INVALID, "chain", error)


def _message(cause: str) -> str:
    """What the function's error said, in Lambda's own form of it."""
    return json.loads(cause)["errorMessage"]
