"""The management API of connections: posts from functions and others, in order, allowed by IAM, gone when closed."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
from botocore.exceptions import ClientError
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from pulumi_sandbox.aws import call_log
from pulumi_sandbox.aws.gateway import websocket_connections
from tests.sandbox.functions.lambda_cloud import LOGGING, REGION, LambdaCloud, eventually
from tests.sandbox.gateway.gateway_cloud import ACCOUNT, send
from tests.sandbox.gateway.websocket_cloud import ECHO, PUSH, WebSocketApi, ask, receive, websocket_api


def error_of(call: Callable[[], Any]) -> tuple[str, int, str]:
    with pytest.raises(ClientError) as caught:
        call()
    answer: Any = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"].get("Message", "")


@pytest.fixture(scope="module")
def api(cloud: LambdaCloud) -> WebSocketApi:
    made = websocket_api(cloud)
    made.route("who", ECHO, answers=True)
    return made


def id_of(socket: ClientConnection) -> str:
    return ask(socket, {"action": "who"})["requestContext"]["connectionId"]


def connection_arn(api: WebSocketApi, method: str, connection: str = "*") -> str:
    return f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api.id}/live/{method}/@connections/{connection}"


def test_a_function_pushes_to_its_client(cloud: LambdaCloud) -> None:
    api = websocket_api(cloud)
    name, role = cloud.role(LOGGING)
    api.route("push", PUSH, Role=role)
    with api.connected() as socket:
        refused = ask(socket, {"action": "push"})
        assert refused["message"] == "Internal server error"
        cloud.put_policy(name, [*LOGGING, "execute-api:ManageConnections"], "*")
        socket.send(json.dumps({"action": "push", "count": 3, "text": "hé"}))
        assert [receive(socket) for _ in range(3)] == [{"number": n, "text": "hé"} for n in range(3)]
    arn = connection_arn(api, "POST", refused["connectionId"])
    calls = [call for call in call_log.recorded_calls() if arn in call["resources"]]
    assert [(call["role"], call["action"], call["allowed"], call["count"]) for call in calls] == [
        (role, "execute-api:ManageConnections", False, 1),
        (role, "execute-api:ManageConnections", True, 3),
    ]


def test_many_quick_posts_keep_their_order(cloud: LambdaCloud) -> None:
    api = websocket_api(cloud)
    api.route("push", PUSH, Role=cloud.role([*LOGGING, "execute-api:ManageConnections"])[1])
    with api.connected() as socket:
        socket.send(json.dumps({"action": "push", "count": 200}))
        assert [receive(socket)["number"] for _ in range(200)] == list(range(200))


def test_posts_of_several_at_once_all_arrive(api: WebSocketApi) -> None:
    management = api.management()
    with api.connected() as socket:
        connection = id_of(socket)
        with ThreadPoolExecutor(8) as threads:
            for sender in range(8):
                threads.submit(
                    lambda sender=sender: [
                        management.post_to_connection(ConnectionId=connection, Data=json.dumps([sender, n]))
                        for n in range(25)
                    ]
                )
            came = [receive(socket) for _ in range(200)]
    for sender in range(8):
        assert [number for own, number in came if own == sender] == list(range(25))


def test_what_is_posted_arrives_as_it_was(api: WebSocketApi) -> None:
    management = api.management()
    with api.connected() as socket:
        connection = id_of(socket)
        largest = "ü" * (64 * 1024)
        for data, message in [("plain", "plain"), (largest, largest), (b"\xff\x00", b"\xff\x00"), ("", "")]:
            management.post_to_connection(ConnectionId=connection, Data=data)
            assert socket.recv(timeout=5) == message
        too_large = error_of(lambda: management.post_to_connection(ConnectionId=connection, Data="x" * 131_073))
        assert too_large[:2] == ("PayloadTooLargeException", 413)
        assert id_of(socket) == connection


def test_about_a_connection(api: WebSocketApi) -> None:
    management = api.management()
    with api.connected() as socket:
        connection = id_of(socket)
        before = management.get_connection(ConnectionId=connection)
        time.sleep(0.01)
        management.post_to_connection(ConnectionId=connection, Data="x")
        after = management.get_connection(ConnectionId=connection)
    assert abs((datetime.now(UTC) - before["ConnectedAt"]).total_seconds()) < 60
    assert before["Identity"]["SourceIp"] == "127.0.0.1"
    assert "websockets" in before["Identity"]["UserAgent"]
    assert before["ConnectedAt"] == after["ConnectedAt"] <= before["LastActiveAt"] < after["LastActiveAt"]


def test_closed_connections_are_gone(api: WebSocketApi) -> None:
    management = api.management()
    with api.connected() as socket:
        connection = id_of(socket)
    eventually(lambda: websocket_connections.find(connection) is None)
    for call in (management.get_connection, management.delete_connection):
        assert error_of(lambda call=call: call(ConnectionId=connection))[:2] == ("GoneException", 410)
    posted = error_of(lambda: management.post_to_connection(ConnectionId=connection, Data="x"))
    assert posted[:2] == ("GoneException", 410)
    malformed = error_of(lambda: management.post_to_connection(ConnectionId="nonsense", Data="x"))
    assert malformed == ("BadRequestException", 400, "Invalid connectionId: nonsense")


def test_a_client_is_not_reachable_before_it_is_connected(cloud: LambdaCloud) -> None:
    api = websocket_api(cloud)
    code = """
        import boto3, botocore.exceptions
        def handler(event, context):
            where = event["requestContext"]
            url = f"http://{where['domainName']}/{where['stage']}"
            client = boto3.client("apigatewaymanagementapi", endpoint_url=url)
            try:
                client.post_to_connection(ConnectionId=where["connectionId"], Data=b"early")
            except client.exceptions.GoneException:
                return {"statusCode": 200}
            return {"statusCode": 500}
    """
    api.route("$connect", code, Role=cloud.role([*LOGGING, "execute-api:ManageConnections"])[1])
    with api.connected():
        pass


def test_deleting_closes_and_ends_the_connection(cloud: LambdaCloud) -> None:
    api = websocket_api(cloud)
    api.route("who", ECHO, answers=True)
    api.route("$disconnect", "def handler(event, context): print('ended', event['requestContext']['connectionId'])")
    with api.connected() as socket:
        connection = id_of(socket)
        api.management().delete_connection(ConnectionId=connection)
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=5)
    assert closed.value.rcvd
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1000, "Connection Closed Normally")
    route = api.client.get_route(ApiId=api.id, RouteId=api.routes["$disconnect"])
    integration = api.client.get_integration(ApiId=api.id, IntegrationId=route["Target"].split("/")[1])
    group = f"/aws/lambda/{integration['IntegrationUri'].rpartition(':')[2]}"
    eventually(lambda: any(f"ended {connection}" in line for line in cloud.log_lines(group)))


def test_roles_manage_what_their_policies_name(cloud: LambdaCloud, api: WebSocketApi) -> None:
    role, arn = cloud.role([])
    management = api.management(arn)
    with api.connected() as socket:
        connection = id_of(socket)

        def post() -> Any:
            return management.post_to_connection(ConnectionId=connection, Data="x")

        code, status, message = error_of(post)
        assert (code, status) == ("AccessDeniedException", 403)
        resource = connection_arn(api, "POST", connection)
        assert f"is not authorized to perform: execute-api:ManageConnections on resource: {resource} " in message
        cloud.put_policy(role, ["execute-api:ManageConnections"], connection_arn(api, "GET"))
        assert error_of(post)[0] == "AccessDeniedException"
        management.get_connection(ConnectionId=connection)
        cloud.put_policy(role, ["execute-api:ManageConnections"], connection_arn(api, "POST"))
        assert post()["ResponseMetadata"]["HTTPStatusCode"] == 200
        assert error_of(lambda: management.delete_connection(ConnectionId=connection))[0] == "AccessDeniedException"


def test_requests_must_be_signed_and_name_the_stage(cloud: LambdaCloud, api: WebSocketApi) -> None:
    with api.connected() as socket:
        connection = id_of(socket)
        url = f"{api.url.replace('ws://', 'http://')}/@connections/{quote(connection)}"
        unsigned = send(url, "POST", body="x")
        assert (unsigned.status, unsigned.json) == (403, {"message": "Missing Authentication Token"})
        other = WebSocketApi(cloud, api.id, api.endpoint, "other").management()
        refused = error_of(lambda: other.post_to_connection(ConnectionId=connection, Data="x"))
        assert refused[:2] == ("ForbiddenException", 403)
        stranger = websocket_api(cloud).management()
        gone = error_of(lambda: stranger.post_to_connection(ConnectionId=connection, Data="x"))
        assert gone[:2] == ("GoneException", 410)


def test_a_client_that_does_not_read_is_not_waited_for(api: WebSocketApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket_connections, "SEND_SECONDS", 0.2)
    management = api.management()

    def fill(connection: str) -> None:
        for _ in range(400):
            management.post_to_connection(ConnectionId=connection, Data="x" * 131_072)

    with api.connected() as socket:
        connection = id_of(socket)
        assert error_of(lambda: fill(connection))[:2] == ("LimitExceededException", 429)
        socket.socket.close()
