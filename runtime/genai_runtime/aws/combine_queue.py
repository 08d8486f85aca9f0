"""Has fan-outs combined through a queue: at once, or after a delay, which is what watches the deadline."""

import json
from dataclasses import dataclass

from genai_runtime.aws.clients import client
from genai_runtime.aws.failures import calling
from genai_runtime.core.jobs import JobKey


@dataclass(frozen=True)
class SqsCombineQueue:
    """A queue, by its URL. SQS delays a message by 900 seconds at most:
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
    """

    url: str

    def ask(self, whole: JobKey, delay_seconds: int) -> None:
        """Have the combiner look at a fan-out after a delay, at least once."""
        with calling("sqs:SendMessage"):
            client("sqs").send_message(
                QueueUrl=self.url,
                MessageBody=json.dumps({"tenant": whole.tenant, "id": whole.id}),
                DelaySeconds=delay_seconds,
            )
