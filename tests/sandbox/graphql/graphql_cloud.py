"""A GraphQL API of a test's own, in a sandbox of these tests' own."""

import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2

from tests.sandbox.functions.lambda_cloud import archive
from tests.sandbox.gateway.openid_provider import Provider
from tests.sandbox.services.own_cloud import OwnCloud, unique

SCHEMA = """
type Query { note(id: ID!): Note  notes: [Note!]! }
type Mutation { write(input: NoteInput!): Note! }
input NoteInput { text: String!  tags: [String!] }
type Note { id: ID!  text: String!  author: Author  context: AWSJSON }
type Author { name: String!  notes: [Note!] }
"""
ECHO = """
import json
def handler(event, context):
    return {"id": "n1", "text": "hello", "author": {"name": "Ann", "notes": []}, "context": json.dumps(event)}
"""
RUNTIME = {"name": "APPSYNC_JS", "runtimeVersion": "1.0.0"}


def trust(service: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}


@dataclass
class GraphQLApi:
    """An API that takes the provider's tokens."""

    cloud: OwnCloud
    provider: Provider
    settings: dict[str, Any] = field(default_factory=dict[str, Any])
    id: str = ""
    url: str = ""
    arn: str = ""

    def create(self, schema: str = SCHEMA) -> "GraphQLApi":
        made = self.client.create_graphql_api(
            name="notes",
            authenticationType="OPENID_CONNECT",
            openIDConnectConfig={"issuer": self.provider.issuer, "clientId": "^app$"},
            **self.settings,
        )["graphqlApi"]
        self.id, self.url, self.arn = made["apiId"], made["uris"]["GRAPHQL"], made["arn"]
        self.client.start_schema_creation(apiId=self.id, definition=schema.encode())
        status = self.client.get_schema_creation_status(apiId=self.id)
        assert status["status"] == "SUCCESS", status
        return self

    @property
    def client(self) -> Any:
        return self.cloud.client("appsync")

    def function(self, code: str, timeout_seconds: int = 10) -> str:
        """Create a function, and return its ARN."""
        role = self.cloud.role([], trust("lambda.amazonaws.com"))
        return self.cloud.client("lambda").create_function(
            FunctionName=unique("fn"),
            Role=role,
            Code={"ZipFile": archive({"app.py": code})},
            Runtime="python3.13",
            Handler="app.handler",
            Timeout=timeout_seconds,
        )["FunctionArn"]

    def resolver(self, place: str, function: str = ECHO, *, role: str | None = None, **settings: Any) -> str:
        """Have a new function resolve a field such as `Query.note`, and return its ARN."""
        arn = self.function(function)
        role = role or self.cloud.role(
            [{"Action": "lambda:InvokeFunction", "Resource": arn}], trust("appsync.amazonaws.com")
        )
        name = f"source_{uuid.uuid4().hex[:6]}"
        self.client.create_data_source(
            apiId=self.id,
            name=name,
            type="AWS_LAMBDA",
            serviceRoleArn=role,
            lambdaConfig={"lambdaFunctionArn": arn},
        )
        kind, _, field_name = place.partition(".")
        self.client.create_resolver(apiId=self.id, typeName=kind, fieldName=field_name, dataSourceName=name, **settings)
        return arn

    def post(self, body: Any, token: str | None = "", **headers: str) -> httpx2.Response:
        """Post a body as it is, with a good token unless another is given."""
        sent = {"content-type": "application/json", **headers}
        if token is not None:
            sent["authorization"] = token or self.provider.token()
        content = body if isinstance(body, str) else json.dumps(body)
        return httpx2.post(self.url, content=content, headers=sent, timeout=40)

    def ask(self, query: str, variables: Mapping[str, Any] | None = None, **headers: str) -> dict[str, Any]:
        answer = self.post({"query": query, "variables": variables}, **headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def logged(self) -> list[dict[str, Any]]:
        """What is in the API's log group."""
        logs, found = self.cloud.client("logs"), list[dict[str, Any]]()
        deadline = time.monotonic() + 5
        while not found and time.monotonic() < deadline:
            time.sleep(0.1)
            streams = logs.describe_log_streams(logGroupName=f"/aws/appsync/apis/{self.id}")["logStreams"]
            for stream in streams:
                events = logs.get_log_events(
                    logGroupName=f"/aws/appsync/apis/{self.id}", logStreamName=stream["logStreamName"]
                )
                found += [json.loads(event["message"]) for event in events["events"]]
        return found
