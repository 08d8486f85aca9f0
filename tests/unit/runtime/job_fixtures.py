"""Jobs on moto's DynamoDB and S3, with clients, a queue of work and a deployment in memory."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3

from genai_runtime.aws.jobs import DynamoJobs
from genai_runtime.aws.payloads import Payloads
from genai_runtime.core.intake import accept
from genai_runtime.core.jobs import JobKey
from genai_runtime.core.socket_actions import act
from genai_runtime.core.socket_exchange import SocketMessage, handle
from genai_runtime.core.worker import JobPorts, Work, work
from tests.unit.runtime.aws_fixtures import REGION
from tests.unit.runtime.memory import TENANT, Deployment, settings

JOBS = {"table": "jobs", "payloads_bucket": "payloads", "kept_seconds": 3600}


def make_job_places() -> None:
    dynamodb: Any = boto3.client("dynamodb", region_name=REGION)
    dynamodb.create_table(
        TableName="jobs",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")],
        BillingMode="PAY_PER_REQUEST",
    )
    boto3.client("s3", region_name=REGION).create_bucket(Bucket="payloads")


@dataclass
class Clients:
    """The clients that are connected, and what each was sent."""

    connected: set[str] = field(default_factory=lambda: {"c1"})
    got: dict[str, list[dict[str, Any]]] = field(default_factory=dict[str, list[dict[str, Any]]])

    def send(self, connection: str, message: str) -> bool:
        if connection not in self.connected:
            return False
        self.got.setdefault(connection, []).append(json.loads(message))
        return True

    def types(self, connection: str = "c1") -> list[str]:
        return [event["type"] for event in self.got.get(connection, [])]


@dataclass
class Office:
    """Everything between a client's message and the events that it gets."""

    deployment: Deployment = field(default_factory=lambda: Deployment(config=settings(jobs=JOBS)))
    clients: Clients = field(default_factory=Clients)
    dispatched: list[JobKey] = field(default_factory=list[JobKey])
    stream: bool = False

    @property
    def ports(self) -> JobPorts:
        return JobPorts(DynamoJobs("jobs", Payloads("payloads")), self.clients)

    def dispatch(self, key: JobKey) -> None:
        self.dispatched.append(key)

    def ask(self, body: Any, request_id: str = "r1", **message: Any) -> None:
        """Send a request of the pattern's own action."""
        given = {"action": "response.create", "request_id": request_id, "response": body}
        self._handle(
            given, lambda e: accept(e, self.deployment.config, self.ports, self, self.deployment.clock), message
        )

    def act(self, given: Any, **message: Any) -> None:
        """Send a message of an action that every pattern has."""
        self._handle(given, lambda e: act(e, self.ports), message)

    def _handle(self, given: Any, then: Any, message: Mapping[str, Any]) -> None:
        claims = {"sub": message.get("user", "user-1"), "custom:tenant_id": message.get("tenant", TENANT)}
        body = given if isinstance(given, bytes) else json.dumps(given).encode()
        d = self.deployment
        sent = SocketMessage(body, message.get("connection", "c1"), claims)
        handle(sent, then, d.config, self.clients, d.clock, d.log, 128 * 1024)

    def work(self, owner: str = "w1", seconds: float = 60) -> None:
        """Work on the first job that was dispatched."""
        d = self.deployment
        work(
            self.dispatched[0],
            Work(d.config, d.ports, self.ports, owner, self.stream, d.clock.monotonic() + seconds),
        )

    @property
    def key(self) -> JobKey:
        return self.dispatched[0]
