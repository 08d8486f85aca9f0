"""A WebSocket client of a deployed stack: gets a ticket with its token, connects, sends actions, collects events."""

import json
import uuid
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from deployment import ACME, Deployment
from websockets.sync.client import ClientConnection, connect

FINAL = ("response.completed", "response.incomplete", "response.failed", "response.cancelled", "error")


class Socket:
    """One connection."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    def send(self, message: Any) -> None:
        """Sends a message as JSON, or text as it is."""
        self.connection.send(message if isinstance(message, str) else json.dumps(message))

    def ask(self, action: str, question: str, request_id: str | None = None, **body: Any) -> str:
        """Sends a question and returns the id of the request."""
        name = request_id or uuid.uuid4().hex
        self.send({"action": action, "request_id": name, "response": {"input": question, **body}})
        return name

    def receive(self, timeout_seconds: float = 20) -> Any:
        """The next event."""
        return json.loads(self.connection.recv(timeout_seconds))

    def until_final(self, timeout_seconds: float = 20) -> list[Any]:
        """All events up to the last one of a response, or an error."""
        events = [self.receive(timeout_seconds)]
        while events[-1]["type"] not in FINAL:
            events.append(self.receive(timeout_seconds))
        return events


@contextmanager
def socket(stack: Deployment, tenant: str = ACME, user: str = "") -> Generator[Socket]:
    """A connection of a user of a tenant."""
    with connect(ticket(stack, tenant, user)["url"], max_size=None) as connection:
        yield Socket(connection)


def ticket(stack: Deployment, tenant: str = ACME, user: str = "") -> Any:
    """A ticket, as the API gives it."""
    with stack.http(tenant, user) as client:
        answer = client.post("/v1/websocket/tickets")
    assert answer.status_code == 200, answer.text
    return answer.json()


def text_of(events: list[Any]) -> str:
    """The text that the pieces among the events add up to."""
    return "".join(event["delta"] for event in events if event["type"] == "response.output_text.delta")


def answer_of(event: Any) -> str:
    """The text in the whole response that the last event brings."""
    return event["response"]["output"][0]["content"][0]["text"]
