"""The topic that parts are published to, and its ways into the queues of their modalities."""

import json

import pulumi
import pulumi_aws as aws

from genai_tiers.lineage import Children

from .dead_letters import dead_letter_queue
from .iam_roles import document


class PartTopic:
    """An encrypted topic, and the queue of what could not be delivered, with its alarm. A queue's own dead letters are
    of workers that failed; these are of queues that could not be reached."""

    def __init__(self, children: Children, key: pulumi.Input[str], alarm_topic: pulumi.Input[str] | None) -> None:
        self._children = children
        self.topic = aws.sns.Topic(children.named("parts"), kms_master_key_id=key, opts=children.options("parts"))
        self.undelivered = dead_letter_queue(children, "undelivered", key, alarm_topic)
        self._let_in("undelivered", self.undelivered)

    def subscribe(self, queue: aws.sqs.Queue, modality: str) -> None:
        """Sends parts of a modality to a queue, without an envelope."""
        policy = self._let_in(f"{modality}-queue", queue)
        role = f"{modality}-subscription"
        aws.sns.TopicSubscription(
            self._children.named(role),
            topic=self.topic.arn,
            protocol="sqs",
            endpoint=queue.arn,
            raw_message_delivery=True,
            filter_policy=json.dumps({"modality": [modality]}),
            redrive_policy=pulumi.Output.json_dumps({"deadLetterTargetArn": self.undelivered.arn}),
            opts=self._children.options(role, depends_on=[policy]),
        )

    def _let_in(self, role: str, queue: aws.sqs.Queue) -> aws.sqs.QueuePolicy:
        """Lets SNS send to a queue, for this topic only."""
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": queue.arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": self.topic.arn}},
        }
        return aws.sqs.QueuePolicy(
            self._children.named(f"{role}-policy"),
            queue_url=queue.url,
            policy=document([statement]),
            opts=self._children.options(f"{role}-policy"),
        )
