"""Calls of AWS's services that one request of each pattern makes, in the sandbox: what docs/cost.md is computed from.
Needs `make up`, and nobody else asking. Prints one JSON line, which `python -m bench.calls > tools/cost/calls.json`
records."""

import json
import os
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import httpx2
from websockets.sync.client import connect

from tools import running_stack

REQUESTS = 10
POLL_SECONDS = 2.0
"""Long enough that a client finds its answer at the first look."""

SETTLE_SECONDS = 2.0
"""Queues delete what was worked on, and logs are written, after the client has its answer."""

KINDS: Mapping[str, str] = {
    "dynamodb:GetItem": "table reads",
    "dynamodb:Query": "table reads",
    "dynamodb:PutItem": "table writes",
    "dynamodb:UpdateItem": "table writes",
    "dynamodb:DeleteItem": "table writes",
    "sqs:SendMessage": "queue requests",
    "sqs:DeleteMessage": "queue requests",
    "sqs:ChangeMessageVisibility": "queue requests",
    "sns:Publish": "topic messages",
    "s3:GetObject": "bucket reads",
    "s3:GetObjectVersion": "bucket reads",
    "s3:PutObject": "bucket writes",
    "execute-api:ManageConnections": "socket messages",
    "bedrock:Retrieve": "retrievals",
    "bedrock:ApplyGuardrail": "guardrail calls",
    "bedrock:InvokeModel": "model calls",
    "bedrock:InvokeModelWithResponseStream": "model calls",
}
"""Action -> what is counted. A model behind a profile is judged twice, a queue's worker also receives."""


class Stack:
    """The deployed stack, and its two kinds of client."""

    def __init__(self) -> None:
        self.outputs = running_stack.outputs()
        bearer = {"authorization": f"Bearer {running_stack.token(self.outputs)}"}
        self.http = httpx2.Client(base_url=self.outputs["api_url"], headers=bearer, timeout=60)
        self.http_requests = 0
        self.socket_messages = 0

    def ask(self, method: str, path: str, **more: Any) -> Any:
        """One request over HTTP."""
        self.http_requests += 1
        return self.http.request(method, path, **more).raise_for_status()

    def until_final(self, path: str) -> None:
        """Looks until a response is final."""
        time.sleep(POLL_SECONDS)
        while self.ask("GET", path).json()["status"] in ("queued", "in_progress", "validating", "finalizing"):
            time.sleep(POLL_SECONDS)

    def over_socket(self, action: str) -> None:
        """Asks and waits on one connection for all requests."""
        url = self.ask("POST", "/v1/websocket/tickets").json()["url"]
        with connect(url) as connection:
            for _ in range(REQUESTS):
                body = {"action": action, "request_id": uuid.uuid4().hex, "response": {"input": question()}}
                connection.send(json.dumps(body))
                self.socket_messages += 1
                while json.loads(connection.recv(60))["type"] != "response.completed":
                    pass


def question() -> str:
    """One that no cache has seen."""
    return f"How soon must lost laptop {uuid.uuid4().hex} be reported?"


def request_response(stack: Stack) -> None:
    """Pattern 1."""
    for _ in range(REQUESTS):
        stack.ask("POST", "/v1/responses", json={"input": question()})


def buffered(stack: Stack) -> None:
    """Pattern 4, polled."""
    for _ in range(REQUESTS):
        made = stack.ask("POST", "/v1/responses", json={"input": question(), "background": True}).json()
        stack.until_final(f"/v1/responses/{made['id']}")


def fan_out(stack: Stack) -> None:
    """Pattern 5, with two parts."""
    for _ in range(REQUESTS):
        parts = [{"modality": "text", "input": question()} for _ in range(2)]
        made = stack.ask("POST", "/v1/fanouts", json={"parts": parts}).json()
        stack.until_final(f"/v1/fanouts/{made['id']}")


def batch(stack: Stack) -> None:
    """Pattern 6, one batch of all requests."""
    lines = [
        {"custom_id": str(n), "method": "POST", "url": "/v1/responses", "body": {"input": question()}}
        for n in range(REQUESTS)
    ]
    content = "\n".join(map(json.dumps, lines)).encode()
    file = stack.ask("POST", "/v1/files", data={"purpose": "batch"}, files={"file": ("b.jsonl", content)}).json()
    body = {"input_file_id": file["id"], "endpoint": "/v1/responses", "completion_window": "24h"}
    made = stack.ask("POST", "/v1/batches", json=body).json()
    stack.until_final(f"/v1/batches/{made['id']}")


PATTERNS: Mapping[str, Callable[[Stack], None]] = {
    "request-response": request_response,
    "async-request-response": lambda stack: stack.over_socket("response.create"),
    "streaming-response": lambda stack: stack.over_socket("response.stream"),
    "buffered-request-response": buffered,
    "parallel-fan-out": fan_out,
    "batch-processing": batch,
}


def measured(stack: Stack, work: Callable[[Stack], None]) -> dict[str, float]:
    """What one request counts, by kind."""
    stack.http_requests = stack.socket_messages = 0
    before, invoked, logged = calls(), invocations(), log_bytes()
    work(stack)
    time.sleep(SETTLE_SECONDS)
    found = calls() - before
    found["http requests"] = stack.http_requests
    found["socket messages"] += stack.socket_messages
    found["function calls"] = invocations() - invoked
    found["log KB"] = (log_bytes() - logged) // 1_000
    return {kind: round(count / REQUESTS, 2) for kind, count in sorted(found.items()) if count}


def calls() -> Counter[str]:
    """Calls of all roles so far, by kind."""
    found: Counter[str] = Counter()
    endpoint = os.environ["PULUMI_SANDBOX_ENDPOINT"]
    for entry in httpx2.get(f"{endpoint}/_sandbox/iam/calls").json():
        if entry["action"] in KINDS and entry["allowed"]:
            through_profile = entry["action"].startswith("bedrock:InvokeModel") and "inference-profile" not in str(
                entry["resources"]
            )
            found[KINDS[entry["action"]]] += 0 if through_profile else entry["count"]
            # Who deletes a message has received it.
            found["queue requests"] += entry["count"] if entry["action"] == "sqs:DeleteMessage" else 0
    return found


def invocations() -> int:
    """Invocations of all functions so far."""
    now = datetime.now(UTC) + timedelta(days=1)
    cloudwatch: Any = boto3.client("cloudwatch", region_name="us-east-1")
    functions: Any = boto3.client("lambda", region_name="us-east-1")
    total = 0.0
    for function in functions.list_functions()["Functions"]:
        points = cloudwatch.get_metric_statistics(
            Namespace="AWS/Lambda",
            MetricName="Invocations",
            Dimensions=[{"Name": "FunctionName", "Value": function["FunctionName"]}],
            StartTime=now - timedelta(days=3),
            EndTime=now,
            Period=86_400,
            Statistics=["Sum"],
        )["Datapoints"]
        total += sum(point["Sum"] for point in points)
    return round(total)


def log_bytes() -> int:
    """Bytes in all log groups but that of model calls, which is an option."""
    logs: Any = boto3.client("logs", region_name="us-east-1")
    pages = logs.get_paginator("describe_log_groups").paginate()
    return sum(
        group.get("storedBytes", 0)
        for page in pages
        for group in page["logGroups"]
        if "invocations" not in group["logGroupName"]
    )


def main() -> None:
    """Measures one pattern after the other, each when it has answered once before."""
    stack = Stack()
    found: dict[str, dict[str, float]] = {}
    for name, work in PATTERNS.items():
        work(stack)
        time.sleep(SETTLE_SECONDS)
        found[name] = measured(stack, work)
    print(json.dumps({"benchmark": "calls", "requests": REQUESTS, "patterns": found}))


if __name__ == "__main__":
    main()
