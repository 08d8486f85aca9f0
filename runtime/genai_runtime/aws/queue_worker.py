"""Entry point of the function that works on the jobs of a queue; what fails is delivered again, and in the end goes to
the dead-letter queue.

The function's role needs what the worker of asynchronous invocations needs (`genai_runtime.aws.worker`), and
sqs:ReceiveMessage, DeleteMessage and GetQueueAttributes on the queue.
"""

import json
import os
from collections.abc import Mapping
from typing import Any, Final

from genai_runtime.aws.job_ports import aws_job_ports
from genai_runtime.aws.lambda_context import LambdaContext, seconds_left
from genai_runtime.aws.ports import aws_ports, open_clients
from genai_runtime.core.config import parse_config
from genai_runtime.core.errors import StepError
from genai_runtime.core.jobs import JobKey
from genai_runtime.core.worker import JobBusyError, Work, give_up, work

_CONFIG: Final = parse_config(os.environ.get("GENAI_CONFIG"))
_PORTS: Final = aws_ports(_CONFIG)
_JOB_PORTS: Final = aws_job_ports(_CONFIG)
_MOST_RECEIVES: Final = _CONFIG.worker.most_receives if _CONFIG.worker else 0
open_clients(_CONFIG)


def handler(event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Work on a batch, and return which messages shall be delivered again."""
    deadline = _PORTS.clock.monotonic() + seconds_left(context)
    failures = [record["messageId"] for record in event["Records"] if not _done(record, deadline)]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failures]}


def _done(record: Mapping[str, Any], deadline: float) -> bool:
    body = json.loads(record["body"])
    key = JobKey(body["tenant"], body["id"])
    # A message is delivered again only when the attempt before has ended, so it may take over its lease.
    attempt = Work(_CONFIG, _PORTS, _JOB_PORTS, owner=record["messageId"], stream=False, deadline=deadline)
    try:
        work(key, attempt)
    except JobBusyError:
        return False
    except StepError as error:
        _PORTS.log.write({"event": "delivery", "level": "ERROR", "status": 500, "total_ms": 0, "failure": str(error)})
        if int(record["attributes"]["ApproximateReceiveCount"]) >= _MOST_RECEIVES:
            give_up(key, _JOB_PORTS, _CONFIG, _PORTS.clock)
        return False
    return True
