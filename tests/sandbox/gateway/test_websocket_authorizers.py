"""Who may connect to a WebSocket API: Lambda and IAM authorizers at ``$connect``."""

from typing import Any

import pytest

from tests.sandbox.functions.lambda_cloud import REGION, LambdaCloud
from tests.sandbox.gateway.gateway_cloud import ACCOUNT
from tests.sandbox.gateway.websocket_cloud import ECHO, OK, WebSocketApi, ask, websocket_api

DECIDE = """
    def handler(event, context):
        token = (event.get("queryStringParameters") or {}).get("token") or event["headers"]["X-Key"]
        if token == "raise":
            raise ValueError("secret")
        if token == "unauthorized":
            raise Exception("Unauthorized")
        if token == "malformed":
            return {"isAuthorized": True}
        where = event["requestContext"]
        assert event["type"] == "REQUEST" and event["methodArn"].endswith("/live/$connect"), event
        assert (where["eventType"], where["routeKey"]) == ("CONNECT", "$connect"), event
        assert event["headers"]["Upgrade"] == "websocket" and event["stageVariables"] == {"mode": "test"}, event
        resource = {"elsewhere": event["methodArn"].replace("live", "other")}.get(token, event["methodArn"])
        effect = "Deny" if token == "deny" else "Allow"
        statement = {"Effect": effect, "Action": "execute-api:Invoke", "Resource": resource}
        found = {"tenant": "t1", "level": 3, "admin": True, "call": context.aws_request_id}
        if token == "list":
            found["groups"] = ["a"]
        policy = {"Version": "2012-10-17", "Statement": [statement]}
        return {"principalId": "user-1", "policyDocument": policy, "context": found}
"""


def guarded(
    cloud: LambdaCloud, *sources: str, permit: bool = True, code: str = DECIDE, **settings: Any
) -> WebSocketApi:
    api = websocket_api(cloud, {"StageVariables": {"mode": "test"}})
    name = cloud.function(code)
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"
    authorizer = api.client.create_authorizer(
        ApiId=api.id,
        Name="tokens",
        AuthorizerType="REQUEST",
        AuthorizerUri=f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{arn}/invocations",
        IdentitySource=list(sources),
        **settings,
    )["AuthorizerId"]
    if permit:
        api.permit(name, f"authorizers/{authorizer}")
    api.route("$connect", OK, AuthorizationType="CUSTOM", AuthorizerId=authorizer)
    api.route("echo", ECHO, answers=True)
    return api


@pytest.fixture(scope="module")
def by_query(cloud: LambdaCloud) -> WebSocketApi:
    return guarded(cloud, "route.request.querystring.token")


def test_the_context_goes_along_with_every_message(by_query: WebSocketApi) -> None:
    with by_query.connected(token="good") as socket:
        first, second = (ask(socket, {"action": "echo"})["requestContext"]["authorizer"] for _ in range(2))
    assert first == second
    assert isinstance(first.pop("integrationLatency"), int)
    assert first.pop("call")
    assert first == {"principalId": "user-1", "tenant": "t1", "level": "3", "admin": "true"}


@pytest.mark.parametrize(
    ("token", "status", "message"),
    [
        ("deny", 403, "Forbidden"),
        ("elsewhere", 403, "Forbidden"),
        ("unauthorized", 401, "Unauthorized"),
        ("raise", 500, "Internal server error"),
        ("malformed", 500, "Internal server error"),
        ("list", 500, "Internal server error"),
    ],
)
def test_refusals_of_the_function(by_query: WebSocketApi, token: str, status: int, message: str) -> None:
    refusal = by_query.refusal(token=token)
    assert (refusal.status, refusal.json["message"]) == (status, message)
    assert "secret" not in refusal.text


def test_without_the_identity_the_function_is_not_asked(cloud: LambdaCloud) -> None:
    code = "def handler(event, context): raise ValueError('was asked')"
    api = guarded(cloud, "route.request.querystring.token", "route.request.header.X-Key", code=code)
    for refusal in (api.refusal(), api.refusal(token="x"), api.refusal({"X-Key": "x"}), api.refusal(token="")):
        assert (refusal.status, refusal.json["message"]) == (401, "Unauthorized")
    assert api.refusal({"x-key": "x"}, token="x").status == 500


def test_identity_in_a_header_and_in_the_stage(cloud: LambdaCloud) -> None:
    api = guarded(cloud, "route.request.header.X-Key", "stageVariables.mode")
    with api.connected({"X-Key": "good"}) as socket:
        assert ask(socket, {"action": "echo"})["requestContext"]["authorizer"]["principalId"] == "user-1"
    assert api.refusal().status == 401
    assert guarded(cloud, "stageVariables.other").refusal().status == 401


def test_answers_are_not_cached(cloud: LambdaCloud) -> None:
    api = guarded(cloud, "route.request.querystring.token", AuthorizerResultTtlInSeconds=300)
    calls: set[str] = set()
    for _ in range(2):
        with api.connected(token="good") as socket:
            calls.add(ask(socket, {"action": "echo"})["requestContext"]["authorizer"]["call"])
    assert len(calls) == 2


def test_the_authorizer_itself_needs_permission(cloud: LambdaCloud) -> None:
    assert guarded(cloud, "route.request.querystring.token", permit=False).refusal(token="good").status == 500


def signed(key: str) -> dict[str, str]:
    scope = f"{key}/20261124/{REGION}/execute-api/aws4_request"
    return {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"}


def test_signed_handshakes(cloud: LambdaCloud) -> None:
    api = websocket_api(cloud)
    api.route("$connect", OK, AuthorizationType="AWS_IAM")
    api.route("echo", ECHO, answers=True)
    assert api.refusal().status == 403
    assert api.refusal(signed("ASIAQQQQQQQQNOBODYSK")).status == 403
    role, arn = cloud.role([])
    key = cloud.client("sts").assume_role(RoleArn=arn, RoleSessionName="session")["Credentials"]["AccessKeyId"]
    assert api.refusal(signed(key)).status == 403
    cloud.put_policy(role, ["execute-api:Invoke"], f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api.id}/live/$connect")
    with api.connected(signed(key)) as socket:
        context = ask(socket, {"action": "echo"})["requestContext"]
    assert (context["identity"]["userArn"], context["identity"]["accessKey"]) == (arn, key)
    assert "authorizer" not in context
