"""Entry point of the function that takes fan-outs from WebSocket clients.

The function's role needs what the one for HTTP needs (`genai_runtime.aws.fan_outs`), and execute-api:ManageConnections
on the API's connections.
"""

import os
from collections.abc import Mapping
from typing import Any, Final

from genai_runtime.aws.clients import client
from genai_runtime.aws.fan_out_ports import aws_fan_out_ports
from genai_runtime.aws.job_ports import aws_job_ports
from genai_runtime.aws.request_log import EmbeddedMetricLog
from genai_runtime.aws.socket_event import ACCEPTED, read_message
from genai_runtime.core.clock import SystemClock
from genai_runtime.core.config import parse_config
from genai_runtime.core.fan_outs.messages import accept_fan_out
from genai_runtime.core.socket_exchange import handle

_CONFIG: Final = parse_config(os.environ.get("GENAI_CONFIG"))
_PORTS: Final = aws_job_ports(_CONFIG)
_FAN_OUTS: Final = aws_fan_out_ports(_CONFIG)
_CLOCK: Final = SystemClock()
_LOG: Final = EmbeddedMetricLog()
client("dynamodb")
client("sns")
client("sqs")


def handler(event: Mapping[str, Any], _: object) -> dict[str, Any]:
    """Take one message."""
    handle(
        read_message(event, _CONFIG.tenant_claim),
        lambda exchange: accept_fan_out(exchange, _CONFIG, _PORTS, _FAN_OUTS, _CLOCK),
        _CONFIG,
        _PORTS.push,
        _CLOCK,
        _LOG,
        _CONFIG.limits.max_body_bytes,
    )
    return ACCEPTED
