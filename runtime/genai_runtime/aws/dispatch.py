"""Hands jobs to a worker function by an asynchronous invocation, which Lambda keeps and repeats when it fails."""

import json
from dataclasses import dataclass

from genai_runtime.aws.clients import client
from genai_runtime.aws.failures import calling
from genai_runtime.core.jobs import JobKey


@dataclass(frozen=True)
class LambdaDispatcher:
    """A worker function, by its name."""

    function: str

    def dispatch(self, key: JobKey) -> None:
        """Have the worker begin the job soon, at least once."""
        payload = json.dumps({"tenant": key.tenant, "id": key.id}).encode()
        with calling("lambda:InvokeFunction"):
            client("lambda").invoke(FunctionName=self.function, InvocationType="Event", Payload=payload)
