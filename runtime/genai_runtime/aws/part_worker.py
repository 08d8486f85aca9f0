"""Entry point of the functions that work on the parts of fan-outs, one function for each modality.

The function's role needs what a queue's worker needs (`genai_runtime.aws.queue_worker`) save the connections, and
sqs:SendMessage on the queue of what is to be combined.
"""

import os
from collections.abc import Mapping
from typing import Any, Final

from genai_runtime.aws.fan_out_ports import aws_fan_out_ports
from genai_runtime.aws.job_ports import aws_job_ports
from genai_runtime.aws.lambda_context import LambdaContext, seconds_left
from genai_runtime.aws.ports import aws_ports, open_clients
from genai_runtime.aws.queue_deliveries import Deliveries, queue_of
from genai_runtime.core.config import parse_config
from genai_runtime.core.fan_outs.part_work import give_up_part, work_on_part
from genai_runtime.core.worker import Work

_CONFIG: Final = parse_config(os.environ.get("GENAI_CONFIG"))
_QUEUE: Final = queue_of(_CONFIG.worker)
_PORTS: Final = aws_ports(_CONFIG)
_JOB_PORTS: Final = aws_job_ports(_CONFIG)
_FAN_OUTS: Final = aws_fan_out_ports(_CONFIG)
open_clients(_CONFIG)


def handler(event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Work on a batch, and return which messages shall be delivered again."""
    deadline = _PORTS.clock.monotonic() + seconds_left(context)

    def attempt(owner: str) -> Work:
        return Work(_CONFIG, _PORTS, _JOB_PORTS, owner, stream=False, deadline=deadline, keep_denied=True)

    deliveries = Deliveries(
        _QUEUE,
        _PORTS.log,
        do=lambda key, owner: work_on_part(key, attempt(owner), _FAN_OUTS),
        give_up=lambda key: give_up_part(key, attempt(""), _FAN_OUTS),
    )
    return deliveries.take(event)
