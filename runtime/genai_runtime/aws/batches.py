"""Batches in the DynamoDB table of jobs, changed by conditional writes: of two workers only one has its way."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from genai_runtime.aws.batch_keys import batch_item, owned
from genai_runtime.aws.clients import client
from genai_runtime.aws.failures import calling
from genai_runtime.aws.payloads import Payloads
from genai_runtime.core.batches import Batch, BatchKey, BatchStatus, LineMistake, Source
from genai_runtime.core.request import Trace

_STATUS: Final = {"#status": "status"}
_OPEN: Final = "#status IN (:validating, :in_progress)"
_OPEN_VALUES: Final = {":validating": {"S": "validating"}, ":in_progress": {"S": "in_progress"}}


@dataclass(frozen=True)
class DynamoBatches:
    """A table, and where what is too large for an item of it goes; everything is kept for `kept_seconds`."""

    table: str
    payloads: Payloads
    kept_seconds: int

    def create(self, batch: Batch) -> Batch:
        """Keep a new batch and return it, or return the one that already has its key."""
        dynamodb = client("dynamodb")
        made = {
            "source": asdict(batch.source),
            "input_file_id": batch.input_file_id,
            "endpoint": batch.endpoint,
            "metadata": dict(batch.metadata),
            "trace": asdict(batch.trace),
            "output_file_id": batch.output_file_id,
            "error_file_id": batch.error_file_id,
            "chunk_lines": batch.chunk_lines,
            "fingerprint": batch.fingerprint,
        }
        item = {
            **batch_item(batch.key),
            "tenant": {"S": batch.key.tenant},
            "made": {"S": json.dumps(made)},
            "status": {"S": batch.status.value},
            "created_at": {"N": str(batch.created_at)},
            "expires_at": {"N": str(batch.created_at + self.kept_seconds)},
        }
        with calling("dynamodb:PutItem"):
            try:
                dynamodb.put_item(TableName=self.table, Item=item, ConditionExpression="attribute_not_exists(pk)")
            except dynamodb.exceptions.ConditionalCheckFailedException:
                pass
            else:
                return batch
        return self.get(batch.key) or batch

    def get(self, key: BatchKey) -> Batch | None:
        """Return a batch as it is now."""
        with calling("dynamodb:GetItem"):
            found = client("dynamodb").get_item(TableName=self.table, Key=batch_item(key), ConsistentRead=True)
        return self._batch(key, found["Item"]) if "Item" in found else None

    def newest(self, tenant: str, user: str, limit: int, after: str | None) -> Sequence[Batch]:
        """Return a user's batches, newest first, those after the one with the id `after`."""
        with calling("dynamodb:Query"):
            found = client("dynamodb").query(
                TableName=self.table,
                ConsistentRead=True,
                KeyConditionExpression="pk = :pk AND sk < :after",
                ExpressionAttributeValues={
                    ":pk": owned("batches", tenant, user),
                    # Every id is less than the prefix with the next character.
                    ":after": {"S": after or "batch`"},
                },
                ScanIndexForward=False,
                Limit=limit,
            )
        return [self._batch(BatchKey(tenant, user, item["sk"]["S"]), item) for item in found["Items"]]

    def begin(self, key: BatchKey, endpoint: str, lines: int, chunks: int, now: int) -> None:
        """Have the batch in progress, unless it is past its validation."""
        self._move(
            key,
            "SET #status = :to, endpoint = :endpoint, #lines = :lines, chunks = :chunks, at_in_progress = :now",
            "#status = :from",
            {
                ":to": {"S": "in_progress"},
                ":from": {"S": "validating"},
                ":endpoint": {"S": endpoint},
                ":lines": {"N": str(lines)},
                ":chunks": {"N": str(chunks)},
                ":now": {"N": str(now)},
            },
            {"#lines": "lines"},
        )

    def reject(self, key: BatchKey, errors: Sequence[LineMistake], now: int) -> None:
        """Fail the batch for mistakes in its input, unless it is past its validation."""
        self._move(
            key,
            "SET #status = :to, errors = :errors, at_failed = :now",
            "#status = :from",
            {
                ":to": {"S": "failed"},
                ":from": {"S": "validating"},
                ":errors": self.payloads.pack(key, "errors", json.dumps([asdict(each) for each in errors])),
                ":now": {"N": str(now)},
            },
        )

    def finish_chunk(self, key: BatchKey, number: int, completed: int, failed: int) -> Batch | None:
        """Count a chunk, once, and return the batch; None when the batch is gone."""
        self._move(
            key,
            "ADD done :chunk, completed :completed, failed :failed",
            "attribute_exists(pk) AND attribute_not_exists(outcome) AND NOT contains(done, :number)",
            {
                ":chunk": {"NS": [str(number)]},
                ":number": {"N": str(number)},
                ":completed": {"N": str(completed)},
                ":failed": {"N": str(failed)},
            },
            {},
        )
        return self.get(key)

    def cancel(self, key: BatchKey, now: int) -> bool:
        """Have no more lines begun, if the batch is validated or in progress."""
        return self._move(
            key,
            "SET #status = :to, at_cancelling = :now",
            f"{_OPEN} AND attribute_not_exists(outcome)",
            {":to": {"S": "cancelling"}, ":now": {"N": str(now)}, **_OPEN_VALUES},
        )

    def close(self, key: BatchKey, outcome: BatchStatus, now: int) -> None:
        """Decide how the batch ends, unless that is decided."""
        change, moved = "SET outcome = :outcome, at_finalizing = :now", {}
        if outcome is not BatchStatus.CANCELLED:
            change, moved = f"{change}, #status = :finalizing", {":finalizing": {"S": "finalizing"}}
        allowed = f"({_OPEN} OR #status = :cancelling) AND attribute_not_exists(outcome)"
        values = {
            ":outcome": {"S": outcome.value},
            ":now": {"N": str(now)},
            ":cancelling": {"S": "cancelling"},
            **_OPEN_VALUES,
            **moved,
        }
        self._move(key, change, allowed, values)

    def end(
        self, key: BatchKey, status: BatchStatus, now: int, counts: tuple[int, int], files: tuple[bool, bool]
    ) -> bool:
        """End the batch with the counts of completed and failed lines, and whether it has an output and an error file;
        return False when it has ended."""
        return self._move(
            key,
            f"SET #status = :to, at_{status.value} = :now, completed = :completed, failed = :failed,"
            " has_output = :output, has_errors = :errors",
            "#status IN (:finalizing, :cancelling)",
            {
                ":to": {"S": status.value},
                ":now": {"N": str(now)},
                ":completed": {"N": str(counts[0])},
                ":failed": {"N": str(counts[1])},
                ":output": {"BOOL": files[0]},
                ":errors": {"BOOL": files[1]},
                ":finalizing": {"S": "finalizing"},
                ":cancelling": {"S": "cancelling"},
            },
        )

    def _move(
        self,
        key: BatchKey,
        change: str,
        condition: str,
        values: Mapping[str, Any],
        names: Mapping[str, str] | None = None,
    ) -> bool:
        dynamodb = client("dynamodb")
        named = {**(_STATUS if "#status" in change + condition else {}), **(names or {})}
        with calling("dynamodb:UpdateItem"):
            try:
                dynamodb.update_item(
                    TableName=self.table,
                    Key=batch_item(key),
                    UpdateExpression=change,
                    ConditionExpression=condition,
                    ExpressionAttributeValues=values,
                    **({"ExpressionAttributeNames": named} if named else {}),
                )
            except dynamodb.exceptions.ConditionalCheckFailedException:
                return False
        return True

    def _batch(self, key: BatchKey, item: Mapping[str, Any]) -> Batch:
        made = json.loads(item["made"]["S"])
        errors = json.loads(self.payloads.unpack(item["errors"])) if "errors" in item else []
        times = {name.removeprefix("at_"): int(item[name]["N"]) for name in item if name.startswith("at_")}
        return Batch(
            key=key,
            source=Source(**made["source"]),
            input_file_id=made["input_file_id"],
            endpoint=item["endpoint"]["S"] if "endpoint" in item else made["endpoint"],
            metadata=made["metadata"],
            trace=Trace(**made["trace"]),
            created_at=int(item["created_at"]["N"]),
            output_file_id=made["output_file_id"],
            error_file_id=made["error_file_id"],
            chunk_lines=made["chunk_lines"],
            fingerprint=made["fingerprint"],
            status=BatchStatus(item["status"]["S"]),
            lines=_number(item, "lines"),
            chunks=_number(item, "chunks"),
            done=frozenset(int(number) for number in item.get("done", {}).get("NS", ())),
            completed=_number(item, "completed"),
            failed=_number(item, "failed"),
            times=times,
            errors=tuple(LineMistake(**each) for each in errors),
            outcome=BatchStatus(item["outcome"]["S"]) if "outcome" in item else None,
            has_output=item.get("has_output", {}).get("BOOL", False),
            has_errors=item.get("has_errors", {}).get("BOOL", False),
        )


def _number(item: Mapping[str, Any], name: str) -> int:
    return int(item[name]["N"]) if name in item else 0
