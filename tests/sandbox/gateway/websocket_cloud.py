"""A WebSocket API of a test's own, deployed in the tests' cloud, and a real client of it."""

import contextlib
import json
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import boto3
from botocore.config import Config
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.sandbox.functions.lambda_cloud import REGION, LambdaCloud
from tests.sandbox.gateway.gateway_cloud import ACCOUNT, Reply

OK = "def handler(event, context): return {'statusCode': 200}"
ECHO = "import json\ndef handler(event, context): return {'statusCode': 200, 'body': json.dumps(event)}"
PUSH = """
    import json, boto3
    def handler(event, context):
        where = event["requestContext"]
        url = f"http://{where['domainName']}/{where['stage']}"
        client = boto3.client("apigatewaymanagementapi", endpoint_url=url)
        asked = json.loads(event["body"])
        for number in range(asked.get("count", 1)):
            data = json.dumps({"number": number, "text": asked.get("text")}).encode()
            client.post_to_connection(ConnectionId=where["connectionId"], Data=data)
        return {"statusCode": 200}
"""


def ask(socket: ClientConnection, message: Any) -> Any:
    """Send a message, and return the next one that comes."""
    socket.send(message if isinstance(message, str) else json.dumps(message))
    return receive(socket)


def receive(socket: ClientConnection, seconds: float = 10) -> Any:
    return json.loads(socket.recv(timeout=seconds))


@dataclass
class WebSocketApi:
    """An API with a live stage ``live`` that selects routes by ``action``, unless a test asks for another."""

    cloud: LambdaCloud
    id: str
    endpoint: str
    stage: str
    routes: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def client(self) -> Any:
        return self.cloud.client("apigatewayv2")

    @property
    def url(self) -> str:
        return f"{self.endpoint}/{self.stage}"

    def route(self, key: str, code: str = OK, *, permit: bool = True, answers: bool = False, **settings: Any) -> str:
        """Add a route to a new function, whose answers go back if ``answers``; returns the function's name."""
        timeout = {k: settings.pop(k) for k in ("TimeoutInMillis",) if k in settings}
        role = {k: settings.pop(k) for k in ("Role",) if k in settings}
        name = self.cloud.function(code, **role)
        uri = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"
        made = self.client.create_integration(ApiId=self.id, IntegrationType="AWS_PROXY", IntegrationUri=uri, **timeout)
        if answers:
            settings["RouteResponseSelectionExpression"] = "$default"
        target = f"integrations/{made['IntegrationId']}"
        route = self.client.create_route(ApiId=self.id, RouteKey=key, Target=target, **settings)["RouteId"]
        if answers:
            self.client.create_route_response(ApiId=self.id, RouteId=route, RouteResponseKey="$default")
        if permit:
            self.permit(name, f"*/{key}")
        self.routes[key] = route
        return name

    def permit(self, function: str, source: str) -> None:
        self.cloud.client("lambda").add_permission(
            FunctionName=function,
            StatementId="api",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{self.id}/{source}",
        )

    @contextlib.contextmanager
    def connected(
        self, headers: dict[str, str] | None = None, subprotocols: Sequence[str] = (), **query: str
    ) -> Generator[ClientConnection]:
        url = self.url + (f"?{urlencode(query)}" if query else "")
        wanted = [Subprotocol(name) for name in subprotocols] or None
        with connect(url, additional_headers=headers, subprotocols=wanted, compression=None, max_size=None) as socket:
            yield socket

    def refusal(self, headers: dict[str, str] | None = None, **query: str) -> Reply:
        """Return how a handshake is refused."""
        try:
            with self.connected(headers, **query):
                pass
        except InvalidStatus as error:
            response = error.response
            return Reply(response.status_code, list(response.headers.raw_items()), bytes(response.body or b""))
        raise AssertionError("the handshake was accepted")

    def management(self, role: str | None = None) -> Any:
        """Return a client of the connections' management API, for the deployer or as a role."""
        keys = {"aws_access_key_id": "sandbox", "aws_secret_access_key": "sandbox"}
        if role:
            given = self.cloud.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
            keys = {
                "aws_access_key_id": given["AccessKeyId"],
                "aws_secret_access_key": given["SecretAccessKey"],
                "aws_session_token": given["SessionToken"],
            }
        return boto3.client(
            "apigatewaymanagementapi",
            endpoint_url=self.url.replace("ws://", "http://"),
            region_name=REGION,
            config=Config(retries={"total_max_attempts": 1}),
            **keys,
        )


def websocket_api(cloud: LambdaCloud, stage: dict[str, Any] | None = None, **settings: Any) -> WebSocketApi:
    client = cloud.client("apigatewayv2")
    usual = {"ProtocolType": "WEBSOCKET", "RouteSelectionExpression": "$request.body.action"}
    made = client.create_api(Name=f"api-{time.time_ns()}", **{**usual, **settings})
    wanted = {"StageName": "live", "AutoDeploy": True, **(stage or {})}
    client.create_stage(ApiId=made["ApiId"], **wanted)
    return WebSocketApi(cloud, made["ApiId"], made["ApiEndpoint"], str(wanted["StageName"]))
