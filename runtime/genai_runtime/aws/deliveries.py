"""Deliveries of a queue that failed: why, and when the message comes back."""

from collections.abc import Mapping
from typing import Any, Final

from genai_runtime.aws.clients import client
from genai_runtime.aws.failures import calling
from genai_runtime.core.errors import StepError
from genai_runtime.core.ports import RequestLog

RETRY_SECONDS: Final = 10
"""How long a message that failed waits for its second delivery; for the third twice as long. The queue's own visibility
time-out is for workers that died, and long after everybody has stopped polling."""


def is_last(record: Mapping[str, Any], most_receives: int) -> bool:
    """Tell whether a message will not be delivered again."""
    return int(record["attributes"]["ApproximateReceiveCount"]) >= most_receives


def is_beyond(record: Mapping[str, Any], most_receives: int) -> bool:
    """Tell whether a message has had all its deliveries, and comes once more so that somebody can say so."""
    return int(record["attributes"]["ApproximateReceiveCount"]) > most_receives


def fail(record: Mapping[str, Any], queue_url: str, most_receives: int, log: RequestLog, failure: str) -> None:
    """Say why, and have the message back soon; after its last delivery it is a dead letter at once."""
    log_failure(log, failure)
    received = int(record["attributes"]["ApproximateReceiveCount"])
    hide(record, queue_url, 0 if is_last(record, most_receives) else RETRY_SECONDS * received, log)


def hide(record: Mapping[str, Any], queue_url: str, seconds: int, log: RequestLog) -> None:
    """Have the message back after some seconds."""
    try:
        with calling("sqs:ChangeMessageVisibility"):
            client("sqs").change_message_visibility(
                QueueUrl=queue_url,
                ReceiptHandle=record["receiptHandle"],
                VisibilityTimeout=seconds,
            )
    except StepError as error:
        log_failure(log, f"the message comes back late: {error}")


def log_failure(log: RequestLog, failure: str) -> None:
    """Write a record of a delivery that failed."""
    log.write({"event": "delivery", "level": "ERROR", "status": 500, "total_ms": 0, "failure": failure})
