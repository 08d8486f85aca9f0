"""SQS's own metrics of a queue: how many messages wait in it, and for how long the oldest has been there."""

import time
from typing import Any

from pulumi_sandbox.aws.metrics.known import QUEUES
from pulumi_sandbox.aws.metrics.store import Metric, observe
from pulumi_sandbox.aws.moto_backends import existing
from pulumi_sandbox.aws.moto_lock import moto_state


def look() -> None:
    """Measure every queue."""
    with moto_state():
        backends: list[Any] = [unit.backend for unit in existing("sqs")]
        sizes = [
            (backend.region_name, name, len(queue.messages), _age_seconds(queue))
            for backend in backends
            for name, queue in backend.queues.items()
        ]
    for region, name, visible, age_seconds in sizes:
        dimensions = (("QueueName", name),)
        observe(Metric(region, QUEUES, "ApproximateNumberOfMessagesVisible", dimensions), visible)
        observe(Metric(region, QUEUES, "ApproximateAgeOfOldestMessage", dimensions), age_seconds)


def _age_seconds(queue: Any) -> float:
    sent = [message.sent_timestamp for message in queue._messages]
    return max(0.0, time.time() - min(sent) / 1000) if sent else 0.0
