"""Tickets of WebSocket clients, in the same DynamoDB table as the cache."""

from dataclasses import dataclass

from genai_runtime.aws.clients import client
from genai_runtime.aws.failures import calling
from genai_runtime.core.request import Caller


@dataclass(frozen=True)
class DynamoTickets:
    """Keeps the hash of a ticket; taking it deletes it, so that it is good once."""

    table: str

    def put(self, digest: str, caller: Caller, expires_at: float) -> None:
        """Keep a ticket."""
        item = {
            "pk": {"S": _pk(digest)},
            "tenant": {"S": caller.tenant},
            "user": {"S": caller.user},
            "expires_at": {"N": str(int(expires_at))},
        }
        with calling("dynamodb:PutItem"):
            client("dynamodb").put_item(TableName=self.table, Item=item)

    def take(self, digest: str, now: float) -> Caller | None:
        """Return whose the ticket is and forget it; None when there is none that is still good."""
        with calling("dynamodb:DeleteItem"):
            found = client("dynamodb").delete_item(
                TableName=self.table, Key={"pk": {"S": _pk(digest)}}, ReturnValues="ALL_OLD"
            )
        item = found.get("Attributes")
        if item is None or float(item["expires_at"]["N"]) <= now:
            return None
        return Caller(item["tenant"]["S"], item["user"]["S"])


def _pk(digest: str) -> str:
    return f"ticket#{digest}"
