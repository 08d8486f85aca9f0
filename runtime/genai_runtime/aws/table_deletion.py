"""Deletes items of a DynamoDB table many at once."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from genai_runtime.aws.clients import client
from genai_runtime.aws.failures import calling
from genai_runtime.core.errors import Cause, StepError

_BATCH: Final = 25
"""Most items that BatchWriteItem takes."""
_TRIES: Final = 5


def delete_items(table: str, items: Sequence[Mapping[str, Any]]) -> None:
    """Delete items, of which `pk` and `sk` are the key.

    Raises:
        StepError: not all of them could be deleted.
    """
    for start in range(0, len(items), _BATCH):
        keys = [{name: item[name] for name in ("pk", "sk")} for item in items[start : start + _BATCH]]
        left: dict[str, Any] = {table: [{"DeleteRequest": {"Key": key}} for key in keys]}
        for _ in range(_TRIES):
            with calling("dynamodb:BatchWriteItem"):
                left = client("dynamodb").batch_write_item(RequestItems=left).get("UnprocessedItems", {})
            if not left:
                break
        else:
            raise StepError(Cause.THROTTLED, "dynamodb:BatchWriteItem", "items were left unprocessed")
