"""What is known of files, in the DynamoDB table of jobs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from genai_runtime.aws.batch_keys import owned
from genai_runtime.aws.clients import client
from genai_runtime.aws.failures import calling
from genai_runtime.core.batches import Source
from genai_runtime.core.files import File, FileKey


@dataclass(frozen=True)
class DynamoFiles:
    """A table. DynamoDB may be days late with what has expired, so readers look at the time too."""

    table: str

    def create(self, file: File) -> None:
        """Keep a file, in place of one with the same key."""
        item = {
            **_key(file.key),
            "tenant": {"S": file.key.tenant},
            "filename": {"S": file.filename},
            "purpose": {"S": file.purpose},
            "size_bytes": {"N": str(file.size_bytes)},
            "created_at": {"N": str(file.created_at)},
            "expires_at": {"N": str(file.expires_at)},
            "object": {"S": file.source.object},
            "version": {"S": file.source.version},
        }
        with calling("dynamodb:PutItem"):
            client("dynamodb").put_item(TableName=self.table, Item=item)

    def get(self, key: FileKey, now: float) -> File | None:
        """Return a file that has not expired."""
        with calling("dynamodb:GetItem"):
            found = client("dynamodb").get_item(TableName=self.table, Key=_key(key), ConsistentRead=True)
        file = _file(key, found["Item"]) if "Item" in found else None
        return file if file and file.expires_at > now else None

    def listed(self, tenant: str, user: str, now: float) -> Sequence[File]:
        """Return a user's files, oldest first."""
        with calling("dynamodb:Query"):
            pages = (
                client("dynamodb")
                .get_paginator("query")
                .paginate(
                    TableName=self.table,
                    ConsistentRead=True,
                    KeyConditionExpression="pk = :pk",
                    ExpressionAttributeValues={":pk": owned("files", tenant, user)},
                )
            )
            items = [item for page in pages for item in page["Items"]]
        files = [_file(FileKey(tenant, user, item["sk"]["S"]), item) for item in items]
        return [file for file in files if file.expires_at > now]

    def delete(self, key: FileKey) -> None:
        """Forget a file."""
        with calling("dynamodb:DeleteItem"):
            client("dynamodb").delete_item(TableName=self.table, Key=_key(key))


def _key(key: FileKey) -> dict[str, Any]:
    return {"pk": owned("files", key.tenant, key.user), "sk": {"S": key.id}}


def _file(key: FileKey, item: Mapping[str, Any]) -> File:
    return File(
        key=key,
        filename=item["filename"]["S"],
        purpose=item["purpose"]["S"],
        size_bytes=int(item["size_bytes"]["N"]),
        created_at=int(item["created_at"]["N"]),
        expires_at=int(item["expires_at"]["N"]),
        source=Source(item["object"]["S"], item["version"]["S"]),
    )
