"""Sends to connected clients through API Gateway's management API."""

from dataclasses import dataclass

from genai_runtime.aws.clients import client
from genai_runtime.aws.failures import calling


@dataclass(frozen=True)
class SocketPush:
    """The clients of one WebSocket API; `url` is the stage's, wss://…/stage."""

    url: str

    def send(self, connection: str, message: str) -> bool:
        """Send a message; return False when the connection is gone."""
        gateway = client("apigatewaymanagementapi", endpoint_url=f"http{self.url.removeprefix('ws')}")
        with calling("execute-api:ManageConnections"):
            try:
                gateway.post_to_connection(ConnectionId=connection, Data=message.encode())
            except gateway.exceptions.GoneException:
                return False
        return True
