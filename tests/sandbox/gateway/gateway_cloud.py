"""An HTTP API of a test's own, deployed in the tests' cloud."""

import http.client
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tests.sandbox.functions.lambda_cloud import REGION, LambdaCloud

ACCOUNT = "123456789012"
ECHO = "def handler(event, context): return event"


@dataclass
class Reply:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name), None)

    @property
    def text(self) -> str:
        return self.body.decode()


def send(
    url: str,
    method: str = "GET",
    headers: Mapping[str, str] | list[tuple[str, str]] | None = None,
    body: bytes | str | None = None,
) -> Reply:
    parts = urlsplit(url)
    assert parts.hostname
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
    content = body.encode() if isinstance(body, str) else body
    connection.putrequest(method, parts.path + (f"?{parts.query}" if parts.query else ""), skip_accept_encoding=True)
    for name, value in headers.items() if isinstance(headers, Mapping) else headers or []:
        connection.putheader(name, value)
    if content is not None:
        connection.putheader("content-length", str(len(content)))
    connection.endheaders(content)
    answer = connection.getresponse()
    reply = Reply(answer.status, answer.getheaders(), answer.read())
    connection.close()
    return reply


@dataclass
class HttpApi:
    """An API with a live ``$default`` stage, unless a test asks for another."""

    cloud: LambdaCloud
    id: str
    endpoint: str
    permitted: set[str] = field(default_factory=set[str])

    @property
    def client(self) -> Any:
        return self.cloud.client("apigatewayv2")

    def route(self, key: str, code: str = ECHO, *, permit: bool = True, **settings: Any) -> str:
        """Add a route to a new function; returns the function's name."""
        names = {k: v for k, v in settings.items() if k in ("TimeoutInMillis", "PayloadFormatVersion")}
        function_settings = {k: v for k, v in settings.items() if k in ("Timeout", "MemorySize")}
        rest = {k: v for k, v in settings.items() if k not in names and k not in function_settings}
        name = self.cloud.function(code, **function_settings)
        target = self.integration(f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}", **names)
        self.client.create_route(ApiId=self.id, RouteKey=key, Target=target, **rest)
        if permit:
            self.permit(name)
        return name

    def integration(self, uri: str, **settings: Any) -> str:
        defaults = {"IntegrationType": "AWS_PROXY", "PayloadFormatVersion": "2.0"}
        made = self.client.create_integration(ApiId=self.id, IntegrationUri=uri, **{**defaults, **settings})
        return f"integrations/{made['IntegrationId']}"

    def permit(self, function: str, source: str = "*/*") -> None:
        self.cloud.client("lambda").add_permission(
            FunctionName=function,
            StatementId="api",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{self.id}/{source}",
        )

    def send(self, path: str, method: str = "GET", headers: Any = None, body: bytes | str | None = None) -> Reply:
        return send(self.endpoint + path, method, headers, body)


def http_api(cloud: LambdaCloud, stage: dict[str, Any] | None = None, **settings: Any) -> HttpApi:
    client = cloud.client("apigatewayv2")
    made = client.create_api(Name=f"api-{time.time_ns()}", ProtocolType="HTTP", **settings)
    client.create_stage(ApiId=made["ApiId"], **{"StageName": "$default", "AutoDeploy": True, **(stage or {})})
    return HttpApi(cloud, made["ApiId"], made["ApiEndpoint"])
