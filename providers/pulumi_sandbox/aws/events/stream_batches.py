"""Batches of DynamoDB stream records: the event that a function gets, and what is told when it is given up."""

import json
import time
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from pulumi_sandbox.aws.events.mappings import SourceMapping
from pulumi_sandbox.aws.functions.instance import Invocation
from pulumi_sandbox.aws.functions.platform_lines import iso_time


def record(item: Any, mapping: SourceMapping) -> dict[str, Any]:
    """Return one record of the event, from moto's stream record."""
    described: dict[str, Any] = item.to_json()
    return {
        **described,
        "awsRegion": mapping.region,
        "dynamodb": {**described["dynamodb"], "ApproximateCreationDateTime": int(created(described))},
        "eventSourceARN": mapping.source_arn,
    }


def created(described: dict[str, Any]) -> float:
    """Return when a record was written, in epoch seconds."""
    moment = described["dynamodb"]["ApproximateCreationDateTime"]
    return moment.replace(tzinfo=UTC).timestamp() if isinstance(moment, datetime) else float(moment)


def sequence(described: dict[str, Any]) -> int:
    """Return a record's sequence number."""
    return int(described["dynamodb"]["SequenceNumber"])


def first_failure(result: Invocation, records: Sequence[dict[str, Any]], reports_failures: bool) -> int | None:
    """Return the index of the first record that has to be tried again; None when all are done.

    A stream goes on from there, so what comes after it is tried again as well.
    """
    from pulumi_sandbox.aws.events.queue_batches import unprocessed

    identifiers = [item["dynamodb"]["SequenceNumber"] for item in records]
    again = unprocessed(result, identifiers, reports_failures)
    return min((identifiers.index(name) for name in again), default=None)


def failure_record(
    mapping: SourceMapping, records: Sequence[dict[str, Any]], result: Invocation | None, attempts: int, condition: str
) -> str:
    """Return what the on-failure destination gets: where the records are, not the records themselves."""
    described: dict[str, Any] = {
        "requestContext": {
            "requestId": result.request_id if result else str(uuid.uuid4()),
            "functionArn": mapping.function_arn,
            "condition": condition,
            "approximateInvokeCount": attempts,
        },
        "version": "1.0",
        "timestamp": iso_time(time.time()),
        "DDBStreamBatchInfo": {
            "shardId": "shardId-00000001541626099285-f35f62ef",
            "startSequenceNumber": records[0]["dynamodb"]["SequenceNumber"],
            "endSequenceNumber": records[-1]["dynamodb"]["SequenceNumber"],
            "approximateArrivalOfFirstRecord": iso_time(created(records[0])),
            "approximateArrivalOfLastRecord": iso_time(created(records[-1])),
            "batchSize": len(records),
            "streamArn": mapping.source_arn,
        },
    }
    if result is not None:
        described["responseContext"] = {
            "statusCode": 200,
            "executedVersion": result.executed_version,
            "functionError": result.function_error or "Unhandled",
        }
    return json.dumps(described)
