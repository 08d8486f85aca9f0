"""Entry point of the authorizer of WebSocket connections: redeems the ticket that the client connects with, unless the
client came straight to an API that is closed to that.

The function's role needs dynamodb:DeleteItem on the tickets' table, and kms:Decrypt on its key.
"""

import os
from collections.abc import Mapping
from typing import Any, Final

from genai_runtime.aws.clients import client
from genai_runtime.aws.socket_event import authorization
from genai_runtime.aws.tickets import DynamoTickets
from genai_runtime.core.clock import SystemClock
from genai_runtime.core.config import parse_connections_config
from genai_runtime.core.entrance import came_through
from genai_runtime.core.tickets import redeem

_CONFIG: Final = parse_connections_config(os.environ.get("GENAI_CONFIG"))
_TICKETS: Final = DynamoTickets(_CONFIG.tickets_table)
_CLOCK: Final = SystemClock()
client("dynamodb")


def handler(event: Mapping[str, Any], _: object) -> dict[str, Any]:
    """Decide on one connection."""
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    if not came_through(headers, _CONFIG):
        # The ticket stays good for a client that then comes the right way.
        return authorization(event["methodArn"], None)
    ticket = (event.get("queryStringParameters") or {}).get("ticket", "")
    return authorization(event["methodArn"], redeem(ticket, _TICKETS, _CLOCK.now()))
