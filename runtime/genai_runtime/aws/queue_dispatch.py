"""Hands jobs to workers through a queue, which holds them back while all workers are busy."""

import json
from dataclasses import dataclass

from genai_runtime.aws.clients import client
from genai_runtime.aws.failures import calling
from genai_runtime.core.jobs import JobKey


@dataclass(frozen=True)
class QueueDispatcher:
    """A queue, by its URL."""

    url: str

    def dispatch(self, key: JobKey) -> None:
        """Have a worker begin the job when one is free, at least once."""
        with calling("sqs:SendMessage"):
            client("sqs").send_message(QueueUrl=self.url, MessageBody=json.dumps({"tenant": key.tenant, "id": key.id}))
