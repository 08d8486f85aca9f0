"""Routes, events and responses of HTTP APIs."""

import base64
import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from pulumi_sandbox.aws import gateway
from pulumi_sandbox.layout import SandboxStartError
from tests.sandbox.functions.lambda_cloud import REGION, LambdaCloud, eventually
from tests.sandbox.gateway.gateway_cloud import ACCOUNT, HttpApi, Reply, http_api, send


@pytest.fixture(scope="module")
def api(cloud: LambdaCloud) -> HttpApi:
    """An API whose routes return the event that they got."""
    made = http_api(cloud)
    name = made.route("POST /v1/chat/completions")
    target = made.integration(f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}")
    keys = ("GET /items/{id}", "GET /items/new", "ANY /items/{id}", "ANY /files/{path+}", "$default")
    for key in keys:
        made.client.create_route(ApiId=made.id, RouteKey=key, Target=target)
    return made


def test_event_of_format_2(api: HttpApi) -> None:
    before = int(time.time() * 1000)
    headers = [
        ("Content-Type", "application/json"),
        ("X-Twice", "1"),
        ("X-Twice", "2"),
        ("Cookie", "a=1; b=2"),
        ("User-Agent", "test/1.0"),
    ]
    event = api.send("/v1/chat/completions?q=a%20b&q=c&empty=", "POST", headers, '{"x": "ü"}').json
    context = event["requestContext"]
    assert event["version"] == "2.0"
    assert event["routeKey"] == context["routeKey"] == "POST /v1/chat/completions"
    assert event["rawPath"] == context["http"]["path"] == "/v1/chat/completions"
    assert event["rawQueryString"] == "q=a%20b&q=c&empty="
    assert event["queryStringParameters"] == {"q": "a b,c", "empty": ""}
    assert event["cookies"] == ["a=1", "b=2"]
    assert (event["body"], event["isBase64Encoded"]) == ('{"x": "ü"}', False)
    assert "pathParameters" not in event
    assert "stageVariables" not in event
    sent = event["headers"]
    assert sent["host"] == context["domainName"] == api.endpoint.removeprefix("http://")
    assert (sent["x-twice"], sent["content-type"], sent["user-agent"]) == ("1,2", "application/json", "test/1.0")
    assert "cookie" not in sent
    assert sent["x-forwarded-for"] == "127.0.0.1"
    assert sent["x-amzn-trace-id"].startswith("Root=1-")
    assert (context["accountId"], context["apiId"], context["stage"]) == (ACCOUNT, api.id, "$default")
    assert context["http"]["method"] == "POST"
    assert context["http"]["protocol"] == "HTTP/1.1"
    assert context["http"]["sourceIp"] == "127.0.0.1"
    assert context["http"]["userAgent"] == "test/1.0"
    assert "authorizer" not in context
    assert before <= context["timeEpoch"] <= time.time() * 1000
    assert time.strptime(context["time"], "%d/%b/%Y:%H:%M:%S +0000")


@pytest.mark.parametrize(
    ("content_type", "body", "is_base64"),
    [
        ("text/plain; charset=utf-8", b"hello", False),
        ("application/octet-stream", b"\x00\xff", True),
        ("application/x-www-form-urlencoded", b"a=1", True),
        ("application/json", b"\xff\xfe", True),
        (None, b"plain", False),
    ],
)
def test_bodies_that_are_not_text_are_base64(
    api: HttpApi, content_type: str | None, body: bytes, is_base64: bool
) -> None:
    headers = {"content-type": content_type} if content_type else {}
    event = api.send("/any", "POST", headers, body).json
    assert event["isBase64Encoded"] is is_base64
    assert (base64.b64decode(event["body"]) if is_base64 else event["body"].encode()) == body


@pytest.mark.parametrize(
    ("method", "path", "route", "parameters"),
    [
        ("GET", "/items/new", "GET /items/new", None),
        ("GET", "/items/7", "GET /items/{id}", {"id": "7"}),
        ("GET", "/items/a%20b", "GET /items/{id}", {"id": "a b"}),
        ("DELETE", "/items/7", "ANY /items/{id}", {"id": "7"}),
        ("GET", "/files/a/b/c.txt", "ANY /files/{path+}", {"path": "a/b/c.txt"}),
        ("GET", "/files", "$default", None),
        ("GET", "/items/7/more", "$default", None),
        ("GET", "/", "$default", None),
        ("PUT", "/v1/chat/completions", "$default", None),
        ("POST", "/v1/chat/completions/", "POST /v1/chat/completions", None),
    ],
)
def test_the_most_specific_route_takes_a_request(
    api: HttpApi, method: str, path: str, route: str, parameters: dict[str, str] | None
) -> None:
    event = api.send(path, method).json
    assert (event["routeKey"], event.get("pathParameters")) == (route, parameters)


RESPOND = "import json\ndef handler(event, context): return json.loads(event['body'])"


@pytest.fixture(scope="module")
def responder(cloud: LambdaCloud) -> HttpApi:
    """An API whose function returns what the request's body says."""
    made = http_api(cloud)
    made.route("POST /", RESPOND)
    made.route("POST /old", RESPOND, PayloadFormatVersion="1.0")
    return made


def respond(responder: HttpApi, result: object, path: str = "/") -> Reply:
    return responder.send(path, "POST", {"content-type": "application/json"}, json.dumps(result))


def test_response_with_everything(responder: HttpApi) -> None:
    reply = respond(
        responder,
        {
            "statusCode": 418,
            "headers": {"Content-Type": "text/html", "X-Number": 1, "X-Flag": True},
            "cookies": ["a=1; Path=/", "b=2"],
            "body": base64.b64encode(b"\x00\x01").decode(),
            "isBase64Encoded": True,
        },
    )
    assert (reply.status, reply.body) == (418, b"\x00\x01")
    assert reply.header("content-type") == "text/html"
    assert (reply.header("x-number"), reply.header("x-flag")) == ("1", "true")
    assert [value for name, value in reply.headers if name == "set-cookie"] == ["a=1; Path=/", "b=2"]
    assert reply.header("apigw-requestid")


@pytest.mark.parametrize(
    ("result", "body"),
    [("hello", b"hello"), ({"a": 1}, b'{"a":1}'), ([1], b"[1]"), (None, b"null"), (7, b"7")],
)
def test_results_without_a_status_are_bodies(responder: HttpApi, result: object, body: bytes) -> None:
    reply = respond(responder, result)
    assert (reply.status, reply.body, reply.header("content-type")) == (200, body, "application/json")


def test_status_alone_and_plain_text(responder: HttpApi) -> None:
    assert respond(responder, {"statusCode": 204}).status == 204
    reply = respond(responder, {"statusCode": "201", "body": "made"})
    assert (reply.status, reply.text, reply.header("content-type")) == (201, "made", "text/plain;charset=UTF-8")


@pytest.mark.parametrize(
    "result",
    [
        {"statusCode": "oops"},
        {"statusCode": 200, "body": {"not": "a string"}},
        {"statusCode": 200, "headers": "x"},
        {"statusCode": 200, "body": "no base64!", "isBase64Encoded": True},
    ],
)
def test_malformed_responses_are_errors_of_the_gateway(responder: HttpApi, result: object) -> None:
    reply = respond(responder, result)
    assert (reply.status, reply.json) == (500, {"message": "Internal Server Error"})


def test_format_1(cloud: LambdaCloud, responder: HttpApi) -> None:
    result = {"statusCode": 200, "multiValueHeaders": {"X-Many": ["1", "2"]}, "body": "x"}
    reply = respond(responder, result, "/old")
    assert [value for name, value in reply.headers if name == "x-many"] == ["1", "2"]
    assert respond(responder, {"a": 1}, "/old").status == 500
    echo = http_api(cloud)
    code = "import json\ndef handler(event, context): return {'statusCode': 200, 'body': json.dumps(event)}"
    echo.route("GET /p/{id}", code, PayloadFormatVersion="1.0")
    event = echo.send("/p/1?a=1&a=2").json
    assert (event["version"], event["httpMethod"], event["resource"], event["path"]) == (
        "1.0",
        "GET",
        "/p/{id}",
        "/p/1",
    )
    assert event["multiValueQueryStringParameters"] == {"a": ["1", "2"]}
    assert event["queryStringParameters"] == {"a": "2"}
    assert event["pathParameters"] == {"id": "1"}


def test_errors_of_the_function_are_not_shown(cloud: LambdaCloud) -> None:
    api = http_api(cloud)
    api.route("GET /raise", "def handler(event, context): raise ValueError('secret')")
    api.route("GET /exit", "import os\ndef handler(event, context): os._exit(3)")
    for path in ("/raise", "/exit"):
        reply = api.send(path)
        assert (reply.status, reply.json) == (500, {"message": "Internal Server Error"})


def test_the_functions_policy_must_let_the_api_in(cloud: LambdaCloud) -> None:
    api = http_api(cloud)
    name = api.route("GET /x", permit=False)
    assert api.send("/x").status == 500
    api.permit(name, "$default/POST/x")
    assert api.send("/x").status == 500
    cloud.client("lambda").remove_permission(FunctionName=name, StatementId="api")
    api.permit(name, "$default/GET/x")
    assert api.send("/x").status == 200


def test_time_limit_of_the_integration(cloud: LambdaCloud) -> None:
    api = http_api(cloud)
    api.route("GET /slow", "import time\ndef handler(event, context): time.sleep(5)", TimeoutInMillis=400)
    started = time.monotonic()
    reply = api.send("/slow")
    assert (reply.status, reply.json) == (503, {"message": "Service Unavailable"})
    assert time.monotonic() - started < 3


def test_a_slow_request_holds_up_no_other(cloud: LambdaCloud) -> None:
    api = http_api(cloud)
    api.route("GET /slow", "import time\ndef handler(event, context): time.sleep(1.5)\n")
    api.route("GET /quick")
    api.send("/quick")
    with ThreadPoolExecutor(1) as thread:
        slow = thread.submit(api.send, "/slow")
        time.sleep(0.1)
        started = time.monotonic()
        assert api.send("/quick").status == 200
        assert time.monotonic() - started < 1
        assert slow.result().status == 200


def test_limits_of_size(responder: HttpApi) -> None:
    reply = responder.send("/", "POST", {"content-type": "text/plain"}, b"x" * (10 * 1024 * 1024 + 1))
    assert (reply.status, reply.json) == (413, {"message": "Request Entity Too Large"})
    assert responder.send("/", "POST", {"x-large": "y" * 11_000}, b"").status == 431


def test_stages(cloud: LambdaCloud) -> None:
    api = http_api(cloud, {"StageName": "dev", "StageVariables": {"mode": "test"}})
    api.route("GET /x")
    assert api.send("/x").status == 404
    event = api.send("/dev/x").json
    assert (event["rawPath"], event["requestContext"]["stage"]) == ("/dev/x", "dev")
    assert (event["routeKey"], event["stageVariables"]) == ("GET /x", {"mode": "test"})
    assert api.send("/dev/y").json == {"message": "Not Found"}


def test_a_stage_serves_its_deployment_until_the_next(cloud: LambdaCloud) -> None:
    api = http_api(cloud, {"AutoDeploy": False})
    api.route("GET /first")
    assert api.send("/first").status == 404
    api.client.create_deployment(ApiId=api.id, StageName="$default")
    api.route("GET /second")
    assert (api.send("/first").status, api.send("/second").status) == (200, 404)
    deployment = api.client.create_deployment(ApiId=api.id)["DeploymentId"]
    assert api.send("/second").status == 404
    api.client.update_stage(ApiId=api.id, StageName="$default", DeploymentId=deployment)
    assert api.client.get_stage(ApiId=api.id, StageName="$default")["DeploymentId"] == deployment
    assert api.send("/second").status == 200


def test_throttling(cloud: LambdaCloud) -> None:
    settings = {"ThrottlingRateLimit": 1.0, "ThrottlingBurstLimit": 3}
    own = {"GET /own": {"ThrottlingRateLimit": 0.0, "ThrottlingBurstLimit": 0}}
    api = http_api(cloud, {"DefaultRouteSettings": settings, "RouteSettings": own})
    api.route("GET /x")
    api.route("GET /own")
    replies = [api.send("/x") for _ in range(5)]
    assert [reply.status for reply in replies][:3] == [200, 200, 200]
    assert replies[-1].status == 429
    assert replies[-1].json == {"message": "Too Many Requests"}
    assert api.send("/own").status == 429
    assert eventually(lambda: api.send("/x").status == 200)


def test_cors(cloud: LambdaCloud) -> None:
    api = http_api(
        cloud,
        CorsConfiguration={
            "AllowOrigins": ["https://app.example"],
            "AllowMethods": ["GET", "POST"],
            "AllowHeaders": ["authorization"],
            "ExposeHeaders": ["x-own"],
            "AllowCredentials": True,
            "MaxAge": 300,
        },
    )
    api.route(
        "GET /x",
        "def handler(event, context): return {'statusCode': 200, 'headers': {'access-control-allow-origin': '*'}}",
    )
    ask = {"origin": "https://app.example", "access-control-request-method": "GET"}
    reply = api.send("/x", "OPTIONS", ask)
    assert (reply.status, reply.body) == (204, b"")
    assert reply.header("access-control-allow-origin") == "https://app.example"
    assert reply.header("access-control-allow-methods") == "GET,POST"
    assert reply.header("access-control-allow-headers") == "authorization"
    assert reply.header("access-control-max-age") == "300"
    assert reply.header("access-control-allow-credentials") == "true"
    stranger = api.send("/x", "OPTIONS", {**ask, "origin": "https://evil.example"})
    assert (stranger.status, stranger.header("access-control-allow-origin")) == (204, None)
    answer = api.send("/x", headers={"origin": "https://app.example"})
    assert answer.header("access-control-allow-origin") == "https://app.example"
    assert answer.header("access-control-expose-headers") == "x-own"
    assert api.send("/x", headers={"origin": "https://evil.example"}).header("access-control-allow-origin") is None


def test_access_log(cloud: LambdaCloud) -> None:
    group = f"/api/{time.time_ns()}"
    cloud.client("logs").create_log_group(logGroupName=group)
    form = {
        name: f"$context.{name}"
        for name in (
            "requestId",
            "routeKey",
            "status",
            "responseLength",
            "identity.userAgent",
            "error.message",
            "stage",
        )
    }
    arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}"
    api = http_api(cloud, {"AccessLogSettings": {"DestinationArn": arn, "Format": json.dumps(form)}})
    api.route("GET /x", "def handler(event, context): return 'four'")
    reply = api.send("/x", headers={"user-agent": 'a "quoted" agent'})
    api.send("/nowhere")
    lines = eventually(lambda: len(found := cloud.log_lines(group)) == 2 and found)
    first, second = map(json.loads, lines)
    assert first == {
        "requestId": reply.header("apigw-requestid"),
        "routeKey": "GET /x",
        "status": "200",
        "responseLength": "4",
        "identity.userAgent": 'a "quoted" agent',
        "error.message": "-",
        "stage": "$default",
    }
    assert (second["status"], second["error.message"], second["routeKey"]) == ("404", "Not Found", "-")


def test_integration_with_another_server(cloud: LambdaCloud) -> None:
    behind = http_api(cloud)
    behind.route("ANY /inner/{rest+}")
    api = http_api(cloud)
    target = api.integration(
        behind.endpoint + "/inner/{rest}",
        IntegrationType="HTTP_PROXY",
        IntegrationMethod="ANY",
        PayloadFormatVersion="1.0",
    )
    api.client.create_route(ApiId=api.id, RouteKey="ANY /outer/{rest+}", Target=target)
    event = api.send("/outer/a/b?c=d", "PUT", {"content-type": "text/plain", "x-own": "1"}, "text").json
    assert (event["rawPath"], event["rawQueryString"], event["body"]) == ("/inner/a/b", "c=d", "text")
    assert event["requestContext"]["http"]["method"] == "PUT"
    assert event["headers"]["x-own"] == "1"


def test_what_is_not_modelled_fails_and_says_so(cloud: LambdaCloud, caplog: pytest.LogCaptureFixture) -> None:
    api = http_api(cloud)
    made = api.client.create_integration(
        ApiId=api.id, IntegrationType="AWS_PROXY", IntegrationSubtype="SQS-SendMessage", PayloadFormatVersion="1.0"
    )
    api.client.create_route(ApiId=api.id, RouteKey="GET /x", Target=f"integrations/{made['IntegrationId']}")
    assert api.send("/x").status == 500
    assert "SQS-SendMessage" in caplog.text


def test_disabled_endpoints_do_not_answer(cloud: LambdaCloud) -> None:
    api = http_api(cloud, DisableExecuteApiEndpoint=True)
    api.route("GET /x")
    assert api.send("/x").status == 404


def test_changes_are_live_and_deleted_apis_are_gone(cloud: LambdaCloud) -> None:
    api = http_api(cloud)
    assert api.send("/x").status == 404
    api.route("GET /x")
    assert api.send("/x").status == 200
    route = api.client.get_routes(ApiId=api.id)["Items"][0]["RouteId"]
    api.client.delete_route(ApiId=api.id, RouteId=route)
    assert api.send("/x").status == 404
    api.client.delete_api(ApiId=api.id)
    with pytest.raises(ConnectionRefusedError):
        send(api.endpoint + "/x")


def test_ports_are_kept_over_a_restart(cloud: LambdaCloud) -> None:
    api = http_api(cloud)
    api.route("GET /x")
    gateway.stop()
    with pytest.raises(ConnectionRefusedError):
        api.send("/x")
    gateway.start()
    assert api.send("/x").status == 200


def test_a_taken_port_is_named(cloud: LambdaCloud) -> None:
    api = http_api(cloud)
    port = int(api.endpoint.rpartition(":")[2])
    gateway.stop()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        with pytest.raises(SandboxStartError, match=f"port {port} of the API {api.id} is taken"):
            gateway.start()
    gateway.start()
    assert api.send("/x").status == 404
