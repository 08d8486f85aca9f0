"""Hands work on batches to workers through a queue, which holds it back while all workers are busy."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from genai_runtime.aws.clients import client
from genai_runtime.aws.failures import calling
from genai_runtime.core.errors import Cause, StepError

_AT_ONCE: Final = 10
"""https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html."""


@dataclass(frozen=True)
class SqsBatchQueue:
    """A queue, by its URL."""

    url: str

    def send(self, messages: Sequence[Mapping[str, Any]]) -> None:
        """Have a worker do each soon, at least once."""
        for start in range(0, len(messages), _AT_ONCE):
            entries = [
                {"Id": str(number), "MessageBody": json.dumps(message)}
                for number, message in enumerate(messages[start : start + _AT_ONCE])
            ]
            with calling("sqs:SendMessage"):
                answer = client("sqs").send_message_batch(QueueUrl=self.url, Entries=entries)
            if failed := answer.get("Failed"):
                raise StepError(
                    Cause.UNAVAILABLE, "sqs:SendMessage", f"{failed[0].get('Code')} of {len(failed)} messages"
                )
