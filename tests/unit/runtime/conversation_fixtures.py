"""Answers and conversations on moto's DynamoDB and S3, for a deployment in memory."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3

from genai_runtime.aws.conversations import DynamoConversations
from genai_runtime.aws.job_removal import DynamoJobRemoval
from genai_runtime.aws.payloads import Payloads
from genai_runtime.core.config import KeptConversationsConfig, parse_kept_conversations_config
from genai_runtime.core.conversations.surface import Kept
from genai_runtime.core.http import HttpRequest, HttpResponse
from genai_runtime.core.http_exchange import answer
from tests.unit.runtime.aws_fixtures import REGION
from tests.unit.runtime.job_fixtures import JOBS, Office
from tests.unit.runtime.memory import SETTINGS, TENANT, Deployment, settings

KEPT: dict[str, Any] = {"table": "conversations", "bucket": "texts", "kept_seconds": 86_400}


def make_conversation_places() -> None:
    dynamodb: Any = boto3.client("dynamodb", region_name=REGION)
    dynamodb.create_table(
        TableName="conversations",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")],
        BillingMode="PAY_PER_REQUEST",
    )
    boto3.client("s3", region_name=REGION).create_bucket(Bucket="texts")


def store() -> DynamoConversations:
    return DynamoConversations("conversations", Payloads("texts"))


def kept_items() -> list[dict[str, Any]]:
    """All that the table holds."""
    return boto3.client("dynamodb", region_name=REGION).scan(TableName="conversations")["Items"]


def kept_objects() -> list[str]:
    """The names of all that the bucket holds."""
    found = boto3.client("s3", region_name=REGION).list_objects_v2(Bucket="texts")
    return [each["Key"] for each in found.get("Contents", [])]


@dataclass
class Desk:
    """A deployment that keeps answers, its queue of jobs, and the function that shows what is kept."""

    office: Office = field(
        default_factory=lambda: Office(
            Deployment(config=settings(jobs=JOBS, conversations=KEPT), conversations=store())
        )
    )

    @property
    def deployment(self) -> Deployment:
        return self.office.deployment

    @property
    def config(self) -> KeptConversationsConfig:
        names = ("tenant_claim", "shared_tenant", "limits", "guardrail")
        given = {
            **{name: SETTINGS[name] for name in names},
            "conversations": KEPT,
            "jobs": JOBS,
            "origin_digests": None,
        }
        return parse_kept_conversations_config(json.dumps(given))

    def respond(self, body: Any, *, user: str = "user-1", tenant: str = TENANT, **more: Any) -> HttpResponse:
        asked = {"input": body} if isinstance(body, str) else body
        return self.deployment.responses(asked, claims={"sub": user, "custom:tenant_id": tenant}, **more)

    def made(self, body: Any, **more: Any) -> dict[str, Any]:
        """The response to a request that is answered. Time passes, as it does on a clock."""
        self.deployment.clock.time += 1
        return body_of(self.respond(body, **more))

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        user: str = "user-1",
        tenant: str = TENANT,
        query: Mapping[str, str] | None = None,
    ) -> HttpResponse:
        d, jobs = self.deployment, self.office.ports.jobs
        kept = Kept(
            config=self.config,
            store=d.conversations,
            guardrail=d.guardrail,
            jobs=jobs,
            removal=DynamoJobRemoval("jobs", Payloads("payloads")),
            clock=d.clock,
        )
        content = b"" if body is None else json.dumps(body).encode()
        claims = {"sub": user, "custom:tenant_id": tenant}
        request = HttpRequest(method, path, {}, content, claims, dict(query or {}))
        return answer(request, kept.routes, self.config, d.clock, d.log, d.clock.monotonic() + 10)

    def conversation(self, **body: Any) -> str:
        return body_of(self.send("POST", "/v1/conversations", body))["id"]

    def said(self, conversation_id: str) -> list[tuple[str, str]]:
        """Role and text of the items, the oldest first."""
        path = f"/v1/conversations/{conversation_id}/items"
        found = body_of(self.send("GET", path, query={"order": "asc", "limit": "100"}))
        return [(item["role"], item["content"][0]["text"]) for item in found["data"]]

    @property
    def given(self) -> list[tuple[str, str]]:
        """The history that the model was given last."""
        return [(message.role, message.text) for message in self.deployment.model.prompts[-1].history]


def body_of(response: HttpResponse) -> dict[str, Any]:
    assert response.status == 200, response.body
    return json.loads(response.body)


def error_of(response: HttpResponse) -> tuple[int, str]:
    return response.status, json.loads(response.body)["error"]["code"]
