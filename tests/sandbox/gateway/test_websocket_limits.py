"""Limits of WebSocket APIs: sizes, times, rates; and their access log."""

import json
import time
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from pulumi_sandbox.aws.gateway import websocket_api as gateway_websocket_api
from tests.sandbox.functions.lambda_cloud import REGION, LambdaCloud, eventually
from tests.sandbox.gateway.gateway_cloud import ACCOUNT
from tests.sandbox.gateway.websocket_cloud import ECHO, OK, WebSocketApi, ask, receive, websocket_api

MEASURE = """
    import json
    def handler(event, context): return {"statusCode": 200, "body": json.dumps(len(event["body"]))}
"""
FRAME_BYTES = 32 * 1024


@pytest.fixture(scope="module")
def api(cloud: LambdaCloud) -> WebSocketApi:
    """An API whose default route returns the length of what it got."""
    made = websocket_api(cloud)
    made.route("$default", MEASURE, answers=True)
    return made


def closed_by_server(socket: ClientConnection, seconds: float = 5) -> tuple[int, str]:
    with pytest.raises(ConnectionClosed) as closed:
        socket.recv(timeout=seconds)
    assert closed.value.rcvd
    return closed.value.rcvd.code, closed.value.rcvd.reason


def test_the_largest_message_in_frames(api: WebSocketApi) -> None:
    with api.connected() as socket:
        socket.send(["x" * FRAME_BYTES] * 4)
        assert receive(socket) == 4 * FRAME_BYTES


@pytest.mark.parametrize("frames", [["x" * FRAME_BYTES] * 4 + ["x"], ["x" * (FRAME_BYTES + 1)]])
def test_too_large_messages_and_frames_close_the_connection(api: WebSocketApi, frames: list[str]) -> None:
    with api.connected() as socket, pytest.raises(ConnectionClosed) as closed:
        socket.send(frames)  # raises where the server closes before all of it is sent
        socket.recv(timeout=5)
    assert closed.value.rcvd
    assert closed.value.rcvd.code == 1009


def test_binary_messages_close_the_connection(api: WebSocketApi) -> None:
    with api.connected() as socket:
        assert ask(socket, "x") == 1
        socket.send(b"x")
        assert closed_by_server(socket)[0] == 1003


def test_idle_connections_are_closed(cloud: LambdaCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    api = websocket_api(cloud)
    api.route("who", ECHO, answers=True)
    management = api.management()
    with api.connected() as socket:
        ask(socket, {"action": "who"})  # the function's cold start shall not count
    monkeypatch.setattr(gateway_websocket_api, "IDLE_SECONDS", 0.8)
    with api.connected() as socket:
        started = time.monotonic()
        connection = ask(socket, {"action": "who"})["requestContext"]["connectionId"]
        # Messages in both directions keep it open.
        for _ in range(4):
            time.sleep(0.25)
            management.post_to_connection(ConnectionId=connection, Data="x")
            assert socket.recv(timeout=5) == "x"
        assert closed_by_server(socket) == (1001, "Going away")
        assert 1.7 < time.monotonic() - started < 10


def test_no_connection_lasts_longer_than_its_time(api: WebSocketApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway_websocket_api, "CONNECTION_SECONDS", 0.5)
    started = time.monotonic()
    with api.connected() as socket:
        while time.monotonic() - started < 5:
            try:
                socket.send("x")
                socket.recv(timeout=5)
            except ConnectionClosed as closed:
                assert closed.rcvd
                assert (closed.rcvd.code, closed.rcvd.reason) == (1001, "Going away")
                break
        assert 0.4 < time.monotonic() - started < 5


def test_time_limit_of_the_integration(cloud: LambdaCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = "import time\ndef handler(event, context): time.sleep(3)"
    api = websocket_api(cloud)
    api.route("slow", slow, TimeoutInMillis=1000)
    api.route("slower", slow)
    cloud.invoke(api.route("quick", ECHO, answers=True))  # a cold start might take longer than the slow one may
    with api.connected() as socket:
        socket.send('{"action": "slow"}')
        # Other messages do not wait for it.
        assert ask(socket, {"action": "quick"})["requestContext"]["routeKey"] == "quick"
        assert receive(socket)["message"] == "Endpoint request timed out"
        monkeypatch.setattr(gateway_websocket_api, "MAX_TIMEOUT_SECONDS", 0.2)
        assert ask(socket, {"action": "slower"})["message"] == "Endpoint request timed out"


def test_throttling(cloud: LambdaCloud) -> None:
    settings = {"ThrottlingRateLimit": 1.0, "ThrottlingBurstLimit": 2}
    own = {"$connect": {"ThrottlingRateLimit": 0.0, "ThrottlingBurstLimit": 2}}
    api = websocket_api(cloud, {"DefaultRouteSettings": settings, "RouteSettings": own})
    api.route("$connect")
    cloud.invoke(api.route("echo", ECHO, answers=True))  # a cold start would refill the bucket
    with api.connected() as socket:
        first = ask(socket, {"action": "echo"})["requestContext"]
        ask(socket, {"action": "echo"})
        error = ask(socket, {"action": "echo"})
        assert (error["message"], error["connectionId"]) == ("Too Many Requests", first["connectionId"])
        assert eventually(lambda: "body" in ask(socket, {"action": "echo"}))
    with api.connected():
        pass
    refusal = api.refusal()
    assert (refusal.status, refusal.json["message"]) == (429, "Too Many Requests")


def logging_api(cloud: LambdaCloud, *names: str) -> tuple[WebSocketApi, str]:
    group = f"/api/{time.time_ns()}"
    cloud.client("logs").create_log_group(logGroupName=group)
    arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}"
    form = json.dumps({name: f"$context.{name}" for name in names})
    return websocket_api(cloud, {"AccessLogSettings": {"DestinationArn": arn, "Format": form}}), group


def lines_of(cloud: LambdaCloud, group: str, count: int) -> list[dict[str, Any]]:
    lines = eventually(lambda: len(found := cloud.log_lines(group)) >= count and found)
    assert len(lines) == count
    return [json.loads(line) for line in lines]


def test_access_log(cloud: LambdaCloud) -> None:
    names = ("eventType", "routeKey", "status", "error.message", "integrationStatus", "stage")
    api, group = logging_api(cloud, *names, "connectionId", "requestId", "messageId", "identity.sourceIp")
    api.route("$connect", OK)
    api.route("echo", ECHO, answers=True)
    api.route("fail", "def handler(event, context): raise ValueError('secret')")
    with api.connected() as socket:
        context = ask(socket, {"action": "echo"})["requestContext"]
        error = ask(socket, {"action": "fail"})
        ask(socket, {"action": "nowhere"})
    lines = lines_of(cloud, group, 5)
    assert [tuple(line[name] for name in names) for line in lines] == [
        ("CONNECT", "$connect", "200", "-", "200", "live"),
        ("MESSAGE", "echo", "200", "-", "200", "live"),
        ("MESSAGE", "fail", "502", "Internal server error", "-", "live"),
        ("MESSAGE", "-", "403", "Forbidden", "-", "live"),
        ("DISCONNECT", "-", "200", "-", "-", "live"),
    ]
    assert {line["connectionId"] for line in lines} == {context["connectionId"]}
    assert (lines[1]["requestId"], lines[1]["messageId"]) == (context["requestId"], context["messageId"])
    assert lines[2]["requestId"] == error["requestId"]
    assert (lines[0]["messageId"], lines[0]["identity.sourceIp"]) == ("-", "127.0.0.1")


def test_refused_handshakes_are_logged(cloud: LambdaCloud) -> None:
    api, group = logging_api(cloud, "eventType", "status", "authorizer.error", "error.message")
    api.route("$connect", OK, AuthorizationType="AWS_IAM")
    api.refusal()
    assert lines_of(cloud, group, 1) == [
        {
            "eventType": "CONNECT",
            "status": "403",
            "authorizer.error": "the request is not signed",
            "error.message": "Forbidden",
        }
    ]
