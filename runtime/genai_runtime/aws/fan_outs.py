"""Entry point of the function that fans requests out over HTTP: create, look at, cancel.

The function's role needs:

- dynamodb:PutItem, GetItem, Query and UpdateItem on the jobs' table; s3:PutObject and GetObject on the payloads;
- sns:Publish on the topic of the parts, and sqs:SendMessage on the queue of what is to be combined;
- kms:Decrypt and kms:GenerateDataKey on the key of all of these.
"""

import os
from collections.abc import Mapping
from typing import Any, Final

from genai_runtime.aws.clients import client
from genai_runtime.aws.fan_out_ports import aws_fan_out_ports
from genai_runtime.aws.http_event import read_event, write_response
from genai_runtime.aws.job_ports import aws_background
from genai_runtime.aws.lambda_context import LambdaContext, seconds_left
from genai_runtime.aws.request_log import EmbeddedMetricLog
from genai_runtime.core.clock import SystemClock
from genai_runtime.core.config import parse_config
from genai_runtime.core.fan_outs.surface import FanOuts
from genai_runtime.core.http_exchange import answer

_CONFIG: Final = parse_config(os.environ.get("GENAI_CONFIG"))
_CLOCK: Final = SystemClock()
_LOG: Final = EmbeddedMetricLog()
_FAN_OUTS: Final = FanOuts(_CONFIG, aws_background(_CONFIG, _CLOCK), aws_fan_out_ports(_CONFIG))
client("dynamodb")
client("sns")
client("sqs")


def handler(event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request of the HTTP API."""
    deadline = _CLOCK.monotonic() + seconds_left(context)
    return write_response(answer(read_event(event), _FAN_OUTS.routes, _CONFIG, _CLOCK, _LOG, deadline))
