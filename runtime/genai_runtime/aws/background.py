"""Entry point of the function that makes responses in the background over HTTP: create, look at, cancel.

The function's role needs:

- dynamodb:PutItem, GetItem, Query and UpdateItem on the jobs' table; s3:PutObject and GetObject on the payloads;
- dynamodb:GetItem on the table of conversations and s3:GetObject on its bucket, where there are any;
- sqs:SendMessage on the queue, where it has the route that makes responses;
- kms:Decrypt and kms:GenerateDataKey on the key of the payloads and the queue.
"""

import os
from collections.abc import Mapping
from typing import Any, Final

from genai_runtime.aws.clients import client
from genai_runtime.aws.http_event import read_event, write_response
from genai_runtime.aws.job_ports import aws_background
from genai_runtime.aws.lambda_context import LambdaContext, seconds_left
from genai_runtime.aws.request_log import EmbeddedMetricLog
from genai_runtime.core.clock import SystemClock
from genai_runtime.core.config import parse_config
from genai_runtime.core.http_exchange import answer

_CONFIG: Final = parse_config(os.environ.get("GENAI_CONFIG"))
_CLOCK: Final = SystemClock()
_LOG: Final = EmbeddedMetricLog()
_BACKGROUND: Final = aws_background(_CONFIG, _CLOCK)
_ROUTES: Final = {"/v1/responses": {"POST": _BACKGROUND.create}, **_BACKGROUND.routes}
client("dynamodb")
client("sqs")


def handler(event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request of the HTTP API."""
    deadline = _CLOCK.monotonic() + seconds_left(context)
    return write_response(answer(read_event(event), _ROUTES, _CONFIG, _CLOCK, _LOG, deadline))
