"""What a part's lines were answered with, in the DynamoDB table of jobs, until its results are written."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from genai_runtime.aws.batch_keys import lines_of
from genai_runtime.aws.clients import client
from genai_runtime.aws.failures import calling
from genai_runtime.aws.payloads import Payloads
from genai_runtime.core.batches import WINDOW_SECONDS, BatchKey
from genai_runtime.core.ports import Clock

_LEASE: Final = {"S": "lease"}
_KEPT_SECONDS: Final = 2 * WINDOW_SECONDS
"""Until no batch can ask for them any more."""


@dataclass(frozen=True)
class DynamoLines:
    """A table, and where what is too large for an item of it goes."""

    table: str
    payloads: Payloads
    clock: Clock

    def claim(self, key: BatchKey, chunk: int, owner: str, now: float, until: float) -> bool:
        """Have `owner` work on the chunk until then, unless another one does."""
        return self._lease(
            key,
            chunk,
            "SET #owner = :owner, lease_until = :until, expires_at = :expires",
            "attribute_not_exists(pk) OR #owner = :owner OR lease_until < :now",
            {
                ":owner": {"S": owner},
                ":until": {"N": str(until)},
                ":now": {"N": str(now)},
                ":expires": {"N": str(int(now) + _KEPT_SECONDS)},
            },
        )

    def release(self, key: BatchKey, chunk: int, owner: str) -> None:
        """Let somebody else go on with the chunk."""
        values = {":owner": {"S": owner}, ":over": {"N": "0"}}
        self._lease(key, chunk, "SET lease_until = :over", "#owner = :owner", values)

    def keep(self, key: BatchKey, chunk: int, line: int, result: str) -> None:
        """Keep the result of a line."""
        item = {
            "pk": lines_of(key, chunk),
            "sk": {"S": f"line#{line:09}"},
            "tenant": {"S": key.tenant},
            "result": self.payloads.pack(key, f"lines/{line:09}", result),
            "expires_at": {"N": str(int(self.clock.now()) + _KEPT_SECONDS)},
        }
        with calling("dynamodb:PutItem"):
            client("dynamodb").put_item(TableName=self.table, Item=item)

    def kept(self, key: BatchKey, chunk: int) -> Mapping[int, str]:
        """Return the results that are kept, by the lines' numbers."""
        with calling("dynamodb:Query"):
            pages = (
                client("dynamodb")
                .get_paginator("query")
                .paginate(
                    TableName=self.table,
                    ConsistentRead=True,
                    KeyConditionExpression="pk = :pk AND begins_with(sk, :line)",
                    ExpressionAttributeValues={":pk": lines_of(key, chunk), ":line": {"S": "line#"}},
                )
            )
            items = [item for page in pages for item in page["Items"]]
        return {int(item["sk"]["S"].rpartition("#")[2]): self.payloads.unpack(item["result"]) for item in items}

    def _lease(self, key: BatchKey, chunk: int, change: str, condition: str, values: Mapping[str, Any]) -> bool:
        dynamodb = client("dynamodb")
        with calling("dynamodb:UpdateItem"):
            try:
                dynamodb.update_item(
                    TableName=self.table,
                    Key={"pk": lines_of(key, chunk), "sk": _LEASE},
                    UpdateExpression=change,
                    ConditionExpression=condition,
                    ExpressionAttributeNames={"#owner": "owner"},
                    ExpressionAttributeValues=values,
                )
            except dynamodb.exceptions.ConditionalCheckFailedException:
                return False
        return True
