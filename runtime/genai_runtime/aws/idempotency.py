"""Requests by their idempotency key, in the same DynamoDB table as the cache."""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from genai_runtime.aws.clients import client
from genai_runtime.aws.failures import calling
from genai_runtime.core.ports import IdempotencyKey, IdempotencyRecord

_MINE: Final[dict[str, Any]] = {
    "ConditionExpression": "#owner = :owner",
    "ExpressionAttributeNames": {"#owner": "owner"},
}


@dataclass(frozen=True)
class DynamoIdempotency:
    """Claims keys by conditional writes, so that of two equal requests at once only one is carried out."""

    table: str

    def begin(
        self, key: IdempotencyKey, fingerprint: str, owner: str, now: float, expires_at: float
    ) -> IdempotencyRecord | None:
        """Claim the key for the request `owner` until `expires_at`, or return the claim in force."""
        dynamodb = client("dynamodb")
        with calling("dynamodb:PutItem"):
            try:
                dynamodb.put_item(
                    TableName=self.table,
                    Item=_item(key, fingerprint, owner, expires_at),
                    ConditionExpression="attribute_not_exists(pk) OR expires_at <= :now",
                    ExpressionAttributeValues={":now": {"N": str(int(now))}},
                )
            except dynamodb.exceptions.ConditionalCheckFailedException:
                pass
            else:
                return None
        with calling("dynamodb:GetItem"):
            found = dynamodb.get_item(TableName=self.table, Key={"pk": {"S": _pk(key)}}, ConsistentRead=True)
        # The claim may have been given up in between; then the client does well to send the request again.
        item = found.get("Item", {"fingerprint": {"S": fingerprint}})
        return IdempotencyRecord(item["fingerprint"]["S"], item.get("response", {}).get("S"))

    def finish(self, key: IdempotencyKey, fingerprint: str, owner: str, response: str, expires_at: float) -> None:
        """Keep the response until `expires_at`, if `owner` still holds the claim."""
        dynamodb = client("dynamodb")
        with calling("dynamodb:PutItem"):
            try:
                dynamodb.put_item(
                    TableName=self.table,
                    Item={**_item(key, fingerprint, owner, expires_at), "response": {"S": response}},
                    ExpressionAttributeValues={":owner": {"S": owner}},
                    **_MINE,
                )
            except dynamodb.exceptions.ConditionalCheckFailedException:
                return

    def release(self, key: IdempotencyKey, owner: str) -> None:
        """Give the claim up, if `owner` still holds it, so that the request can be sent again."""
        dynamodb = client("dynamodb")
        with calling("dynamodb:DeleteItem"):
            try:
                dynamodb.delete_item(
                    TableName=self.table,
                    Key={"pk": {"S": _pk(key)}},
                    ExpressionAttributeValues={":owner": {"S": owner}},
                    **_MINE,
                )
            except dynamodb.exceptions.ConditionalCheckFailedException:
                return


def _item(key: IdempotencyKey, fingerprint: str, owner: str, expires_at: float) -> dict[str, Any]:
    return {
        "pk": {"S": _pk(key)},
        "tenant": {"S": key.tenant},
        "fingerprint": {"S": fingerprint},
        "owner": {"S": owner},
        "expires_at": {"N": str(int(expires_at))},
    }


def _pk(key: IdempotencyKey) -> str:
    # Identity providers choose the user's id; quoted, it cannot hold the separator.
    return f"idem#{key.tenant}#{quote(key.user, safe='')}#{key.key}"
