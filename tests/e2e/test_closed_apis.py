"""With the firewall, requests reach the APIs through the distribution only, and the firewall blocks."""

import hashlib
import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx2
import openai
import pytest
from deployment import FEW_REQUESTS, Deployment
from sockets import Socket, answer_of, socket, ticket
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

pytestmark = pytest.mark.xdist_group("fortified")

QUESTION = "How soon must a lost laptop be reported?"
BODY = {"messages": [{"role": "user", "content": QUESTION}]}


def own_address(stack: Deployment, protocol: str) -> str:
    """Where an API is itself, without what stands before it."""
    found = stack.aws("apigatewayv2").get_apis()["Items"]
    return next(api["ApiEndpoint"] for api in found if api["ProtocolType"] == protocol)


def resources(stack: Deployment, kind: str) -> list[Any]:
    """Of the stack's state, which secrets are encrypted in."""
    state = json.loads(stack.pulumi("stack", "export"))
    return [each for each in state["deployment"]["resources"] if each["type"] == kind]


def secret(stack: Deployment) -> str:
    """What the distribution adds to requests, as the owner of the stack can read it."""
    state = json.loads(stack.pulumi("stack", "export", "--show-secrets"))
    found = [each["outputs"] for each in state["deployment"]["resources"] if "origin-secret" in each["urn"]]
    return json.loads(found[0]["value"]["plaintext"])


def through(stack: Deployment) -> httpx2.Response:
    with stack.http() as client:
        return client.post("/v1/chat/completions", json=BODY)


def directly(stack: Deployment, **headers: str) -> httpx2.Response:
    url = f"{own_address(stack, 'HTTP')}/v1/chat/completions"
    return httpx2.post(url, json=BODY, headers={"authorization": f"Bearer {stack.token()}", **headers}, timeout=40)


def test_the_outputs_lead_through_the_distribution(fortified: Deployment) -> None:
    outputs = fortified.outputs
    host = urlsplit(outputs["app_url"]).netloc
    assert outputs["api_url"] == outputs["app_url"]
    assert urlsplit(outputs["websocket_url"]).netloc == host
    assert outputs["patterns"]["request-response"]["base_url"] == f"{outputs['app_url']}/v1"
    assert outputs["patterns"]["async-request-response"]["websocket_url"] == outputs["websocket_url"]
    assert urlsplit(ticket(fortified)["url"]).netloc == host


def test_the_openai_sdk_is_answered_through_the_distribution(fortified: Deployment) -> None:
    answer = fortified.openai().chat.completions.create(
        model="nova-lite", messages=[{"role": "user", "content": QUESTION}]
    )
    assert "one hour" in (answer.choices[0].message.content or "")


def test_a_direct_call_is_refused_with_a_reason(fortified: Deployment) -> None:
    client = openai.OpenAI(base_url=f"{own_address(fortified, 'HTTP')}/v1", api_key=fortified.token(), max_retries=0)
    with pytest.raises(openai.PermissionDeniedError) as refused:
        client.chat.completions.create(model="nova-lite", messages=[{"role": "user", "content": QUESTION}])
    assert refused.value.code == "direct_access_denied"
    assert "api_url" in refused.value.message


@pytest.mark.parametrize("value", ["", "guess"])
def test_a_made_up_proof_is_none(fortified: Deployment, value: str) -> None:
    assert directly(fortified, **{"x-origin-verify": value}).status_code == 403


@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/models"), ("POST", "/v1/websocket/tickets")])
def test_every_route_is_closed(fortified: Deployment, method: str, path: str) -> None:
    headers = {"authorization": f"Bearer {fortified.token()}"}
    answer = httpx2.request(method, f"{own_address(fortified, 'HTTP')}{path}", headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "direct_access_denied")
    with fortified.http() as client:
        assert client.request(method, path).status_code == 200


def test_a_client_cannot_give_its_own_proof_to_the_distribution(fortified: Deployment) -> None:
    with fortified.http() as client:
        answer = client.get("/v1/models", headers={"x-origin-verify": "guess"})
    assert answer.status_code == 200  # CloudFront puts its own value in the place of the client's


def test_a_websocket_opens_through_the_distribution_only(fortified: Deployment) -> None:
    given = ticket(fortified)
    own = f"{own_address(fortified, 'WEBSOCKET')}{urlsplit(given['url']).path}?{urlsplit(given['url']).query}"
    with pytest.raises(InvalidStatus) as refused, connect(own):
        pass
    assert refused.value.response.status_code == 403
    # The refused attempt has not used the ticket up.
    with connect(given["url"], max_size=None) as connection:
        client = Socket(connection)
        client.ask("response.create", QUESTION)
        assert "one hour" in answer_of(client.until_final()[-1])


def test_the_secret_is_in_no_settings_and_encrypted_in_the_state(fortified: Deployment) -> None:
    value = secret(fortified)
    assert len(value) >= 43
    functions: Any = fortified.aws("lambda").list_functions()["Functions"]
    settings = [
        json.loads(each["Environment"]["Variables"]["GENAI_CONFIG"]) for each in functions if "Environment" in each
    ]
    assert value not in json.dumps(functions)
    digest = hashlib.sha256(value.encode()).hexdigest()
    assert any(digest in (each.get("origin_digests") or ()) for each in settings)
    assert value not in fortified.pulumi("stack", "export")
    (distribution,) = resources(fortified, "aws:cloudfront/distribution:Distribution")
    assert distribution["outputs"]["origins"], "the origins are in the state"
    groups: Any = fortified.aws("logs")
    for group in groups.describe_log_groups()["logGroups"]:
        for event in groups.filter_log_events(logGroupName=group["logGroupName"])["events"]:
            assert value not in event["message"]


@contextmanager
def asking(stack: Deployment) -> Generator[list[int]]:
    """Asks again and again meanwhile; the statuses of the answers."""
    statuses: list[int] = []
    ended = threading.Event()

    def ask() -> None:
        while not ended.wait(0.2):
            statuses.append(through(stack).status_code)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield statuses
    finally:
        ended.set()
        thread.join()


def test_a_rotation_interrupts_nobody(fortified: Deployment) -> None:
    before = secret(fortified)
    with socket(fortified) as opened, asking(fortified) as statuses:
        fortified.pulumi("config", "set", "--path", "web_app.origin_secret_rotations", "1")
        fortified.pulumi("up", "--yes", "--skip-preview")
        after = secret(fortified)
        assert after != before
        assert through(fortified).status_code == 200
        # What CloudFront's edges still send until the new value has spread.
        assert directly(fortified, **{"x-origin-verify": before}).status_code == 200
        assert directly(fortified, **{"x-origin-verify": after}).status_code == 200
        opened.ask("response.create", QUESTION)
        assert "one hour" in answer_of(opened.until_final()[-1])
    assert len(statuses) > 10
    assert set(statuses) == {200}


def test_the_firewall_blocks_an_address_that_asks_too_often(fortified: Deployment) -> None:
    url = f"{fortified.outputs['app_url']}/style.css"
    with httpx2.Client(transport=httpx2.HTTPTransport(local_address="127.0.0.2")) as another:
        statuses = [another.get(url).status_code for _ in range(FEW_REQUESTS + 5)]
        refused = another.get(f"{fortified.outputs['api_url']}/v1/models", headers={"authorization": "Bearer any"})
    assert statuses == [200] * FEW_REQUESTS + [403] * 5
    assert refused.status_code == 403  # without the firewall, the gateway would say 401
    assert through(fortified).status_code == 200
