"""Clients and operators of pattern 4: jobs that are polled, the queue that they wait in, the workers that die."""

import os
import signal
import time
import uuid
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from deployment import Deployment
from roles import function_role

PATTERN = "buffered-request-response"
NOVA_LITE = "amazon.nova-lite-v1:0"
POLL_SECONDS = 0.1


def unique(question: str) -> str:
    """A question that no cache has seen."""
    return f"{question} {uuid.uuid4().hex}"


def part(stack: Deployment, name: str, pattern: str = PATTERN) -> str:
    """What the stack's output says of the pattern, or of another one."""
    return stack.outputs["patterns"][pattern][name]


def create(client: Any, question: str, **headers: str) -> Any:
    """Asks for a response in the background, over plain HTTP."""
    answer = client.post("/v1/responses", json={"input": question, "background": True}, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def status(client: Any, response_id: str) -> str:
    """How far a response is."""
    return client.get(f"/v1/responses/{response_id}").json()["status"]


def polled(client: Any, response_id: str, timeout_seconds: float = 20) -> Any:
    """The response, once it is final."""
    return until(
        lambda: client.get(f"/v1/responses/{response_id}").json(),
        lambda response: response["status"] not in ("queued", "in_progress"),
        timeout_seconds,
    )


def until(look: Callable[[], Any], enough: Callable[[Any], bool], timeout_seconds: float = 20) -> Any:
    """What `look` sees, once it is enough."""
    end = time.monotonic() + timeout_seconds
    while not enough(seen := look()):
        assert time.monotonic() < end, f"after {timeout_seconds} s: {seen!r}"
        time.sleep(POLL_SECONDS)
    return seen


def depth(stack: Deployment, queue_url: str) -> int:
    """How many messages a queue has, those in flight included."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = stack.aws("sqs").get_queue_attributes(QueueUrl=queue_url, AttributeNames=names)
    return sum(int(found["Attributes"][name]) for name in names)


def attributes(stack: Deployment, queue_url: str) -> dict[str, str]:
    """All attributes of a queue."""
    return stack.aws("sqs").get_queue_attributes(QueueUrl=queue_url, AttributeNames=["All"])["Attributes"]


@contextmanager
def visibility(stack: Deployment, seconds: int, pattern: str = PATTERN) -> Generator[None]:
    """The queue with a shorter visibility time-out, so that a test need not wait for six times the worker's."""
    url = part(stack, "queue_url", pattern)
    before = attributes(stack, url)["VisibilityTimeout"]
    sqs = stack.aws("sqs")
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": str(seconds)})
    try:
        yield
    finally:
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": before})


def model_calls(stack: Deployment, pattern: str = PATTERN, function: str = "worker") -> int:
    """How often the pattern's worker, or another of its functions, has called a model; every model is called through an
    inference profile."""
    role = function_role(stack, part(stack, function, pattern))
    return sum(
        entry["count"]
        for entry in stack.sandbox("iam/calls")
        if entry["role"].endswith(f"/{role}")
        and entry["action"].startswith("bedrock:InvokeModel")
        and entry["allowed"]
        and any(":inference-profile/" in resource for resource in entry["resources"])
    )


def kill_workers(stack: Deployment, pattern: str = PATTERN) -> int:
    """Kills the processes of the pattern's worker, and returns how many there were."""
    mark = f"AWS_LAMBDA_FUNCTION_NAME={part(stack, 'worker', pattern)}".encode()
    found = [int(place.parent.name) for place in Path("/proc").glob("[0-9]*/environ") if mark in _variables(place)]
    for process in found:
        os.kill(process, signal.SIGKILL)
    return len(found)


def _variables(place: Path) -> list[bytes]:
    try:
        return place.read_bytes().split(b"\0")
    except OSError:  # it ended, or is another user's
        return []
