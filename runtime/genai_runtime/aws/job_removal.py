"""Takes away what jobs of the table of `genai_runtime.aws.jobs` asked and answered."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from genai_runtime.aws.clients import client
from genai_runtime.aws.failures import calling
from genai_runtime.aws.jobs import item_key
from genai_runtime.aws.payloads import Payloads
from genai_runtime.aws.table_deletion import delete_items
from genai_runtime.core.jobs import JobKey, Status

_TEXTS: Final = ("request", "response", "event")
_EVENT: Final = "event#"


@dataclass(frozen=True)
class DynamoJobRemoval:
    """Deletes the events of a job, and leaves of the job and its parts that they ended."""

    table: str
    payloads: Payloads

    def forget(self, key: JobKey) -> None:
        """Forget all that a final job asked, answered and told."""
        items = list(self._items(key))
        events = [item for item in items if item["sk"]["S"].startswith(_EVENT)]
        for item in items:
            if item not in events:
                self._empty(key, item)
            for name in _TEXTS:
                self.payloads.delete(item.get(name, {}))
        delete_items(self.table, events)

    def _empty(self, key: JobKey, item: Mapping[str, Any]) -> None:
        nothing = self.payloads.pack(key, "nothing", "{}")
        with calling("dynamodb:UpdateItem"):
            client("dynamodb").update_item(
                TableName=self.table,
                Key={name: item[name] for name in ("pk", "sk")},
                # Without a user it is nobody's, and without a fingerprint no request is its repeat.
                UpdateExpression="SET #user = :none, fingerprint = :none, client_request_id = :none,"
                " #request = :nothing, #response = :nothing, #status = :ended REMOVE given_up",
                ExpressionAttributeNames={
                    "#user": "user",
                    "#request": "request",
                    "#response": "response",
                    "#status": "status",
                },
                ExpressionAttributeValues={
                    ":none": {"S": ""},
                    ":nothing": nothing,
                    ":ended": {"S": Status.CANCELLED.value},
                },
            )

    def _items(self, key: JobKey) -> Iterator[Mapping[str, Any]]:
        with calling("dynamodb:Query"):
            pages = (
                client("dynamodb")
                .get_paginator("query")
                .paginate(
                    TableName=self.table,
                    ConsistentRead=True,
                    KeyConditionExpression="pk = :pk",
                    ExpressionAttributeValues={":pk": item_key(key)["pk"]},
                )
            )
            for page in pages:
                yield from page["Items"]
