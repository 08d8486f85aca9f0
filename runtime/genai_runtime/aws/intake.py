"""Entry point of the function that takes requests from WebSocket clients and hands them to the worker.

The function's role needs:

- dynamodb:PutItem, GetItem, Query and UpdateItem on the jobs' table; s3:PutObject and GetObject on the payloads;
- dynamodb:GetItem on the table of conversations, where there is one;
- lambda:InvokeFunction on the worker, or sqs:SendMessage on its queue;
- execute-api:ManageConnections on the API's connections;
- kms:Decrypt, and kms:GenerateDataKey for the bucket, on their keys.
"""

import os
from collections.abc import Mapping
from typing import Any, Final

from genai_runtime.aws.clients import client
from genai_runtime.aws.job_ports import aws_dispatcher, aws_job_ports
from genai_runtime.aws.ports import aws_conversations
from genai_runtime.aws.request_log import EmbeddedMetricLog
from genai_runtime.aws.socket_event import ACCEPTED, read_message
from genai_runtime.core.clock import SystemClock
from genai_runtime.core.config import parse_config
from genai_runtime.core.intake import accept
from genai_runtime.core.socket_exchange import handle

_CONFIG: Final = parse_config(os.environ.get("GENAI_CONFIG"))
_PORTS: Final = aws_job_ports(_CONFIG)
_DISPATCHER: Final = aws_dispatcher(_CONFIG)
_STORED: Final = aws_conversations(_CONFIG)
_CLOCK: Final = SystemClock()
_LOG: Final = EmbeddedMetricLog()
client("dynamodb")


def handler(event: Mapping[str, Any], _: object) -> dict[str, Any]:
    """Take one message."""
    handle(
        read_message(event, _CONFIG.tenant_claim),
        lambda exchange: accept(exchange, _CONFIG, _PORTS, _DISPATCHER, _CLOCK, _STORED),
        _CONFIG,
        _PORTS.push,
        _CLOCK,
        _LOG,
        _CONFIG.limits.max_body_bytes,
    )
    return ACCEPTED
