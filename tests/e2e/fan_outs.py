"""Clients and operators of pattern 5: requests in parts, their workers and queues, and images to ask about."""

import base64
import os
import signal
import struct
import uuid
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from background import attributes, until
from deployment import Deployment

PATTERN = "parallel-fan-out"
LITE, MICRO = "amazon.nova-lite-v1:0", "amazon.nova-micro-v1:0"


def fan_out(stack: Deployment, name: str) -> Any:
    """What the stack's output says of the pattern."""
    return stack.outputs["patterns"][PATTERN][name]


def text(question: str, **more: Any) -> dict[str, Any]:
    """A part that no cache has seen."""
    return {"modality": "text", "input": f"{question} {uuid.uuid4().hex}", **more}


def image(width: int = 40, height: int = 30, **more: Any) -> dict[str, Any]:
    """A part about an image of its own."""
    data = base64.b64encode(png(width, height)).decode()
    question = f"How many pixels does this image have? {uuid.uuid4().hex}"
    return {"modality": "image", "input": question, "image": {"format": "png", "data": data}, **more}


def structured(question: str, schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A part whose answer has to fit a schema."""
    asked = f"{question} ({uuid.uuid4().hex})"
    return {"modality": "structured", "input": asked, "schema": schema, **more}


def png(width: int, height: int, noise: int = 0, said: str = "") -> bytes:
    """A grey image with what its file says of it, and as many bytes after it that do not compress."""
    rows = b"".join(b"\0" + b"\x80" * width for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    description = (b"tEXt", b"Description\0" + said.encode("latin-1"))
    pixels = (b"IDAT", zlib.compress(rows))
    chunks = [(b"IHDR", header), description, pixels, (b"raND", os.urandom(noise)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def create(client: Any, *parts: dict[str, Any], headers: dict[str, str] | None = None, **body: Any) -> Any:
    """Asks for a fan-out, over plain HTTP."""
    answer = client.post("/v1/fanouts", json={"parts": list(parts), **body}, headers=headers or {})
    assert answer.status_code == 200, answer.text
    return answer.json()


def seen(client: Any, response_id: str) -> Any:
    """The fan-out as it is now."""
    answer = client.get(f"/v1/fanouts/{response_id}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def ended(client: Any, response_id: str, timeout_seconds: float = 30) -> Any:
    """The fan-out, once it is final."""
    return until(
        lambda: seen(client, response_id),
        lambda response: response["status"] not in ("queued", "in_progress"),
        timeout_seconds,
    )


def part(response: Any, part_id: str) -> Any:
    """One part of a fan-out, as the client sees it."""
    [found] = [each for each in response["parts"] if each["id"] == part_id]
    return found


def answer(response: Any) -> str:
    """The combined text."""
    return response["output"][0]["content"][0]["text"]


@contextmanager
def visibility(stack: Deployment, queue: str, seconds: int) -> Generator[None]:
    """A queue with a shorter visibility time-out, so that a test need not wait for six times the worker's."""
    url, sqs = fan_out(stack, "queues")[queue], stack.aws("sqs")
    before = attributes(stack, url)["VisibilityTimeout"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": str(seconds)})
    try:
        yield
    finally:
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": before})


def kill(function: str) -> int:
    """Kills the processes of a function, and returns how many there were."""
    mark = f"AWS_LAMBDA_FUNCTION_NAME={function}".encode()
    found = [int(place.parent.name) for place in Path("/proc").glob("[0-9]*/environ") if mark in _variables(place)]
    for process in found:
        os.kill(process, signal.SIGKILL)
    return len(found)


def _variables(place: Path) -> list[bytes]:
    try:
        return place.read_bytes().split(b"\0")
    except OSError:  # it ended, or is another user's
        return []
