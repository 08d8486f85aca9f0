"""Who gets through: JWT, Lambda and IAM authorizers."""

import base64
import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.sandbox.functions.lambda_cloud import REGION, LambdaCloud
from tests.sandbox.gateway.gateway_cloud import ACCOUNT, HttpApi, Reply, http_api
from tests.sandbox.gateway.openid_provider import Provider, openid_provider


@dataclass
class Pool:
    """A user pool with a client, and one user."""

    cloud: LambdaCloud
    id: str
    client_id: str

    @property
    def issuer(self) -> str:
        return f"https://cognito-idp.{REGION}.amazonaws.com/{self.id}"

    def tokens(self) -> dict[str, str]:
        cognito, name = self.cloud.client("cognito-idp"), f"user-{uuid.uuid4().hex[:6]}"
        cognito.admin_create_user(UserPoolId=self.id, Username=name)
        cognito.admin_set_user_password(UserPoolId=self.id, Username=name, Password="Pa55-word!", Permanent=True)
        answer = cognito.admin_initiate_auth(
            UserPoolId=self.id,
            ClientId=self.client_id,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name, "PASSWORD": "Pa55-word!"},
        )["AuthenticationResult"]
        return {"id": answer["IdToken"], "access": answer["AccessToken"]}


@pytest.fixture(scope="module")
def pool(cloud: LambdaCloud) -> Pool:
    cognito = cloud.client("cognito-idp")
    pool_id = cognito.create_user_pool(PoolName="people")["UserPool"]["Id"]
    client = cognito.create_user_pool_client(
        UserPoolId=pool_id, ClientName="app", ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
    )
    return Pool(cloud, pool_id, client["UserPoolClient"]["ClientId"])


def jwt_api(cloud: LambdaCloud, issuer: str, audience: str, scopes: list[str] | None = None) -> HttpApi:
    api = http_api(cloud)
    authorizer = api.client.create_authorizer(
        ApiId=api.id,
        Name="tokens",
        AuthorizerType="JWT",
        IdentitySource=["$request.header.Authorization"],
        JwtConfiguration={"Issuer": issuer, "Audience": [audience]},
    )
    settings: dict[str, Any] = {"AuthorizationType": "JWT", "AuthorizerId": authorizer["AuthorizerId"]}
    if scopes:
        settings["AuthorizationScopes"] = scopes
    api.route("GET /me", **settings)
    return api


def ask(api: HttpApi, token: str | None, scheme: str = "Bearer ") -> Reply:
    return api.send("/me", headers={} if token is None else {"authorization": scheme + token})


def test_tokens_of_the_pool(cloud: LambdaCloud, pool: Pool) -> None:
    api = jwt_api(cloud, pool.issuer, pool.client_id)
    for kind, token in pool.tokens().items():
        event = ask(api, token).json
        authorizer = event["requestContext"]["authorizer"]["jwt"]
        claims = authorizer["claims"]
        assert (claims["iss"], claims["token_use"]) == (pool.issuer, kind)
        assert all(isinstance(value, str) for value in claims.values())
        assert claims["exp"].isdigit()
        assert authorizer["scopes"] is None
        assert ask(api, token, scheme="").status == 200


def test_requests_without_a_token(cloud: LambdaCloud, pool: Pool) -> None:
    reply = ask(jwt_api(cloud, pool.issuer, pool.client_id), None)
    assert (reply.status, reply.json, reply.header("www-authenticate")) == (401, {"message": "Unauthorized"}, "Bearer")


def test_tokens_that_are_not_the_pools(cloud: LambdaCloud, pool: Pool) -> None:
    token = pool.tokens()["id"]
    header, claims, signature = token.split(".")
    changed = json.loads(base64.urlsafe_b64decode(claims + "=="))
    changed["sub"] = "someone-else"
    forged = base64.urlsafe_b64encode(json.dumps(changed).encode()).decode().rstrip("=")
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    own_key = RSAKey.generate_key(2048, {"kid": "dummy"})
    for bad in (
        "nonsense",
        f"{header}.{forged}.{signature}",
        f"{unsigned}.{claims}.",
        jwt.encode({"alg": "RS256", "kid": "dummy"}, changed, own_key),
    ):
        reply = ask(jwt_api(cloud, pool.issuer, pool.client_id), bad)
        assert reply.status == 401, bad
        assert 'error="invalid_token"' in (reply.header("www-authenticate") or "")


def test_audience_and_issuer(cloud: LambdaCloud, pool: Pool) -> None:
    token = pool.tokens()["access"]
    assert ask(jwt_api(cloud, pool.issuer, "another-client"), token).status == 401
    assert ask(jwt_api(cloud, pool.issuer + "x", pool.client_id), token).status == 401


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with openid_provider() as running:
        yield running


def test_times_and_audiences_of_any_provider(cloud: LambdaCloud, provider: Provider) -> None:
    api = jwt_api(cloud, provider.issuer, "app")
    now = int(time.time())
    good = {
        "usual": provider.token(),
        "one of many": provider.token(aud=["x", "app"]),
        "client_id": provider.token(aud=None, client_id="app"),
        "nbf": provider.token(nbf=now - 5),
    }
    bad = {
        "expired": provider.token(exp=now - 1),
        "no exp": provider.token(exp=None),
        "exp is text": provider.token(exp=str(now + 60)),
        "not yet": provider.token(nbf=now + 60),
        "issued later": provider.token(iat=now + 60),
        "aud wins over client_id": provider.token(aud="other", client_id="app"),
        "no audience": provider.token(aud=None),
        "another issuer": provider.token(iss="http://127.0.0.1:1"),
    }
    assert {name: ask(api, token).status for name, token in good.items()} == dict.fromkeys(good, 200)
    assert {name: ask(api, token).status for name, token in bad.items()} == dict.fromkeys(bad, 401)


def test_scopes(cloud: LambdaCloud, provider: Provider) -> None:
    api = jwt_api(cloud, provider.issuer, "app", ["chat", "admin"])
    reply = ask(api, provider.token(scope="read"))
    assert (reply.status, reply.json) == (403, {"message": "Forbidden"})
    assert 'error="insufficient_scope"' in (reply.header("www-authenticate") or "")
    for claims in ({"scope": "read chat"}, {"scp": ["admin"]}):
        event = ask(api, provider.token(**claims)).json
        assert set(event["requestContext"]["authorizer"]["jwt"]["scopes"]) & {"chat", "admin"}


def test_claims_are_text(cloud: LambdaCloud, provider: Provider) -> None:
    token = provider.token(groups=["a", "b"], admin=True, count=3, nested={"x": 1})
    event = ask(jwt_api(cloud, provider.issuer, "app"), token).json
    claims = event["requestContext"]["authorizer"]["jwt"]["claims"]
    assert (claims["groups"], claims["admin"], claims["count"], claims["nested"]) == ("[a b]", "true", "3", '{"x":1}')


SIMPLE = """
    import json
    def handler(event, context):
        if event["identitySource"] == ["break"]:
            raise ValueError("broken")
        assert event["type"] == "REQUEST" and event["routeArn"].endswith("/$default/GET/me"), event
        found = {"tenant": "t1", "n": context.aws_request_id}
        return {"isAuthorized": event["identitySource"] == ["good"], "context": found}
"""


def function_api(cloud: LambdaCloud, code: str, *, permit: bool = True, **settings: Any) -> HttpApi:
    api = http_api(cloud)
    name = cloud.function(code)
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"
    uri = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{arn}/invocations"
    usual = {
        "Name": "own",
        "AuthorizerType": "REQUEST",
        "AuthorizerUri": uri,
        "IdentitySource": ["$request.header.x-key"],
        "AuthorizerPayloadFormatVersion": "2.0",
        "EnableSimpleResponses": True,
        "AuthorizerResultTtlInSeconds": 0,
    }
    authorizer = api.client.create_authorizer(ApiId=api.id, **{**usual, **settings})["AuthorizerId"]
    if permit:
        api.permit(name, f"authorizers/{authorizer}")
    api.route("GET /me", AuthorizationType="CUSTOM", AuthorizerId=authorizer)
    return api


def test_function_that_decides(cloud: LambdaCloud) -> None:
    api = function_api(cloud, SIMPLE)
    assert api.send("/me", headers={"x-key": "good"}).json["requestContext"]["authorizer"]["lambda"]["tenant"] == "t1"
    refused = api.send("/me", headers={"x-key": "bad"})
    assert (refused.status, refused.json) == (403, {"message": "Forbidden"})
    assert api.send("/me").status == 401
    assert api.send("/me", headers={"x-key": "break"}).status == 500


def test_answers_of_a_function_are_kept_for_their_time(cloud: LambdaCloud) -> None:
    def answers(api: HttpApi) -> list[str]:
        replies = [api.send("/me", headers={"x-key": "good"}) for _ in range(2)]
        return [reply.json["requestContext"]["authorizer"]["lambda"]["n"] for reply in replies]

    first, second = answers(function_api(cloud, SIMPLE, AuthorizerResultTtlInSeconds=60))
    assert first == second
    first, second = answers(function_api(cloud, SIMPLE))
    assert first != second


def test_function_that_answers_with_a_policy(cloud: LambdaCloud) -> None:
    code = """
        def handler(event, context):
            effect = {"good": "Allow", "bad": "Deny"}[event["headers"]["x-key"]]
            statement = {"Effect": effect, "Action": "execute-api:Invoke", "Resource": event["methodArn"]}
            policy = {"Version": "2012-10-17", "Statement": [statement]}
            return {"principalId": "me", "policyDocument": policy, "context": {"tenant": "t2"}}
    """
    api = function_api(cloud, code, AuthorizerPayloadFormatVersion="1.0", EnableSimpleResponses=False)
    context = api.send("/me", headers={"x-key": "good"}).json["requestContext"]
    assert context["authorizer"]["lambda"] == {"principalId": "me", "tenant": "t2"}
    assert api.send("/me", headers={"x-key": "bad"}).status == 403


def test_the_authorizer_itself_needs_permission(cloud: LambdaCloud) -> None:
    api = function_api(cloud, SIMPLE, permit=False)
    assert api.send("/me", headers={"x-key": "good"}).status == 500


def test_malformed_answers_let_nobody_in(cloud: LambdaCloud) -> None:
    for answer in ("{'isAuthorized': 'true'}", "'yes'", "{}"):
        api = function_api(cloud, f"def handler(event, context): return {answer}")
        assert api.send("/me", headers={"x-key": "good"}).status == 500


def test_signed_requests(cloud: LambdaCloud) -> None:
    api = http_api(cloud)
    api.route("GET /me", AuthorizationType="AWS_IAM")
    assert api.send("/me").status == 403
    role, arn = cloud.role([])
    keys = cloud.client("sts").assume_role(RoleArn=arn, RoleSessionName="session")["Credentials"]["AccessKeyId"]
    scope = f"{keys}/20261124/{REGION}/execute-api/aws4_request"
    signed = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
    assert api.send("/me", headers={"authorization": signed}).status == 403
    cloud.put_policy(role, ["execute-api:Invoke"], f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api.id}/$default/GET/me")
    event = api.send("/me", headers={"authorization": signed}).json
    assert event["requestContext"]["authorizer"]["iam"]["userArn"] == arn
