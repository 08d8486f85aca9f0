"""WebSocket APIs in a whole sandbox: connections managed at the main endpoint, and APIs that outlive a kill."""

import io
import json
import os
import signal
import time
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from daemon_fixture import REGION, Daemon
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from pulumi_sandbox import lifecycle

ACCOUNT = "123456789012"
WHO = """
import json
def handler(event, context):
    return {"statusCode": 200, "body": json.dumps(event["requestContext"])}
"""
# No endpoint_url: AWS_ENDPOINT_URL leads to the main endpoint, where only the connection tells the API.
PUSH = """
import boto3
def handler(event, context):
    connection = event["requestContext"]["connectionId"]
    boto3.client("apigatewaymanagementapi").post_to_connection(ConnectionId=connection, Data=b"pushed")
    return {"statusCode": 200}
"""
LEAVE = """
import boto3
def handler(event, context):
    sqs = boto3.client("sqs")
    queue = sqs.get_queue_url(QueueName="left")["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody=event["requestContext"]["connectionId"])
"""


def trust(principal: dict[str, str]) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def allow(daemon: Daemon, role: str, resource: str, action: str = "execute-api:ManageConnections") -> None:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    daemon.client("iam").put_role_policy(RoleName=role, PolicyName="own", PolicyDocument=document)


class Sockets:
    """An API whose stage serves a deployment, with a route to each of three functions."""

    def __init__(self, daemon: Daemon) -> None:
        iam, gateway = daemon.client("iam"), daemon.client("apigatewayv2")
        self.role = iam.create_role(RoleName="app", AssumeRolePolicyDocument=trust({"Service": "lambda.amazonaws.com"}))
        api = gateway.create_api(
            Name="sockets", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action"
        )
        self.id, self.url = api["ApiId"], f"{api['ApiEndpoint']}/live"
        self._route(daemon, "who", WHO)
        self._route(daemon, "push", PUSH)
        self._route(daemon, "$disconnect", LEAVE)
        gateway.create_stage(ApiId=self.id, StageName="live")
        gateway.create_deployment(ApiId=self.id, StageName="live")

    def _route(self, daemon: Daemon, key: str, code: str) -> None:
        gateway, functions = daemon.client("apigatewayv2"), daemon.client("lambda")
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as opened:
            opened.writestr("app.py", code)
        function = functions.create_function(
            FunctionName=key.lstrip("$"),
            Role=self.role["Role"]["Arn"],
            Code={"ZipFile": content.getvalue()},
            Runtime="python3.13",
            Handler="app.handler",
            Timeout=10,
        )
        functions.add_permission(
            FunctionName=key.lstrip("$"),
            StatementId="api",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{self.id}/*/{key}",
        )
        uri = function["FunctionArn"]
        integration = gateway.create_integration(ApiId=self.id, IntegrationType="AWS_PROXY", IntegrationUri=uri)
        target = f"integrations/{integration['IntegrationId']}"
        arguments = {"RouteKey": key, "Target": target, "RouteResponseSelectionExpression": "$default"}
        route = gateway.create_route(ApiId=self.id, **arguments)["RouteId"]
        gateway.create_route_response(ApiId=self.id, RouteId=route, RouteResponseKey="$default")

    def arn(self, method: str, connection: str = "*") -> str:
        return f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{self.id}/live/{method}/@connections/{connection}"


def ask(socket: ClientConnection, action: str) -> str:
    socket.send(json.dumps({"action": action}))
    return str(socket.recv(timeout=20))


def id_of(socket: ClientConnection) -> str:
    return json.loads(ask(socket, "who"))["connectionId"]


def code_of(call: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call()
    error: Any = caught.value.response["Error"]
    return error["Code"], error.get("Message", "")


@pytest.fixture(scope="module")
def sockets(daemon: Daemon) -> Sockets:
    return Sockets(daemon)


def test_the_main_endpoint_leads_to_connections(daemon: Daemon, sockets: Sockets) -> None:
    with connect(sockets.url) as socket:
        connection = id_of(socket)
        for path in ("", "/live", f"/{sockets.id}/live"):
            management = Daemon(daemon.state, daemon.endpoint + path).client("apigatewaymanagementapi")
            management.post_to_connection(ConnectionId=connection, Data=path or "none")
            assert socket.recv(timeout=5) == (path or "none")
            assert management.get_connection(ConnectionId=connection)["Identity"]["SourceIp"] == "127.0.0.1"
        for path in ("/other", "/nothing/live"):
            management = Daemon(daemon.state, daemon.endpoint + path).client("apigatewaymanagementapi")
            refused = code_of(lambda: management.post_to_connection(ConnectionId=connection, Data="x"))  # noqa: B023
            assert refused[0] == "GoneException"
        management = daemon.client("apigatewaymanagementapi")
        management.delete_connection(ConnectionId=connection)
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=5)
    assert code_of(lambda: management.post_to_connection(ConnectionId=connection, Data="x"))[0] == "GoneException"


def test_functions_push_as_their_role_allows(daemon: Daemon, sockets: Sockets) -> None:
    with connect(sockets.url) as socket:
        assert json.loads(ask(socket, "push"))["message"] == "Internal server error"
        connection = id_of(socket)
        allow(daemon, "app", sockets.arn("POST"))
        assert ask(socket, "push") == "pushed"
    role = sockets.role["Role"]["Arn"]
    calls = [call for call in daemon.get("/_sandbox/iam/calls") if sockets.arn("POST", connection) in call["resources"]]
    assert [(call["role"], call["action"], call["allowed"]) for call in calls] == [
        (role, "execute-api:ManageConnections", False),
        (role, "execute-api:ManageConnections", True),
    ]


def test_roles_are_held_to_their_policies(daemon: Daemon, sockets: Sockets) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:root"
    role = daemon.client("iam").create_role(RoleName="other", AssumeRolePolicyDocument=trust({"AWS": arn}))["Role"]
    given = daemon.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="test")["Credentials"]
    management = daemon.client(
        "apigatewaymanagementapi",
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )
    with connect(sockets.url) as socket:
        connection = id_of(socket)
        allow(daemon, "other", sockets.arn("GET"))
        code, message = code_of(lambda: management.post_to_connection(ConnectionId=connection, Data="x"))
        assert code == "AccessDeniedException"
        assert f"execute-api:ManageConnections on resource: {sockets.arn('POST', connection)}" in message
        assert management.get_connection(ConnectionId=connection)["ConnectedAt"]


def test_apis_outlive_a_kill_and_connections_do_not(start_daemon: Callable[[], Daemon]) -> None:
    daemon = start_daemon()
    sockets = Sockets(daemon)
    pid = lifecycle.running_pid(daemon.state)
    assert pid
    with connect(sockets.url) as socket:
        connection = id_of(socket)
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=5)
    while lifecycle.running_pid(daemon.state) == pid:
        time.sleep(0.01)
    daemon = start_daemon()
    with connect(sockets.url) as socket:
        assert id_of(socket) != connection
        management = daemon.client("apigatewaymanagementapi")
        assert code_of(lambda: management.get_connection(ConnectionId=connection))[0] == "GoneException"


def test_a_stop_lets_the_end_of_connections_be_heard(start_daemon: Callable[[], Daemon]) -> None:
    daemon = start_daemon()
    sockets = Sockets(daemon)
    allow(daemon, "app", "*", "sqs:*")
    queue = daemon.client("sqs").create_queue(QueueName="left")["QueueUrl"]
    with connect(sockets.url) as socket:
        connection = id_of(socket)
        daemon = daemon.restart()
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=5)
    assert closed.value.rcvd
    assert closed.value.rcvd.code == 1012
    messages = daemon.client("sqs").receive_message(QueueUrl=queue)["Messages"]
    assert [message["Body"] for message in messages] == [connection]
