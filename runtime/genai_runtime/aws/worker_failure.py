"""Entry point of the function that gets the jobs which no attempt of the worker could finish.

The function's role needs sqs:SendMessage on the dead-letter queue; dynamodb:GetItem, PutItem, Query and UpdateItem on
the jobs' table; s3:PutObject and GetObject on the payloads; execute-api:ManageConnections on the API's connections;
kms:Decrypt and kms:GenerateDataKey on their keys.
"""

import json
import os
from collections.abc import Mapping
from typing import Any, Final

from genai_runtime.aws.clients import client
from genai_runtime.aws.failures import calling
from genai_runtime.aws.job_ports import aws_job_ports
from genai_runtime.core.clock import SystemClock
from genai_runtime.core.config import parse_config
from genai_runtime.core.jobs import JobKey
from genai_runtime.core.worker import JobBusyError, give_up

_CONFIG: Final = parse_config(os.environ.get("GENAI_CONFIG"))
_PORTS: Final = aws_job_ports(_CONFIG)
_QUEUE_URL: Final = _CONFIG.worker.dead_letter_queue_url if _CONFIG.worker else ""
_CLOCK: Final = SystemClock()


def handler(event: Mapping[str, Any], _: object) -> None:
    """Keep one invocation that failed for an operator, and tell its client.

    The event is a destination's invocation record:
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    if (event.get("responsePayload") or {}).get("errorType") == JobBusyError.__name__:
        # A second delivery of a job that another worker is at; if that one fails, its own record comes.
        return
    job = event["requestPayload"]
    with calling("sqs:SendMessage"):
        client("sqs").send_message(QueueUrl=_QUEUE_URL, MessageBody=json.dumps({**job, "why": event["requestContext"]}))
    give_up(JobKey(job["tenant"], job["id"]), _PORTS, _CONFIG, _CLOCK)
