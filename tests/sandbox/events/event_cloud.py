"""A sandbox of the tests' own, in a process that can be killed, with functions that write down what they get."""

import json
import os
import signal
import textwrap
import time
import urllib.request
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pulumi_sandbox import lifecycle
from pulumi_sandbox.layout import StateDirectory
from tests.sandbox.functions.lambda_cloud import LOGGING, LambdaCloud

ACCOUNT = "123456789012"
READ_QUEUE = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
READ_STREAM = ["dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream", "dynamodb:ListStreams"]
_WRITE_DOWN = """
import json, os, time

def handler(event, context):
    with open(os.environ["SEEN"], "a") as seen:
        seen.write(json.dumps(event) + "\\n")
"""


@dataclass(frozen=True)
class Recorder:
    """A deployed function, and the file in which it writes each event."""

    name: str
    arn: str
    file: Path

    @property
    def events(self) -> list[Any]:
        if not self.file.exists():
            return []
        return [json.loads(line) for line in self.file.read_text().splitlines()]

    @property
    def records(self) -> list[Any]:
        return [record for event in self.events for record in event["Records"]]

    @property
    def bodies(self) -> list[str]:
        return [record["body"] for record in self.records]


@dataclass(frozen=True)
class Queue:
    """A queue; ``url`` and ``arn``."""

    url: str
    arn: str


@dataclass(frozen=True, eq=False)
class EventCloud(LambdaCloud):
    state: StateDirectory

    def recorder(self, then: str = "", actions: list[str] | None = None, **settings: Any) -> Recorder:
        """Deploy a function that writes its event down and goes on with ``then``."""
        name = f"fn-{uuid.uuid4().hex[:8]}"
        file = self.directory / f"{name}.jsonl"
        code = _WRITE_DOWN + textwrap.indent(textwrap.dedent(then), "    ")
        role = self.role([*LOGGING, *(READ_QUEUE + READ_STREAM if actions is None else actions)])[1]
        settings.setdefault("Timeout", 1)
        self.function(
            {"app.py": code}, FunctionName=name, Role=role, Environment={"Variables": {"SEEN": str(file)}}, **settings
        )
        return Recorder(name, f"arn:aws:lambda:eu-central-1:{ACCOUNT}:function:{name}", file)

    def queue(
        self, *, dead_letters: Queue | None = None, max_receives: int = 2, fifo: bool = False, **attributes: Any
    ) -> Queue:
        """Create a queue with a visibility time-out of a second."""
        values = {"VisibilityTimeout": "1", **{name: str(value) for name, value in attributes.items()}}
        if dead_letters:
            values["RedrivePolicy"] = json.dumps(
                {"deadLetterTargetArn": dead_letters.arn, "maxReceiveCount": max_receives}
            )
        if fifo:
            values["FifoQueue"] = "true"
        name = f"q-{uuid.uuid4().hex[:8]}" + (".fifo" if fifo else "")
        url = self.client("sqs").create_queue(QueueName=name, Attributes=values)["QueueUrl"]
        return Queue(url, f"arn:aws:sqs:eu-central-1:{ACCOUNT}:{name}")

    def send(self, queue: Queue, *bodies: str, **more: Any) -> None:
        for body in bodies:
            self.client("sqs").send_message(QueueUrl=queue.url, MessageBody=body, **more)

    def receive(self, queue: Queue) -> list[dict[str, Any]]:
        """Return the visible messages, and leave them in flight."""
        arguments = {"MaxNumberOfMessages": 10, "AttributeNames": ["All"], "MessageAttributeNames": ["All"]}
        return self.client("sqs").receive_message(QueueUrl=queue.url, **arguments).get("Messages", [])

    def size(self, queue: Queue) -> int:
        """Return how many messages a queue holds, visible or not."""
        attributes = self.client("sqs").get_queue_attributes(QueueUrl=queue.url, AttributeNames=["All"])["Attributes"]
        names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        return sum(int(attributes[name]) for name in names)

    def map(self, queue: Queue, function: Recorder, **settings: Any) -> str:
        """Let a function process a queue; returns the mapping's UUID."""
        made = self.client("lambda").create_event_source_mapping(
            EventSourceArn=queue.arn, FunctionName=function.name, **settings
        )
        return made["UUID"]

    def allow_queue(self, queue: Queue, service: str, source_arn: str) -> None:
        """Give a queue the policy that lets a service send to it."""
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": "sqs:SendMessage",
            "Resource": queue.arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": source_arn}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.client("sqs").set_queue_attributes(QueueUrl=queue.url, Attributes={"Policy": policy})

    def allow_function(self, function: Recorder, service: str, source_arn: str) -> None:
        """Let a service invoke a function."""
        self.client("lambda").add_permission(
            FunctionName=function.name,
            StatementId=f"s{uuid.uuid4().hex[:8]}",
            Action="lambda:InvokeFunction",
            Principal=service,
            SourceArn=source_arn,
        )

    def ask(self, path: str, body: Any = None) -> Any:
        """Ask the sandbox itself; with a body, by POST."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data)  # noqa: S310 - loopback
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - loopback
            return json.loads(answer.read())

    def crash(self) -> None:
        """End the sandbox at once, without a chance to write anything."""
        pid = lifecycle.running_pid(self.state)
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        while lifecycle.running_pid(self.state) == pid:
            time.sleep(0.01)

    def kill(self) -> None:
        """End the sandbox as a crash would, and start it again."""
        self.crash()
        lifecycle.start(self.state, None)


def stays(check: Callable[[], bool], seconds: float = 0.5) -> bool:
    """Return whether something is so, and still is a while later."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not check():
            return False
        time.sleep(0.05)
    return True


def start_cloud(directory: Path) -> EventCloud:
    state = StateDirectory(directory / "state")
    return EventCloud(lifecycle.start(state, 0), directory, state)
