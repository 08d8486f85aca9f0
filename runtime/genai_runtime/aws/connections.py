"""Entry point of the function that lets clients connect: gives tickets over HTTP, and answers on the WebSocket what is
no pattern's own.

The function's role needs:

- dynamodb:PutItem on the tickets' table; dynamodb:GetItem, Query and UpdateItem on the jobs' table;
- s3:GetObject and s3:PutObject on the payloads, where a job is too large for its item;
- execute-api:ManageConnections on the API's connections;
- kms:Decrypt, and kms:GenerateDataKey for the bucket, on their keys.
"""

import os
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from genai_runtime.aws.clients import client
from genai_runtime.aws.http_event import read_event, write_response
from genai_runtime.aws.jobs import DynamoJobs
from genai_runtime.aws.lambda_context import LambdaContext, seconds_left
from genai_runtime.aws.payloads import Payloads
from genai_runtime.aws.push import SocketPush
from genai_runtime.aws.request_log import EmbeddedMetricLog
from genai_runtime.aws.socket_event import ACCEPTED, read_message
from genai_runtime.aws.tickets import DynamoTickets
from genai_runtime.core.clock import SystemClock
from genai_runtime.core.config import parse_connections_config
from genai_runtime.core.http import HttpResponse
from genai_runtime.core.http_exchange import Exchange, Routes, answer, json_response
from genai_runtime.core.request import Caller
from genai_runtime.core.socket_actions import act
from genai_runtime.core.socket_exchange import handle
from genai_runtime.core.tickets import issue
from genai_runtime.core.worker import JobPorts

_CONFIG: Final = parse_connections_config(os.environ.get("GENAI_CONFIG"))
_TICKETS: Final = DynamoTickets(_CONFIG.tickets_table)
_PORTS: Final = JobPorts(
    DynamoJobs(_CONFIG.jobs.table, Payloads(_CONFIG.jobs.payloads_bucket)), SocketPush(_CONFIG.websocket_url)
)
_CLOCK: Final = SystemClock()
_LOG: Final = EmbeddedMetricLog()
MESSAGE_BYTES: Final = 128 * 1024
"""API Gateway's limit of a message."""
client("dynamodb")


def _give_ticket(_: Exchange, caller: Caller) -> HttpResponse:
    ticket = issue(caller, _TICKETS, _CLOCK.now(), _CONFIG.client_websocket_url)
    return json_response({"object": "websocket.ticket", **asdict(ticket)})


_ROUTES: Final[Routes] = {"/v1/websocket/tickets": {"POST": _give_ticket}}


def handler(event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP request, or one event of a connection."""
    if "connectionId" not in event["requestContext"]:
        deadline = _CLOCK.monotonic() + seconds_left(context)
        return write_response(answer(read_event(event), _ROUTES, _CONFIG, _CLOCK, _LOG, deadline))
    if event["requestContext"]["eventType"] == "MESSAGE":
        message = read_message(event, _CONFIG.tenant_claim)
        handle(message, lambda e: act(e, _PORTS), _CONFIG, _PORTS.push, _CLOCK, _LOG, MESSAGE_BYTES)
    return ACCEPTED
