"""Keeps answers and conversations in a DynamoDB table; `conversation_items` says how they lie there."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from genai_runtime.aws.clients import client
from genai_runtime.aws.conversation_items import (
    TURN,
    conversation_key,
    dump_conversation,
    dump_response,
    dump_turn,
    load_conversation,
    load_response,
    load_turn,
    response_key,
    turn_key,
)
from genai_runtime.aws.failures import calling
from genai_runtime.aws.payloads import Payloads
from genai_runtime.aws.table_deletion import delete_items
from genai_runtime.core.conversations.store import Conversation, StoredResponse, Turn
from genai_runtime.core.errors import Cause, StepError

_CONTEXT: Final = {
    "ProjectionExpression": "#id, #user, #context, expires_at",
    "ExpressionAttributeNames": {"#id": "id", "#user": "user", "#context": "context"},
}
_BATCH: Final = 100
"""Most items that BatchGetItem takes."""
_TRIES: Final = 5
_LOWEST, _HIGHEST = "0", "~"
"""Before and after every id."""


@dataclass(frozen=True)
class DynamoConversations:
    """Answers and conversations. DynamoDB deletes expired items late, so the expiry is read as well."""

    table: str
    payloads: Payloads

    def put_response(self, tenant: str, stored: StoredResponse) -> None:
        """Keep an answer, and in one step with it its turn, where it stands in a conversation and was not blocked."""
        item = dump_response(tenant, stored, self.payloads)
        if stored.blocked or not stored.conversation:
            self._put(item)
            return
        turn = Turn(stored.turn, stored.context)
        self._put_all(item, dump_turn(tenant, stored.conversation, turn, stored.expires_at, self.payloads))

    def user_of_response(self, tenant: str, response_id: str, now: float) -> str | None:
        """Return whose an answer is, or None when there is none."""
        item = self._get(response_key(tenant, response_id), now, **_CONTEXT)
        return item["user"]["S"] if item else None

    def response(self, tenant: str, response_id: str, now: float) -> StoredResponse | None:
        """Return an answer."""
        item = self._get(response_key(tenant, response_id), now)
        return load_response(item, self.payloads) if item else None

    def contexts(self, tenant: str, response_ids: Sequence[str], now: float) -> Sequence[StoredResponse]:
        """Return those of the answers that are there, in the order of `response_ids`, without their `response`."""
        found: dict[str, StoredResponse] = {}
        for start in range(0, len(response_ids), _BATCH):
            keys = [response_key(tenant, response_id) for response_id in response_ids[start : start + _BATCH]]
            for item in self._batch(keys):
                if int(item["expires_at"]["N"]) > now:
                    found[item["id"]["S"]] = load_response(item, self.payloads)
        return [found[response_id] for response_id in response_ids if response_id in found]

    def delete_response(self, tenant: str, response_id: str) -> None:
        """Delete an answer; it stays in its conversation."""
        with calling("dynamodb:DeleteItem"):
            gone = client("dynamodb").delete_item(
                TableName=self.table, Key=response_key(tenant, response_id), ReturnValues="ALL_OLD"
            )
        for name in ("context", "response"):
            self.payloads.delete(gone.get("Attributes", {}).get(name, {}))

    def put_conversation(self, tenant: str, conversation: Conversation) -> None:
        """Keep a new conversation."""
        self._put(dump_conversation(tenant, conversation))

    def conversation(self, tenant: str, conversation_id: str, now: float) -> Conversation | None:
        """Return a conversation."""
        item = self._get(conversation_key(tenant, conversation_id), now)
        return load_conversation(item) if item else None

    def prolong(self, tenant: str, conversation_id: str, expires_at: int) -> bool:
        """Keep a conversation until `expires_at`; return False when it is not there any longer."""
        return self._change(tenant, conversation_id, "expires_at", {"N": str(expires_at)})

    def describe(self, tenant: str, conversation_id: str, metadata: Mapping[str, str]) -> bool:
        """Change the metadata; return False when the conversation is not there any longer."""
        text = json.dumps(dict(metadata), ensure_ascii=False)
        return self._change(tenant, conversation_id, "metadata", {"S": text})

    def delete_conversation(self, tenant: str, conversation_id: str) -> None:
        """Delete a conversation and its turns; the answers in it stay. The conversation goes first, so that what is
        left of it, if this is interrupted, is nobody's and expires."""
        with calling("dynamodb:DeleteItem"):
            client("dynamodb").delete_item(TableName=self.table, Key=conversation_key(tenant, conversation_id))
        for page in self._pages(tenant, conversation_id, forward=True, bound=""):
            delete_items(self.table, page)
            for item in page:
                self.payloads.delete(item["items"])

    def put_turn(self, tenant: str, conversation_id: str, turn: Turn, expires_at: int) -> None:
        """Add a turn to a conversation, or change it."""
        self._put(dump_turn(tenant, conversation_id, turn, expires_at, self.payloads))

    def turn(self, tenant: str, conversation_id: str, turn_id: str, now: float) -> Turn | None:
        """Return a turn."""
        item = self._get(turn_key(tenant, conversation_id, turn_id), now)
        return load_turn(item, self.payloads) if item else None

    def turns(
        self, tenant: str, conversation_id: str, now: float, *, newest_first: bool, bound: str = ""
    ) -> Iterator[Turn]:
        """Yield the turns in their order, from the one with the id `bound` on when it is given."""
        for page in self._pages(tenant, conversation_id, forward=not newest_first, bound=bound):
            for item in page:
                if int(item["expires_at"]["N"]) > now:
                    yield load_turn(item, self.payloads)

    def remove_item(self, tenant: str, conversation_id: str, turn_id: str, item_id: str, now: float) -> bool:
        """Take an item out of a turn, whoever takes another one out at the same time; return False when it is not
        there."""
        key = turn_key(tenant, conversation_id, turn_id)
        for _ in range(_TRIES):
            item = self._get(key, now)
            turn = load_turn(item, self.payloads) if item else Turn("", ())
            if item is None or item_id not in {each["id"] for each in turn.items}:
                return False
            left = replace(turn, items=tuple(each for each in turn.items if each["id"] != item_id))
            if self._replaced(tenant, conversation_id, item, left):
                return True
        raise StepError(Cause.UNAVAILABLE, "dynamodb:PutItem", "the turn changed again and again")

    def _replaced(self, tenant: str, conversation_id: str, item: Mapping[str, Any], turn: Turn) -> bool:
        """Put the turn in place of the item, unless that has changed meanwhile."""
        same = {
            "ConditionExpression": "#items = :items",
            "ExpressionAttributeNames": {"#items": "items"},
            "ExpressionAttributeValues": {":items": item["items"]},
        }
        expires_at = int(item["expires_at"]["N"])
        dynamodb = client("dynamodb")
        with calling("dynamodb:PutItem"):
            try:
                if turn.items:
                    new = dump_turn(tenant, conversation_id, turn, expires_at, self.payloads)
                    dynamodb.put_item(TableName=self.table, Item=new, **same)
                else:
                    key = {name: item[name] for name in ("pk", "sk")}
                    dynamodb.delete_item(TableName=self.table, Key=key, **same)
                    self.payloads.delete(item["items"])
            except dynamodb.exceptions.ConditionalCheckFailedException:
                return False
        return True

    def _get(self, key: Mapping[str, Any], now: float, **more: Any) -> Mapping[str, Any] | None:
        with calling("dynamodb:GetItem"):
            found = client("dynamodb").get_item(TableName=self.table, Key=key, ConsistentRead=True, **more)
        item = found.get("Item")
        return item if item and int(item["expires_at"]["N"]) > now else None

    def _put(self, item: Mapping[str, Any]) -> None:
        with calling("dynamodb:PutItem"):
            client("dynamodb").put_item(TableName=self.table, Item=item)

    def _put_all(self, *items: Mapping[str, Any]) -> None:
        puts = [{"Put": {"TableName": self.table, "Item": item}} for item in items]
        dynamodb = client("dynamodb")
        with calling("dynamodb:PutItem"):
            try:
                dynamodb.transact_write_items(TransactItems=puts)
            except dynamodb.exceptions.TransactionCanceledException as error:
                # Nothing is conditional here, so it was a conflict or a throttle.
                why = ", ".join(reason.get("Code", "") for reason in error.response.get("CancellationReasons", []))
                raise StepError(Cause.UNAVAILABLE, "dynamodb:PutItem", why) from error

    def _batch(self, keys: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
        wanted: dict[str, Any] = {self.table: {"Keys": keys, "ConsistentRead": True, **_CONTEXT}} if keys else {}
        for _ in range(_TRIES):
            if not wanted:
                return
            with calling("dynamodb:BatchGetItem"):
                found = client("dynamodb").batch_get_item(RequestItems=wanted)
            yield from found["Responses"].get(self.table, [])
            wanted = found.get("UnprocessedKeys", {})
        if wanted:
            raise StepError(Cause.THROTTLED, "dynamodb:BatchGetItem", "keys were left unprocessed")

    def _pages(
        self, tenant: str, conversation_id: str, *, forward: bool, bound: str
    ) -> Iterator[Sequence[Mapping[str, Any]]]:
        low, high = (bound or _LOWEST, _HIGHEST) if forward else (_LOWEST, bound or _HIGHEST)
        with calling("dynamodb:Query"):
            yield from (
                page["Items"]
                for page in client("dynamodb")
                .get_paginator("query")
                .paginate(
                    TableName=self.table,
                    ConsistentRead=True,
                    ScanIndexForward=forward,
                    KeyConditionExpression="pk = :pk AND sk BETWEEN :low AND :high",
                    ExpressionAttributeValues={
                        ":pk": conversation_key(tenant, conversation_id)["pk"],
                        ":low": {"S": f"{TURN}{low}"},
                        ":high": {"S": f"{TURN}{high}"},
                    },
                )
            )

    def _change(self, tenant: str, conversation_id: str, name: str, value: Mapping[str, Any]) -> bool:
        dynamodb = client("dynamodb")
        with calling("dynamodb:UpdateItem"):
            try:
                dynamodb.update_item(
                    TableName=self.table,
                    Key=conversation_key(tenant, conversation_id),
                    UpdateExpression="SET #name = :value",
                    ConditionExpression="attribute_exists(pk)",
                    ExpressionAttributeNames={"#name": name},
                    ExpressionAttributeValues={":value": value},
                )
            except dynamodb.exceptions.ConditionalCheckFailedException:
                return False
        return True
