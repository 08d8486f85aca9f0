"""Clients and operators of pattern 6: files of requests, batches, what is in their bucket."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import openai
from background import part, until
from deployment import ACME, MAX_WORKERS, Deployment

PATTERN = "batch-processing"
CHAT = "/v1/chat/completions"
CHUNK_LINES = 10
MAX_LINES = 60
SCHEDULED = "scheduled/questions.jsonl"
SCHEDULE_HOURS = 12
ENDED = {"completed", "failed", "cancelled", "expired"}


def batch_config() -> dict[str, str]:
    """Config of a stack whose batches are small, with a schedule long after the tests."""
    due = datetime.now(UTC) + timedelta(hours=SCHEDULE_HOURS)
    return {
        "batch.chunk_lines": str(CHUNK_LINES),
        "batch.max_lines": str(MAX_LINES),
        "batch.max_workers": str(MAX_WORKERS),
        "batch.schedules[0].tenant": ACME,
        "batch.schedules[0].object": SCHEDULED,
        "batch.schedules[0].expression": f"at({due:%Y-%m-%dT%H:%M:%S})",
    }


def line(custom_id: str, question: str, url: str = CHAT, **body: Any) -> dict[str, Any]:
    """One request of a batch."""
    asked = {"messages": [{"role": "user", "content": question}]} if url == CHAT else {"input": question}
    return {"custom_id": custom_id, "method": "POST", "url": url, "body": {"model": "nova-lite", **asked, **body}}


def jsonl(lines: list[dict[str, Any]]) -> bytes:
    """The content of a file."""
    return "".join(json.dumps(each) + "\n" for each in lines).encode()


def upload(client: openai.OpenAI, lines: list[dict[str, Any]]) -> str:
    """The id of a new file with these lines."""
    return client.files.create(file=("questions.jsonl", jsonl(lines)), purpose="batch").id


def start(client: openai.OpenAI, lines: list[dict[str, Any]], url: Any = CHAT) -> Any:
    """A new batch of these lines."""
    return client.batches.create(input_file_id=upload(client, lines), endpoint=url, completion_window="24h")


def ended(client: openai.OpenAI, batch_id: str, timeout_seconds: float = 60) -> Any:
    """The batch, once it has ended."""
    return until(lambda: client.batches.retrieve(batch_id), lambda batch: batch.status in ENDED, timeout_seconds)


def results(client: openai.OpenAI, file_id: str | None) -> list[dict[str, Any]]:
    """The lines of an output or an error file."""
    assert file_id
    return [json.loads(text) for text in client.files.content(file_id).text.splitlines()]


def bucket(stack: Deployment) -> str:
    """The name of the batches' bucket."""
    return part(stack, "bucket", PATTERN)


def put(stack: Deployment, name: str, content: bytes) -> None:
    """Puts an object into the bucket, as an operator does."""
    stack.aws("s3").put_object(Bucket=bucket(stack), Key=name, Body=content)


def manifests(stack: Deployment, tenant: str = ACME) -> list[dict[str, Any]]:
    """All manifests of a tenant's batches."""
    s3 = stack.aws("s3")
    found = s3.list_objects_v2(Bucket=bucket(stack), Prefix=f"{tenant}/batches/").get("Contents", [])
    names = [each["Key"] for each in found if each["Key"].endswith("/manifest.json")]
    return [json.loads(content(stack, name)) for name in names]


def content(stack: Deployment, name: str) -> bytes:
    """The content of an object."""
    return stack.aws("s3").get_object(Bucket=bucket(stack), Key=name)["Body"].read()
