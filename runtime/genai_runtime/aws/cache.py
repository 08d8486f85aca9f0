"""Cached answers in a DynamoDB table: hash key `pk`, time to live `expires_at` in seconds since the epoch."""

from dataclasses import dataclass
from typing import Final

from genai_runtime.aws.clients import client
from genai_runtime.aws.failures import calling

PREFIX: Final = "cache#"
"""What the hash keys of answers begin with; the tenant follows, and the key after another `#`."""


@dataclass(frozen=True)
class DynamoCache:
    """Keeps answers under their tenant. DynamoDB deletes expired items late, so the expiry is read as well."""

    table: str

    def get(self, tenant: str, key: str, now: float) -> str | None:
        """Return what is kept, or None; `now` is in seconds since the epoch."""
        with calling("dynamodb:GetItem"):
            found = client("dynamodb").get_item(TableName=self.table, Key={"pk": {"S": _pk(tenant, key)}})
        item = found.get("Item", {})
        if item.get("tenant") != {"S": tenant} or float(item["expires_at"]["N"]) <= now:
            return None
        return item["answer"]["S"]

    def put(self, tenant: str, key: str, value: str, expires_at: float) -> None:
        """Keep `value` until `expires_at`, seconds since the epoch."""
        with calling("dynamodb:PutItem"):
            client("dynamodb").put_item(
                TableName=self.table,
                Item={
                    "pk": {"S": _pk(tenant, key)},
                    "tenant": {"S": tenant},
                    "answer": {"S": value},
                    "expires_at": {"N": str(int(expires_at))},
                },
            )


def _pk(tenant: str, key: str) -> str:
    return f"{PREFIX}{tenant}#{key}"
