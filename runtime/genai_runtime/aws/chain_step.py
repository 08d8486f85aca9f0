"""Entry point of the function that answers the steps of a chain: `genai_runtime.aws.chain_step.handler`.

Settings come from the environment variable GENAI_CONFIG (`genai_runtime.core.config.ChainStepConfig`). An event has the
`step`, as the state machine's definition gives it, and the `work`; the result is the work with the step's outcome.

The role needs what the prompt pipeline needs (`genai_runtime.aws.request_response`, without dynamodb:DeleteItem), and
for work that is too large for a state s3:GetObject and s3:PutObject on the payloads bucket with kms:GenerateDataKey.
"""

import os
from collections.abc import Mapping
from typing import Any, Final

from genai_runtime.aws.chain_payloads import ChainPayloads
from genai_runtime.aws.lambda_context import LambdaContext, seconds_left
from genai_runtime.aws.ports import aws_ports, open_clients
from genai_runtime.core.chains.failures import failed
from genai_runtime.core.chains.step import answer_step
from genai_runtime.core.chains.work import Step
from genai_runtime.core.config import parse_chain_step_config
from genai_runtime.core.errors import StepError

_CONFIG: Final = parse_chain_step_config(os.environ.get("GENAI_CONFIG"))
_PORTS: Final = aws_ports(_CONFIG)
_PAYLOADS: Final = ChainPayloads(_CONFIG.payloads_bucket)
open_clients(_CONFIG)


def handler(event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one step."""
    deadline = _PORTS.clock.monotonic() + seconds_left(context)
    step = Step(**event["step"])
    try:
        work = _PAYLOADS.unpack(event["work"])
        return _PAYLOADS.pack(answer_step(step, work, _CONFIG, _PORTS, deadline))
    except StepError as error:
        raise failed(error, f"{step.name}, payload") from None
