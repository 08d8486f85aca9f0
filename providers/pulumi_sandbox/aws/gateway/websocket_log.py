"""The ``$context`` variables of a WebSocket event, for its access log line.

Source: API Gateway developer guide, "Configure logging for WebSocket APIs".
"""

import json
import time

from pulumi_sandbox.aws.gateway import access_log
from pulumi_sandbox.aws.gateway.request import clock
from pulumi_sandbox.aws.gateway.trail import Trail
from pulumi_sandbox.aws.gateway.websocket_events import CONNECT, MESSAGE, SocketEvent


def write_line(event: SocketEvent, status: int, trail: Trail) -> None:
    """Queue the event's line, where its stage has an access log."""
    if trail.api and trail.stage and trail.stage.access_log:
        access_log.write(trail.api, trail.stage, trail.stage.access_log, values(event, status, trail))


def values(event: SocketEvent, status: int, trail: Trail) -> dict[str, object]:
    """Return the variables by name without ``$context.``."""
    connection, request = event.connection, event.connection.request
    latency_ms = None if trail.integration_ms is None else round(trail.integration_ms)
    refused_entry = event.kind == CONNECT and status in (401, 403)
    known: dict[str, object] = {
        "accountId": trail.api.account if trail.api else None,
        "apiId": connection.api_id,
        "authorizer.error": trail.reason if refused_entry else None,
        "connectedAt": int(connection.connected_at * 1000),
        "connectionId": connection.id,
        "domainName": request.header("host"),
        "error.message": trail.error,
        "error.messageString": json.dumps(trail.error) if trail.error else None,
        "eventType": event.kind,
        "extendedRequestId": event.request_id,
        "identity.sourceIp": request.source_ip,
        "identity.userAgent": request.user_agent,
        "integration.error": trail.reason if trail.integration_started else None,
        "integration.latency": latency_ms,
        "integration.status": trail.integration_status,
        "integrationErrorMessage": trail.reason if trail.integration_started else None,
        "integrationLatency": latency_ms,
        "integrationStatus": 200 if trail.integration_status else None,
        "messageId": event.message_id if event.kind == MESSAGE else None,
        "requestId": event.request_id,
        "requestTime": clock(event.time),
        "requestTimeEpoch": int(event.time * 1000),
        "responseLatency": round((time.monotonic() - trail.started) * 1000),
        "routeKey": trail.match.route.key if trail.match else None,
        "stage": connection.stage,
        "status": status,
    }
    if connection.authorization:
        prefix = "identity" if connection.authorization.kind == "iam" else "authorizer"
        known |= {f"{prefix}.{name}": value for name, value in connection.authorization.value.items()}
    return known
