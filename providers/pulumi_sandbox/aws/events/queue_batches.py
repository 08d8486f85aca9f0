"""Batches of SQS messages: the event that a function gets, and which messages its answer leaves unprocessed."""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

from pulumi_sandbox.aws.events.filters import matches, with_parsed_body
from pulumi_sandbox.aws.events.mappings import SourceMapping
from pulumi_sandbox.aws.functions.instance import Invocation

MAX_PAYLOAD_BYTES = 6_000_000
"""Of one invocation; a batch that is larger is divided (Lambda developer guide, "Batching behavior")."""


def record(message: Any, mapping: SourceMapping) -> dict[str, Any]:
    """Return one record of the event, from moto's message."""
    attributes: dict[str, Any] = {
        "ApproximateReceiveCount": str(message.approximate_receive_count),
        "SentTimestamp": str(message.sent_timestamp),
        "SenderId": message.sender_id,
        "ApproximateFirstReceiveTimestamp": str(message.approximate_first_receive_timestamp),
        "MessageDeduplicationId": message.deduplication_id,
        "MessageGroupId": message.group_id,
        "SequenceNumber": message.sequence_number,
        "AWSTraceHeader": (message.system_attributes.get("AWSTraceHeader") or {}).get("StringValue"),
        "DeadLetterQueueSourceArn": getattr(message, "moved_from", None),
    }
    described: dict[str, Any] = {
        "messageId": message.id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": {name: value for name, value in attributes.items() if value is not None},
        "messageAttributes": {name: _attribute(value) for name, value in message.message_attributes.items()},
        "md5OfBody": message.body_md5,
        "eventSource": "aws:sqs",
        "eventSourceARN": mapping.source_arn,
        "awsRegion": mapping.region,
    }
    if message.message_attributes:
        described["md5OfMessageAttributes"] = message.attribute_md5
    return described


def _attribute(value: Mapping[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {"stringListValues": [], "binaryListValues": [], "dataType": value["DataType"]}
    if value.get("StringValue") is not None:
        described["stringValue"] = value["StringValue"]
    if value.get("BinaryValue") is not None:
        binary = value["BinaryValue"]
        described["binaryValue"] = base64.b64encode(binary).decode() if isinstance(binary, bytes) else binary
    return described


def wanted(message: Any, mapping: SourceMapping) -> bool:
    """Return whether a message passes the mapping's filters."""
    return not mapping.patterns or matches(mapping.patterns, with_parsed_body(record(message, mapping)))


def divide(messages: Sequence[Any]) -> list[list[Any]]:
    """Return the messages as batches that fit into one invocation each."""
    batches: list[list[Any]] = []
    size = 0
    for message in messages:
        length = len(message.body.encode()) + 1000  # of the record around it
        if not batches or size + length > MAX_PAYLOAD_BYTES:
            batches.append([])
            size = 0
        batches[-1].append(message)
        size += length
    return batches


def unprocessed(result: Invocation, identifiers: Sequence[str], reports_failures: bool) -> frozenset[str]:
    """Return the identifiers of those items of a batch that have to be tried again.

    A function that reports failures names them in ``batchItemFailures``; an answer that makes no sense, or that
    names an item that was not in the batch, fails all of them.
    """
    everything = frozenset(identifiers)
    if result.function_error:
        return everything
    if not reports_failures:
        return frozenset()
    try:
        answer: Any = json.loads(result.payload or b"null")
    except ValueError:
        return everything
    if answer in (None, "", {}):
        return frozenset()
    failures: Any = answer.get("batchItemFailures") if isinstance(answer, dict) else None
    if failures is None:
        return frozenset() if isinstance(answer, dict) and "batchItemFailures" in answer else everything
    named: list[Any] = [item.get("itemIdentifier") if isinstance(item, dict) else None for item in failures]
    return frozenset[str](named) if set(named) <= everything else everything
