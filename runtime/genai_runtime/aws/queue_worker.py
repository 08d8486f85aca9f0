"""Entry point of the function that works on the jobs of a queue.

The function's role needs what the worker of asynchronous invocations needs (`genai_runtime.aws.worker`), and what
taking messages needs (`genai_runtime.aws.queue_deliveries`).
"""

import os
from collections.abc import Mapping
from typing import Any, Final

from genai_runtime.aws.job_ports import aws_job_ports
from genai_runtime.aws.lambda_context import LambdaContext, seconds_left
from genai_runtime.aws.ports import aws_ports, open_clients
from genai_runtime.aws.queue_deliveries import Deliveries, queue_of
from genai_runtime.core.config import parse_config
from genai_runtime.core.worker import Work, give_up, work

_CONFIG: Final = parse_config(os.environ.get("GENAI_CONFIG"))
_QUEUE: Final = queue_of(_CONFIG.worker)
_PORTS: Final = aws_ports(_CONFIG)
_JOB_PORTS: Final = aws_job_ports(_CONFIG)
open_clients(_CONFIG)


def handler(event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Work on a batch, and return which messages shall be delivered again."""
    deadline = _PORTS.clock.monotonic() + seconds_left(context)
    deliveries = Deliveries(
        _QUEUE,
        _PORTS.log,
        do=lambda key, owner: work(
            key, Work(_CONFIG, _PORTS, _JOB_PORTS, owner, stream=False, deadline=deadline, keep_denied=True)
        ),
        give_up=lambda key: give_up(key, _JOB_PORTS, _CONFIG, _PORTS.clock),
    )
    return deliveries.take(event)
