"""What stands before the page and the APIs: who can read what, with which headers, and where it leads."""

import base64
import hashlib
import http.client
import json
import secrets
import uuid
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from chat_page import PASSWORD, create_user
from deployment import ACME, Deployment
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

pytestmark = pytest.mark.xdist_group("e2e")

FILES = ("index.html", "app.js", "answers.js", "client.js", "jobs.js", "sign_in.js", "style.css", "icon.svg")


@pytest.fixture
def app(stack: Deployment) -> httpx2.Client:
    return httpx2.Client(base_url=stack.outputs["app_url"], timeout=40)


def config(app: httpx2.Client) -> dict[str, Any]:
    return app.get("/config.json").json()


def web_bucket(stack: Deployment) -> str:
    return next(each["Name"] for each in stack.aws("s3").list_buckets()["Buckets"] if "frontend-web" in each["Name"])


def test_the_page_comes_with_headers_that_bind_it(app: httpx2.Client) -> None:
    answer = app.get("/")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html"
    parts = answer.headers["content-security-policy"].split("; ")
    policy: dict[str, str] = {part.split(" ", 1)[0]: part.split(" ", 1)[1] for part in parts}
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["connect-src"] == f"'self' {config(app)['sign_in_url']}"
    assert answer.headers["strict-transport-security"] == "max-age=63072000"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("name", FILES)
def test_every_file_of_the_page_is_there(app: httpx2.Client, name: str) -> None:
    answer = app.get(f"/{name}")
    assert answer.status_code == 200
    assert not answer.headers["content-type"].startswith("application/octet-stream")
    assert answer.headers["cache-control"] == "no-cache"


def test_the_page_has_no_script_of_its_own_text(app: httpx2.Client) -> None:
    page = app.get("/").text
    assert page.count("<script") == page.count('<script type="module" src="app.js">') == 1
    assert "style=" not in page
    assert " on" not in "".join(part for part in page.split("<") if "=" in part and part.startswith("button"))


def test_the_config_says_where_everything_is_and_holds_no_secret(stack: Deployment, app: httpx2.Client) -> None:
    found = config(app)
    assert set(found) == {"api_url", "websocket_url", "sign_in_url", "client_id", "scopes", "tenant_claim"}
    assert found["api_url"] == stack.outputs["app_url"]
    assert urlsplit(found["websocket_url"]).netloc == urlsplit(stack.outputs["app_url"]).netloc
    assert found["client_id"] == stack.outputs["client_id"]
    assert found["tenant_claim"] == "custom:tenant_id"


def test_the_bucket_is_read_through_the_distribution_alone(stack: Deployment, app: httpx2.Client) -> None:
    s3, bucket = stack.aws("s3"), web_bucket(stack)
    assert all(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values())
    kept = s3.get_bucket_policy(Bucket=bucket)["Policy"]
    policy = json.loads(kept)
    allowed = [statement for statement in policy["Statement"] if statement["Effect"] == "Allow"]
    assert [each["Principal"] for each in allowed] == [{"Service": "cloudfront.amazonaws.com"}]
    assert app.get("/style.css").status_code == 200
    allowed[0]["Condition"]["StringEquals"]["AWS:SourceArn"] += "-another"
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    try:
        assert app.get("/style.css").status_code == 403
    finally:
        s3.put_bucket_policy(Bucket=bucket, Policy=kept)


@pytest.mark.parametrize(
    "path", ["/missing.html", "/../index.html", "/..%2findex.html", "/%2e%2e/%2e%2e/etc/passwd", "//index.html", "/v1"]
)
def test_paths_that_are_no_file_are_refused(stack: Deployment, path: str) -> None:
    host = urlsplit(stack.outputs["app_url"])
    connection = http.client.HTTPConnection(host.netloc, timeout=20)  # sends the path as it is
    connection.request("GET", path)
    answer = connection.getresponse()
    assert answer.status == 403
    assert b"AccessDenied" in answer.read()


def test_the_page_takes_no_writing_methods(app: httpx2.Client) -> None:
    assert {app.request(method, "/").status_code for method in ("POST", "PUT", "DELETE", "PATCH")} == {403}


def test_the_api_answers_at_the_pages_address(stack: Deployment, app: httpx2.Client) -> None:
    assert app.get("/v1/models").status_code == 401
    app.headers["authorization"] = f"Bearer {stack.token()}"
    body = {"messages": [{"role": "user", "content": "How soon must a lost laptop be reported?"}]}
    answer = app.post("/v1/chat/completions", json=body)
    assert answer.status_code == 200
    assert "one hour" in answer.json()["choices"][0]["message"]["content"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    # An error of the API stays one: no page takes its place.
    missing = app.get(f"/v1/responses/resp_{'0' * 26}")
    assert missing.status_code == 404
    assert missing.json()["error"]["code"] == "response_not_found"


def test_the_websocket_answers_at_the_pages_address(stack: Deployment, app: httpx2.Client) -> None:
    app.headers["authorization"] = f"Bearer {stack.token()}"
    ticket = urlsplit(app.post("/v1/websocket/tickets").json()["url"]).query
    address = config(app)["websocket_url"]
    with connect(f"{address}?{ticket}") as connection:
        connection.send(json.dumps({"action": "ping", "request_id": "first"}))
        assert json.loads(connection.recv(20)) == {"type": "pong", "request_id": "first"}
    with pytest.raises(InvalidStatus) as refused, connect(f"{address}?{ticket}"):
        pass  # a ticket is good for one connection
    assert refused.value.response.status_code == 403


class SignIn:
    """The hosted sign-in, as a browser goes through it."""

    def __init__(self, stack: Deployment, app: httpx2.Client) -> None:
        found = config(app)
        self.pages = httpx2.Client(base_url=found["sign_in_url"], follow_redirects=False)
        self.verifier = secrets.token_urlsafe(32)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()
        self.query = {
            "response_type": "code",
            "client_id": found["client_id"],
            "redirect_uri": f"{stack.outputs['app_url']}/",
            "scope": " ".join(found["scopes"]),
            "state": "some-state",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }

    def code(self, email: str, password: str = PASSWORD) -> str:
        asked = self.pages.get("/oauth2/authorize", params=self.query)
        assert asked.status_code == 302
        answer = self.pages.post(asked.headers["location"], data={"username": email, "password": password})
        assert answer.status_code == 302, answer.text
        back = urlsplit(answer.headers["location"])
        assert f"{back.scheme}://{back.netloc}{back.path}" == self.query["redirect_uri"]
        assert parse_qs(back.query)["state"] == ["some-state"]
        return parse_qs(back.query)["code"][0]

    def tokens(self, code: str, **changed: str) -> httpx2.Response:
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": self.verifier,
            **{name: self.query[name] for name in ("client_id", "redirect_uri")},
            **changed,
        }
        return self.pages.post("/oauth2/token", data=fields)


@pytest.fixture
def sign_in(stack: Deployment, app: httpx2.Client) -> SignIn:
    return SignIn(stack, app)


@pytest.fixture
def email(stack: Deployment) -> str:
    name = f"{uuid.uuid4().hex}@example.com"
    create_user(stack, name)
    return name


def test_a_code_gives_tokens_of_the_persons_tenant_once(app: httpx2.Client, sign_in: SignIn, email: str) -> None:
    code = sign_in.code(email)
    answer = sign_in.tokens(code)
    assert answer.status_code == 200, answer.text
    identity = answer.json()["id_token"]
    claims = json.loads(base64.urlsafe_b64decode(identity.split(".")[1] + "=="))
    assert (claims["email"], claims["custom:tenant_id"]) == (email, ACME)
    assert app.get("/v1/models", headers={"authorization": f"Bearer {identity}"}).status_code == 200
    assert sign_in.tokens(code).json() == {"error": "invalid_grant"}
    refreshed = sign_in.tokens("", grant_type="refresh_token", refresh_token=answer.json()["refresh_token"])
    assert refreshed.status_code == 200
    assert refreshed.json()["id_token"]


def test_a_code_is_of_no_use_without_the_verifier(sign_in: SignIn, email: str) -> None:
    answer = sign_in.tokens(sign_in.code(email), code_verifier="of somebody who read the code in an address")
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_grant"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("redirect_uri", "https://elsewhere.example.com/"),
        ("response_type", "token"),
        ("client_id", "unknown"),
        ("scope", "openid aws.cognito.signin.user.admin"),
        ("code_challenge_method", "plain"),
    ],
)
def test_other_ways_to_sign_in_are_refused(sign_in: SignIn, name: str, value: str) -> None:
    answer = sign_in.pages.get("/oauth2/authorize", params={**sign_in.query, name: value})
    assert answer.status_code == 400


def test_signing_out_leads_back_to_the_page_and_nowhere_else(sign_in: SignIn) -> None:
    query = {"client_id": sign_in.query["client_id"], "logout_uri": sign_in.query["redirect_uri"]}
    assert sign_in.pages.get("/logout", params=query).headers["location"] == query["logout_uri"]
    elsewhere = {**query, "logout_uri": "https://elsewhere.example.com/"}
    assert sign_in.pages.get("/logout", params=elsewhere).status_code == 400
