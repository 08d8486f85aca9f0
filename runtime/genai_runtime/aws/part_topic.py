"""Publishes parts to an SNS topic; the attribute `modality` decides which queues get them."""

import json
from dataclasses import dataclass

from genai_runtime.aws.clients import client
from genai_runtime.aws.failures import calling
from genai_runtime.core.jobs import JobKey


@dataclass(frozen=True)
class PartTopic:
    """A topic, by its ARN."""

    arn: str

    def publish(self, part: JobKey, modality: str) -> None:
        """Have a worker begin the part soon, at least once."""
        with calling("sns:Publish"):
            client("sns").publish(
                TopicArn=self.arn,
                Message=json.dumps({"tenant": part.tenant, "id": part.id, "part": part.part}),
                MessageAttributes={"modality": {"DataType": "String", "StringValue": modality}},
            )
