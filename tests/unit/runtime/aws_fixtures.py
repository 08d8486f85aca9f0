"""Settings, tables and events of a deployment on AWS, for tests with moto and botocore's stubber."""

import base64
import copy
import importlib
import json
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from genai_runtime.aws.clients import client
from tests.unit.runtime.memory import SETTINGS, TEMPLATE, TENANT

REGION = "us-east-1"
KEYS = {"prompts": ("name", "version"), "cache": ("pk",), "usage": ("tenant", "period")}


def make_tables() -> None:
    dynamodb: Any = boto3.client("dynamodb", region_name=REGION)
    for table, keys in KEYS.items():
        dynamodb.create_table(
            TableName=table,
            KeySchema=[{"AttributeName": key, "KeyType": ("HASH", "RANGE")[i]} for i, key in enumerate(keys)],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
            BillingMode="PAY_PER_REQUEST",
        )
    dynamodb.put_item(
        TableName="prompts", Item={"name": {"S": "answer"}, "version": {"S": "1"}, "text": {"S": TEMPLATE}}
    )


@contextmanager
def deployed(module: str, monkeypatch: pytest.MonkeyPatch, *, answers: int) -> Generator[Callable[..., dict[str, Any]]]:
    """A module's handler as a function starts it: on moto's tables, with so many answers of the model, and no guardrail
    or knowledge base."""
    monkeypatch.setenv("GENAI_CONFIG", environment(guardrail=None, knowledge_base=None)["GENAI_CONFIG"])
    with mock_aws():
        make_tables()
        bedrock = stub("bedrock-runtime", 25, 1)
        for _ in range(answers):
            bedrock.add_response("converse", ANSWER)
        monkeypatch.delitem(sys.modules, module, raising=False)
        yield importlib.import_module(module).handler
    monkeypatch.delitem(sys.modules, module, raising=False)


ANSWER = {
    "output": {"message": {"role": "assistant", "content": [{"text": "Because."}]}},
    "stopReason": "end_turn",
    "usage": {"inputTokens": 11, "outputTokens": 7, "totalTokens": 18},
    "metrics": {"latencyMs": 1},
}


def environment(**changes: Any) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "GENAI_CONFIG": json.dumps({**copy.deepcopy(SETTINGS), **changes}),
    }


def event(
    method: str = "POST",
    path: str = "/v1/responses",
    body: str | None = '{"input": "laptop"}',
    *,
    claims: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    stage: str = "$default",
    encoded: bool = False,
) -> dict[str, Any]:
    """As in "Working with AWS Lambda proxy integrations for HTTP APIs" of the API Gateway developer guide."""
    verified = {"sub": "user-1", "custom:tenant_id": TENANT} if claims is None else dict(claims)
    made: dict[str, Any] = {
        "version": "2.0",
        "routeKey": f"{method} {path}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"content-type": "application/json", **(headers or {})},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api-id",
            "authorizer": {"jwt": {"claims": verified, "scopes": None}},
            "domainName": "api-id.execute-api.us-east-1.amazonaws.com",
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "x"},
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": f"{method} {path}",
            "stage": stage,
            "time": "23/Nov/2026:00:00:00 +0000",
            "timeEpoch": 1795392000000,
        },
        "isBase64Encoded": encoded,
    }
    if body is not None:
        made["body"] = base64.b64encode(body.encode()).decode() if encoded else body
    return made


def stub(service: str, *options: int) -> Stubber:
    """Stub the client that the runtime makes with these options."""
    stubber = Stubber(client(service, *options))
    stubber.activate()
    return stubber


class Context:
    """An invocation with `seconds` left."""

    def __init__(self, seconds: float = 27) -> None:
        self.seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        return int(self.seconds * 1000)
