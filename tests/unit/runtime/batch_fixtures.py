"""Batches on moto's DynamoDB and S3, with a queue and a deployment in memory."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import boto3

from genai_runtime.aws.batch_lines import DynamoLines
from genai_runtime.aws.batches import DynamoBatches
from genai_runtime.aws.files import DynamoFiles
from genai_runtime.aws.objects import S3Objects
from genai_runtime.aws.payloads import Payloads
from genai_runtime.core import batch_messages
from genai_runtime.core.batch_api import Batches
from genai_runtime.core.batch_results import finish
from genai_runtime.core.batch_worker import BatchPorts, BatchWork, answer_chunk, plan
from genai_runtime.core.batches import Batch, BatchKey
from genai_runtime.core.config import BatchConfig, parse_batch_config
from genai_runtime.core.file_api import Files
from genai_runtime.core.http import HttpRequest, HttpResponse
from genai_runtime.core.http_exchange import answer
from tests.unit.runtime.aws_fixtures import REGION
from tests.unit.runtime.job_fixtures import make_job_places
from tests.unit.runtime.memory import SETTINGS, TENANT, Deployment

BATCH = {
    "table": "jobs",
    "bucket": "batches",
    "queue_url": "https://queue",
    "most_receives": 3,
    "max_lines": 100,
    "chunk_lines": 4,
    "max_file_bytes": 100_000,
    "max_upload_bytes": 50_000,
    "kept_seconds": 30 * 86_400,
}


def make_batch_places() -> None:
    make_job_places()
    s3: Any = boto3.client("s3", region_name=REGION)
    s3.create_bucket(Bucket="batches")
    s3.put_bucket_versioning(Bucket="batches", VersioningConfiguration={"Status": "Enabled"})


def lines(count: int, **body: Any) -> bytes:
    asked = {"messages": [{"role": "user", "content": "laptop"}], **body}
    requests = [
        {"custom_id": f"q-{number}", "method": "POST", "url": "/v1/chat/completions", "body": asked}
        for number in range(count)
    ]
    return "".join(json.dumps(request) + "\n" for request in requests).encode()


@dataclass
class Shop:
    """Everything between a client's file and its results."""

    deployment: Deployment = field(default_factory=lambda: Deployment(cache=None))
    config: BatchConfig = field(default_factory=lambda: parse_batch_config(json.dumps({**SETTINGS, "batch": BATCH})))
    sent: list[Mapping[str, Any]] = field(default_factory=list[Mapping[str, Any]])

    def send(self, messages: Sequence[Mapping[str, Any]]) -> None:
        self.sent += messages

    @property
    def ports(self) -> BatchPorts:
        payloads, clock = Payloads("batches"), self.deployment.clock
        return BatchPorts(
            DynamoBatches("jobs", payloads, BATCH["kept_seconds"]),  # pyright: ignore[reportArgumentType]
            DynamoLines("jobs", payloads, clock),
            DynamoFiles("jobs"),
            S3Objects("batches"),
            self,
        )

    def http(self, method: str, path: str, body: Any = None, *, user: str = "user-1", **query: str) -> HttpResponse:
        """Send a request with a JSON body, or with a form."""
        files = Files(self.config, self.ports.files, self.ports.objects, self.deployment.clock)
        routes = {**files.routes, **Batches(self.config, files, self.ports, self.deployment.clock).routes}
        kind = "multipart/form-data; boundary=x" if isinstance(body, bytes) else "application/json"
        request = HttpRequest(
            method,
            path,
            {"content-type": kind},
            body if isinstance(body, bytes) else json.dumps(body).encode(),
            {"sub": user, "custom:tenant_id": TENANT},
            query,
        )
        d = self.deployment
        return answer(request, routes, self.config, d.clock, d.log, d.clock.monotonic() + 10)

    def batch(self, content: bytes) -> BatchKey:
        """Upload a file and make a batch of it."""
        form = b'--x\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n'
        form += b'--x\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n' + content + b"\r\n--x--\r\n"
        file = json.loads(self.http("POST", "/v1/files", form).body)
        asked = {"input_file_id": file["id"], "endpoint": "/v1/chat/completions", "completion_window": "24h"}
        return BatchKey(TENANT, "user-1", json.loads(self.http("POST", "/v1/batches", asked).body)["id"])

    def shown(self, key: BatchKey) -> dict[str, Any]:
        return json.loads(self.http("GET", f"/v1/batches/{key.id}").body)

    def kept(self, key: BatchKey) -> Batch:
        found = self.ports.batches.get(key)
        assert found
        return found

    def work(self, message: Mapping[str, Any] | None = None, *, owner: str = "", seconds: float = 600) -> None:
        """Work on a message, or on the first of the queue."""
        message = self.sent.pop(0) if message is None else message
        d = self.deployment
        ports = replace(d.ports, cache=None)
        attempt = BatchWork(self.config, ports, self.ports, owner or str(id(message)), d.clock.monotonic() + seconds)
        key = batch_messages.key_of(message)
        if message["kind"] == "plan":
            plan(key, attempt)
        elif message["kind"] == "chunk":
            answer_chunk(key, batch_messages.chunk_of(message), attempt)
        else:
            finish(key, attempt)

    def work_off(self) -> None:
        """Work on all messages, and those that they lead to."""
        while self.sent:
            self.work()

    def results(self, key: BatchKey, name: str) -> list[dict[str, Any]]:
        content = self.http("GET", f"/v1/files/{self.shown(key)[f'{name}_file_id']}/content").body
        return [json.loads(text) for text in content.splitlines()]
