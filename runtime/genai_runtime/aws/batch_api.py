"""Entry point of the function that takes and gives files, and makes, shows and cancels batches.

The function's role needs:

- dynamodb:GetItem, PutItem, Query, UpdateItem and DeleteItem on the table of jobs;
- s3:PutObject, GetObject, GetObjectVersion and DeleteObject on the objects of the batches' bucket;
- sqs:SendMessage on the queue; kms:Decrypt and kms:GenerateDataKey on the key of the bucket and the queue.
"""

import os
from collections.abc import Mapping
from typing import Any, Final

from genai_runtime.aws.batch_ports import aws_batch_ports
from genai_runtime.aws.clients import client
from genai_runtime.aws.http_event import read_event, write_response
from genai_runtime.aws.lambda_context import LambdaContext, seconds_left
from genai_runtime.aws.request_log import EmbeddedMetricLog
from genai_runtime.core.batch_api import Batches
from genai_runtime.core.clock import SystemClock
from genai_runtime.core.config import parse_batch_config
from genai_runtime.core.file_api import Files
from genai_runtime.core.http_exchange import answer

_CONFIG: Final = parse_batch_config(os.environ.get("GENAI_CONFIG"))
_CLOCK: Final = SystemClock()
_LOG: Final = EmbeddedMetricLog()
_PORTS: Final = aws_batch_ports(_CONFIG.batch, _CLOCK)
_FILES: Final = Files(_CONFIG, _PORTS.files, _PORTS.objects, _CLOCK)
_ROUTES: Final = {**_FILES.routes, **Batches(_CONFIG, _FILES, _PORTS, _CLOCK).routes}
client("dynamodb")
client("s3")


def handler(event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request of the HTTP API."""
    deadline = _CLOCK.monotonic() + seconds_left(context)
    return write_response(answer(read_event(event), _ROUTES, _CONFIG, _CLOCK, _LOG, deadline))
