"""What a tenant has made, and every way by which another tenant might reach it, as the gateway itself lists them."""

import json
import re
import uuid
from typing import Any

import pytest
from background import create, polled, unique
from batches import ended as batch_ended
from batches import line, start
from deployment import ACME, GLOBEX, Deployment
from fan_outs import create as create_fan_out
from fan_outs import ended as fan_out_ended
from fan_outs import text
from sockets import Socket, socket
from test_budgets import actions, usage

pytestmark = pytest.mark.xdist_group("e2e")
SUNDIAL = "What is the budget of project Sundial?"
OF_ONE = re.compile(r"\{[^}]+\}")


def test_every_route_of_one_thing_denies_that_another_tenant_has_it(stack: Deployment) -> None:
    openai = stack.openai(GLOBEX)
    with stack.http(GLOBEX) as owner:
        job = polled(owner, create(owner, unique(SUNDIAL))["id"])
        fan_out = fan_out_ended(owner, create_fan_out(owner, text(SUNDIAL))["id"])
        batch = batch_ended(openai, start(openai, [line("secret", SUNDIAL)]).id)
        ids = [job["id"], fan_out["id"], batch.id, batch.input_file_id, batch.output_file_id]
        before = _seen(owner, ids)
        tried = 0
        with stack.http(ACME) as other, socket(stack, ACME) as connection:
            for method, path in _routes(stack):
                for found in ids:
                    answer = other.request(method, OF_ONE.sub(found, path), headers={"x-tenant-id": GLOBEX})
                    assert answer.status_code == 404, (method, path, answer.text)
                    tried += 1
            for action in ("response.resume", "response.cancel"):
                for found in ids:
                    connection.send({"action": action, "request_id": "r", "response_id": found, "tenant": GLOBEX})
                    refused = connection.receive()
                    assert refused["type"] == "error"
                    connection.send({"action": action, "request_id": "r", "response_id": found})
                    assert connection.receive()["code"] == "response_not_found"
        assert _seen(owner, ids) == before
    # Responses, fan-outs, batches and files: to look at each, to cancel or delete it, and to get a file's content.
    assert tried >= 9 * len(ids)


def test_keys_of_another_tenant_name_nothing_of_its_own(stack: Deployment) -> None:
    key = {"idempotency-key": uuid.uuid4().hex}
    parts = [text(SUNDIAL, id="one")]
    with stack.http(GLOBEX) as theirs, stack.http(ACME) as ours:
        fan_outs = [create_fan_out(client, *parts, headers=key)["id"] for client in (theirs, ours)]
        for client, made in zip((theirs, ours), fan_outs, strict=True):
            fan_out_ended(client, made)
    assert fan_outs[0] != fan_outs[1]


def test_an_answer_of_the_cache_serves_its_tenant_alone_by_every_route(stack: Deployment) -> None:
    asked = [unique(SUNDIAL) for _ in range(4)]
    assert [stack.ask(each, GLOBEX)["cache"]["hit"] for each in asked] == [False] * 4
    assert _answers(stack, asked, ACME) == [(False, False)] * 4
    # The same requests do find what their own tenant has.
    assert _answers(stack, asked, GLOBEX) == [(True, True)] * 4


def test_usage_is_booked_on_the_tenant_of_the_token_whatever_a_request_says(stack: Deployment) -> None:
    claimed: dict[str, Any] = {"metadata": {"tenant_id": GLOBEX}, "user": GLOBEX}
    theirs, ours = usage(stack, GLOBEX), usage(stack, ACME)
    with stack.http(ACME) as client:
        body = {"input": unique("What must visitors wear?"), **claimed}
        answer = client.post("/v1/responses", json=body, headers={"x-tenant-id": GLOBEX})
        assert answer.status_code == 200, answer.text
        made = client.post("/v1/responses", json={**body, "background": True}, headers={"x-tenant-id": GLOBEX}).json()
        polled(client, made["id"])
    with socket(stack, ACME) as connection:
        for action in actions(stack):
            connection.ask(action, unique("What must visitors wear?"), **claimed)
            connection.until_final()
    assert usage(stack, GLOBEX) == theirs
    assert usage(stack, ACME) != ours


def _routes(stack: Deployment) -> list[tuple[str, str]]:
    """Method and path of each route that names one thing, save the models, which all tenants share."""
    gateway = stack.aws("apigatewayv2")
    [api] = [api for api in gateway.get_apis()["Items"] if api["ProtocolType"] == "HTTP"]
    keys = [route["RouteKey"] for route in gateway.get_routes(ApiId=api["ApiId"])["Items"]]
    found = [(method, path) for method, _, path in (key.partition(" ") for key in keys)]
    return [(method, path) for method, path in found if OF_ONE.search(path) and "/models/" not in path]


def _seen(client: Any, ids: list[str]) -> list[Any]:
    """What the owner sees of each."""
    paths = ("responses", "fanouts", "batches", "files", "files")
    answers = [client.get(f"/v1/{path}/{found}") for path, found in zip(paths, ids, strict=True)]
    assert {answer.status_code for answer in answers} == {200}
    return [answer.json() for answer in answers]


def _answers(stack: Deployment, asked: list[str], tenant: str) -> list[tuple[bool, bool]]:
    """Of each action over the WebSocket, and in the background: whether it was in the cache, and tells the secret."""
    *pushed, polled_for = asked
    with socket(stack, tenant) as connection:
        found = [_response(connection, *each) for each in zip(actions(stack), pushed, strict=True)]
    with stack.http(tenant) as client:
        found.append(polled(client, create(client, polled_for)["id"]))
    return [(each["cache"]["hit"], "12 million" in json.dumps(each["output"])) for each in found]


def _response(connection: Socket, action: str, asked: str) -> Any:
    connection.ask(action, asked)
    return connection.until_final()[-1]["response"]
