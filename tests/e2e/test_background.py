"""Pattern 4 as its clients see it: made in the background, polled or pushed, cancelled, refused."""

import json
import time
from typing import Any

import openai
import pytest
from background import NOVA_LITE, create, model_calls, polled, status, unique, until
from deployment import ACME, GLOBEX, Deployment
from sockets import answer_of, socket

pytestmark = pytest.mark.xdist_group("e2e")
QUEUE = "response.queue"
LAPTOP = "How soon must a lost laptop be reported?"
OTHERS = pytest.mark.parametrize("who", [{"tenant": GLOBEX}, {"user": "other"}], ids=["tenant", "user"])


def retrieved(client: openai.OpenAI, response_id: str) -> Any:
    return until(
        lambda: client.responses.retrieve(response_id), lambda seen: seen.status not in ("queued", "in_progress")
    )


def test_the_openai_sdk_makes_a_response_in_the_background(stack: Deployment) -> None:
    client = stack.openai()
    made = client.responses.create(model="nova-lite", input=unique(LAPTOP), background=True)
    assert (made.status, made.background, made.output) == ("queued", True, [])
    done = retrieved(client, made.id)
    assert (done.id, done.status, done.background) == (made.id, "completed", True)
    assert "within one hour" in done.output_text
    assert done.usage
    assert done.usage.output_tokens > 0


def test_the_openai_sdk_cancels_a_response(stack: Deployment) -> None:
    client = stack.openai()
    with stack.model_fault(target=NOVA_LITE, kind="delay", delay_seconds=2):
        made = client.responses.create(model="nova-lite", input=unique("What must visitors wear?"), background=True)
        until(lambda: client.responses.retrieve(made.id).status, lambda seen: seen == "in_progress")
        assert client.responses.cancel(made.id).status == "cancelled"
        assert client.responses.cancel(made.id).status == "cancelled"
        time.sleep(2.5)
    assert client.responses.retrieve(made.id).status == "cancelled"


def test_a_response_that_is_there_cannot_be_cancelled(stack: Deployment) -> None:
    client = stack.openai()
    made = client.responses.create(model="nova-lite", input=LAPTOP, background=True)
    retrieved(client, made.id)
    with pytest.raises(openai.ConflictError, match="completed already"):
        client.responses.cancel(made.id)
    assert client.responses.retrieve(made.id).status == "completed"


def test_a_repeated_idempotency_key_gets_the_same_response_of_one_model_call(stack: Deployment) -> None:
    before, question, key = (
        model_calls(stack),
        unique("Who accompanies visitors?"),
        unique("key"),
    )
    with stack.http() as client:
        first = create(client, question, **{"idempotency-key": key})
        assert create(client, question, **{"idempotency-key": key})["id"] == first["id"]
        done = polled(client, first["id"])
        assert create(client, question, **{"idempotency-key": key}) == done
        body = {"input": "What about updates?", "background": True}
        other = client.post("/v1/responses", json=body, headers={"idempotency-key": key})
    assert (other.status_code, other.json()["error"]["code"]) == (422, "idempotency_key_reused")
    assert model_calls(stack) == before + 1


def test_a_client_that_polls_is_told_when_to_ask_again(stack: Deployment) -> None:
    with stack.model_fault(target=NOVA_LITE, kind="delay", delay_seconds=1), stack.http() as client:
        made = client.post("/v1/responses", json={"input": unique("What is a receipt?"), "background": True})
        assert made.headers["retry-after"] == "1"
        assert polled(client, made.json()["id"])["status"] == "completed"


def test_an_answer_is_pushed_over_a_websocket_and_can_be_polled(stack: Deployment) -> None:
    with socket(stack) as client:
        request_id = client.ask(QUEUE, LAPTOP)
        events = client.until_final()
    assert [event["type"] for event in events][:2] == ["response.created", "response.in_progress"]
    assert events[-1]["type"] == "response.completed"
    assert "within one hour" in answer_of(events[-1])
    assert {event["request_id"] for event in events} == {request_id}
    with stack.http() as http:
        assert http.get(f"/v1/responses/{events[-1]['response_id']}").json() == events[-1]["response"]


def test_a_request_that_is_sent_twice_over_a_websocket_is_answered_once(stack: Deployment) -> None:
    before, question = model_calls(stack), unique("What must visitors wear?")
    with socket(stack) as client:
        request_id = client.ask(QUEUE, question)
        first = client.until_final()
        client.ask(QUEUE, question, request_id)
        assert client.until_final() == first
    assert model_calls(stack) == before + 1


def test_a_client_that_comes_back_gets_its_answer(stack: Deployment) -> None:
    with stack.model_fault(target=NOVA_LITE, kind="delay", delay_seconds=1):
        with socket(stack) as client:
            client.ask(QUEUE, unique("When are updates installed?"))
            before = [client.receive()]
        with socket(stack) as client:
            resume = {"action": "response.resume", "request_id": "again", "response_id": before[0]["response_id"]}
            client.send({**resume, "starting_after": before[-1]["sequence_number"]})
            after = client.until_final()
    assert after[-1]["type"] == "response.completed"
    events = {event["sequence_number"]: event for event in before + after}
    assert sorted(events) == list(range(len(events)))


def test_a_throttled_model_is_followed_by_the_next(stack: Deployment) -> None:
    with stack.model_fault(target=NOVA_LITE, kind="throttle", times=2), stack.http() as client:
        done = polled(client, create(client, unique("Who accompanies visitors?"))["id"])
    assert (done["status"], done["model"]) == ("completed", "nova-micro")


def test_a_blocked_topic_gets_the_guardrails_message(stack: Deployment) -> None:
    with stack.http() as client:
        done = polled(client, create(client, "Should I buy shares of Globex?")["id"])
    assert (done["status"], done["incomplete_details"]["reason"]) == ("incomplete", "content_filter")


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        ({"input": "x" * 300_000}, 413, None),
        ({"input": ""}, 400, "input"),
        ({"input": "x", "stream": True}, 400, "stream"),
        ({"input": "x", "model": "gpt-9"}, 404, "model"),
    ],
    ids=["bytes", "empty", "stream", "model"],
)
def test_a_bad_request_is_refused_before_it_is_queued(stack: Deployment, body: Any, code: int, param: str) -> None:
    with stack.http() as client:
        answer = client.post("/v1/responses", json={**body, "background": True})
    assert answer.status_code == code, answer.text
    assert answer.json()["error"]["param"] == param or param is None


def test_a_prompt_over_the_limit_fails_the_response(stack: Deployment) -> None:
    with stack.http() as client:
        done = polled(client, create(client, "word " * 20_000)["id"])
    assert (done["status"], done["error"]["code"]) == ("failed", "context_length_exceeded")


def test_without_a_token_nothing_is_told(stack: Deployment) -> None:
    with stack.http() as client:
        made = create(client, LAPTOP)
    with stack.http(tenant=None) as client:
        assert client.get(f"/v1/responses/{made['id']}").status_code == 401
        assert client.post(f"/v1/responses/{made['id']}/cancel").status_code == 401


@OTHERS
@pytest.mark.parametrize(("method", "action"), [("GET", ""), ("POST", "/cancel")], ids=["look", "cancel"])
def test_a_response_of_somebody_else_is_not_there(
    stack: Deployment, who: dict[str, str], method: str, action: str
) -> None:
    with stack.http() as ours, stack.http(**{"tenant": ACME, **who}) as theirs:
        made = create(ours, unique(LAPTOP))
        answer = theirs.request(method, f"/v1/responses/{made['id']}{action}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "response_not_found")
        assert polled(ours, made["id"])["status"] == "completed"


@OTHERS
@pytest.mark.parametrize("action", ["response.resume", "response.cancel"])
def test_a_response_of_somebody_else_is_not_there_over_a_websocket(
    stack: Deployment, who: dict[str, str], action: str
) -> None:
    with stack.http() as ours, socket(stack, **who) as theirs:
        made = create(ours, unique(LAPTOP))
        theirs.send({"action": action, "request_id": "r", "response_id": made["id"]})
        error = theirs.receive()
        assert (error["status"], error["code"]) == (404, "response_not_found")
        assert polled(ours, made["id"])["status"] == "completed"


@OTHERS
def test_an_idempotency_key_is_the_users_own(stack: Deployment, who: dict[str, str]) -> None:
    key = unique("key")
    with stack.http() as ours, stack.http(**{"tenant": ACME, **who}) as theirs:
        first = create(ours, LAPTOP, **{"idempotency-key": key})
        second = create(theirs, LAPTOP, **{"idempotency-key": key})
        assert first["id"] != second["id"]
        assert status(theirs, second["id"]) in ("queued", "in_progress", "completed")


def test_another_tenants_document_is_in_no_answer(stack: Deployment) -> None:
    body = {"input": "What is the budget of project Sundial?", "background": True, "metadata": {"tenant_id": GLOBEX}}
    with stack.http() as client:
        made = client.post("/v1/responses", json=body, headers={"x-tenant-id": GLOBEX}).json()
        done = polled(client, made["id"])
    assert done["status"] == "completed"
    assert "12 million" not in json.dumps(done)
