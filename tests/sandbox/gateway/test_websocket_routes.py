"""Handshakes, routes, events and answers of WebSocket APIs."""

import json
import time

import pytest
from websockets.exceptions import ConnectionClosed

from pulumi_sandbox.aws import gateway
from tests.sandbox.functions.lambda_cloud import LambdaCloud, eventually
from tests.sandbox.gateway.gateway_cloud import HttpApi, http_api, send
from tests.sandbox.gateway.websocket_cloud import ECHO, WebSocketApi, ask, receive, websocket_api


@pytest.fixture(scope="module")
def api(cloud: LambdaCloud) -> WebSocketApi:
    """An API whose routes return the event that they got."""
    made = websocket_api(cloud, {"StageVariables": {"mode": "test"}})
    made.route("echo", ECHO, answers=True)
    made.route("$default", ECHO, answers=True)
    return made


def test_event_of_a_message(api: WebSocketApi) -> None:
    with api.connected() as socket:
        body = json.dumps({"action": "echo", "text": "hé"})
        event = ask(socket, body)
        again = ask(socket, body)
    assert (event["body"], event["isBase64Encoded"], event["stageVariables"]) == (body, False, {"mode": "test"})
    assert "headers" not in event
    context = event["requestContext"]
    assert (context["routeKey"], context["eventType"], context["messageDirection"]) == ("echo", "MESSAGE", "IN")
    assert (context["apiId"], context["stage"]) == (api.id, "live")
    assert context["domainName"] == api.endpoint.removeprefix("ws://")
    assert context["requestId"] == context["extendedRequestId"]
    assert context["identity"]["sourceIp"] == "127.0.0.1"
    assert abs(context["requestTimeEpoch"] / 1000 - time.time()) < 60
    assert context["connectedAt"] <= context["requestTimeEpoch"]
    assert again["requestContext"]["connectionId"] == context["connectionId"]
    assert again["requestContext"]["messageId"] != context["messageId"]
    assert "authorizer" not in context


@pytest.mark.parametrize(
    ("message", "route"),
    [
        ('{"action": "echo"}', "echo"),
        ('{"action": "other"}', "$default"),
        ('{"text": "echo"}', "$default"),
        ('{"action": "$connect"}', "$default"),
        ('{"action": {"echo": 1}}', "$default"),
        ("not json", "$default"),
        ('"echo"', "$default"),
    ],
)
def test_messages_select_their_route(api: WebSocketApi, message: str, route: str) -> None:
    with api.connected() as socket:
        assert ask(socket, message)["requestContext"]["routeKey"] == route


def test_selection_expressions_reach_into_the_message(cloud: LambdaCloud) -> None:
    api = websocket_api(cloud, RouteSelectionExpression="${request.body.service}/${request.body.call.name}")
    api.route("chat/ask", ECHO, answers=True)
    with api.connected() as socket:
        assert ask(socket, {"service": "chat", "call": {"name": "ask"}})["requestContext"]["routeKey"] == "chat/ask"
        assert ask(socket, {"service": "chat"})["message"] == "Forbidden"


def test_a_message_that_no_route_takes_is_forbidden(cloud: LambdaCloud) -> None:
    api = websocket_api(cloud)
    api.route("echo", ECHO, answers=True)
    with api.connected() as socket:
        error = ask(socket, {"action": "other"})
        assert error["message"] == "Forbidden"
        # The connection goes on.
        context = ask(socket, {"action": "echo"})["requestContext"]
    assert error["connectionId"] == context["connectionId"]
    assert error["requestId"] != context["requestId"]


def test_answers_go_back_only_with_a_route_response(cloud: LambdaCloud) -> None:
    api = websocket_api(cloud)
    api.route("silent", ECHO)
    api.route("selected", ECHO, RouteResponseSelectionExpression="$default")
    api.route("answers", ECHO, answers=True)
    api.route("empty", answers=True)
    with api.connected() as socket:
        for action in ("silent", "selected", "empty"):
            socket.send(json.dumps({"action": action}))
            with pytest.raises(TimeoutError):
                receive(socket, 0.5)
        assert ask(socket, {"action": "answers"})["requestContext"]["routeKey"] == "answers"


STORE = """
    import json, os, pathlib
    def handler(event, context):
        name = event["requestContext"]["eventType"] + ".json"
        pathlib.Path({folder!r}, name).write_text(json.dumps(event))
        return {{"statusCode": 200}}
"""


def stored(api: WebSocketApi, kind: str) -> dict[str, object]:
    file = api.cloud.directory / f"{api.id}-{kind}.json"
    return eventually(lambda: file.exists() and file.read_text() and json.loads(file.read_text()))


def storing(api: WebSocketApi) -> str:
    folder = str(api.cloud.directory / f"{api.id}-")
    return STORE.replace("pathlib.Path({folder!r}, name)", "pathlib.Path({folder!r} + name)").format(folder=folder)


def test_events_of_the_connection(cloud: LambdaCloud) -> None:
    api = websocket_api(cloud)
    for key in ("$connect", "$disconnect"):
        api.route(key, storing(api))
    with api.connected({"X-Own": "1"}, room="a b", empty="") as socket:
        event = stored(api, "CONNECT")
        socket.close(4001, "enough")
    context, headers = event["requestContext"], event["headers"]
    assert isinstance(context, dict)
    assert isinstance(headers, dict)
    assert (context["routeKey"], context["eventType"]) == ("$connect", "CONNECT")
    assert "messageId" not in context
    assert event["queryStringParameters"] == {"room": "a b", "empty": ""}
    assert event["multiValueQueryStringParameters"] == {"room": ["a b"], "empty": [""]}
    assert (headers["X-Own"], headers["Host"]) == ("1", api.endpoint.removeprefix("ws://"))
    assert (headers["X-Forwarded-For"], headers["X-Forwarded-Proto"]) == ("127.0.0.1", "http")
    assert headers["X-Amzn-Trace-Id"].startswith("Root=1-")
    assert "Upgrade" not in headers
    assert event["multiValueHeaders"]["X-Own"] == ["1"]  # pyright: ignore[reportIndexIssue] - JSON
    end = stored(api, "DISCONNECT")["requestContext"]
    assert isinstance(end, dict)
    assert (end["routeKey"], end["eventType"]) == ("$disconnect", "DISCONNECT")
    assert (end["disconnectStatusCode"], end["disconnectReason"]) == (4001, "enough")
    assert (end["connectionId"], end["connectedAt"]) == (context["connectionId"], context["connectedAt"])


def test_a_broken_connection_ends_with_1006(cloud: LambdaCloud) -> None:
    api = websocket_api(cloud)
    api.route("$disconnect", storing(api))
    with api.connected() as socket:
        socket.socket.close()
        end = stored(api, "DISCONNECT")["requestContext"]
    assert isinstance(end, dict)
    assert (end["disconnectStatusCode"], end["disconnectReason"]) == (1006, "Connection Closed Abnormally")


CHOOSE = """
    def handler(event, context):
        offered = (event["headers"].get("Sec-WebSocket-Protocol") or "").replace(" ", "").split(",")
        if "chat.v2" not in offered:
            return {"statusCode": 400}
        return {"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": "chat.v2", "x-own": "1"}}
"""


def test_connect_chooses_the_subprotocol(cloud: LambdaCloud) -> None:
    api = websocket_api(cloud)
    api.route("$connect", CHOOSE)
    with api.connected(subprotocols=["chat.v1", "chat.v2"]) as socket:
        assert socket.subprotocol == "chat.v2"
        assert socket.response
        assert "x-own" not in socket.response.headers
    refusal = api.refusal()
    assert (refusal.status, refusal.json["message"]) == (400, "Bad Request")
    assert set(refusal.json) == {"message", "connectionId", "requestId"}


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("def handler(event, context): return {'statusCode': 401}", 401),
        ("def handler(event, context): return {'statusCode': 503}", 503),
        ("def handler(event, context): raise ValueError('secret')", 502),
        ("def handler(event, context): return {'ok': True}", 502),
    ],
)
def test_connect_decides_on_the_handshake(cloud: LambdaCloud, code: str, status: int) -> None:
    api = websocket_api(cloud)
    api.route("$connect", code)
    refusal = api.refusal()
    assert refusal.status == status
    assert "secret" not in refusal.text


def test_errors_of_the_function_are_not_shown(cloud: LambdaCloud) -> None:
    api = websocket_api(cloud)
    api.route("raise", "def handler(event, context): raise ValueError('secret')")
    api.route("nothing", "def handler(event, context): return None")
    api.route("denied", permit=False)
    with api.connected() as socket:
        for action in ("raise", "nothing", "denied"):
            error = ask(socket, {"action": action})
            assert error["message"] == "Internal server error"
            assert set(error) == {"message", "connectionId", "requestId"}


def test_permissions_name_stage_and_route(cloud: LambdaCloud) -> None:
    api = websocket_api(cloud)
    name = api.route("echo", ECHO, answers=True, permit=False)
    api.permit(name, "live/other")
    with api.connected() as socket:
        assert ask(socket, {"action": "echo"})["message"] == "Internal server error"
        cloud.client("lambda").remove_permission(FunctionName=name, StatementId="api")
        api.permit(name, "live/echo")
        assert ask(socket, {"action": "echo"})["requestContext"]["routeKey"] == "echo"


def test_only_its_stages_answer(cloud: LambdaCloud) -> None:
    api = websocket_api(cloud)
    wrong = WebSocketApi(cloud, api.id, api.endpoint, "other")
    assert (wrong.refusal().status, wrong.refusal().json["message"]) == (403, "Forbidden")
    disabled = websocket_api(cloud, DisableExecuteApiEndpoint=True)
    assert disabled.refusal().status == 403


def test_a_stage_serves_its_deployment_until_the_next(cloud: LambdaCloud) -> None:
    api = websocket_api(cloud, {"AutoDeploy": False})
    api.route("first", ECHO, answers=True)
    assert api.refusal().status == 403
    api.client.create_deployment(ApiId=api.id, StageName="live")
    api.route("second", ECHO, answers=True)
    with api.connected() as socket:
        assert ask(socket, {"action": "first"})["requestContext"]["routeKey"] == "first"
        assert ask(socket, {"action": "second"})["message"] == "Forbidden"
        api.client.create_deployment(ApiId=api.id, StageName="live")
        assert ask(socket, {"action": "second"})["requestContext"]["routeKey"] == "second"


def test_plain_requests_are_told_to_upgrade(api: WebSocketApi, cloud: LambdaCloud) -> None:
    reply = send(api.url.replace("ws://", "http://"))
    assert (reply.status, reply.json) == (426, {"message": "Upgrade Required"})
    http: HttpApi = http_api(cloud)
    assert WebSocketApi(cloud, http.id, http.endpoint.replace("http://", "ws://"), "x").refusal().status == 403


def test_deleted_apis_close_their_connections(cloud: LambdaCloud) -> None:
    api = websocket_api(cloud)
    with api.connected() as socket:
        api.client.delete_api(ApiId=api.id)
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=5)
    with pytest.raises(ConnectionRefusedError), api.connected():
        pass


def test_a_stop_ends_connections_as_clients_would(cloud: LambdaCloud) -> None:
    api = websocket_api(cloud)
    api.route("$disconnect", storing(api))
    with api.connected() as socket:
        gateway.stop()
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=5)
    gateway.start()
    assert stored(api, "DISCONNECT")["requestContext"]["disconnectStatusCode"] == 1012  # pyright: ignore[reportIndexIssue] - JSON
    with api.connected():
        pass
