"""Patterns 2 and 3: answers over a WebSocket, whole when they are ready, or while they are written."""

import json
import time
import uuid
from typing import Any

import pytest
from deployment import ACME, GLOBEX, Deployment
from roles import without
from sockets import Socket, answer_of, socket, text_of, ticket
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

pytestmark = pytest.mark.xdist_group("e2e")
CREATE, STREAM = "response.create", "response.stream"
NOVA_LITE = "amazon.nova-lite-v1:0"
SLOW: dict[str, Any] = {"target": NOVA_LITE, "kind": "slow_stream"}
LAPTOP = "How soon must a lost laptop be reported?"


@pytest.mark.parametrize("action", [CREATE, STREAM])
def test_an_answer_is_pushed_and_names_its_source(stack: Deployment, action: str) -> None:
    with socket(stack) as client:
        request_id = client.ask(action, LAPTOP)
        events = client.until_final()
    assert [event["type"] for event in events][:2] == ["response.created", "response.in_progress"]
    assert events[-1]["type"] == "response.completed"
    assert "within one hour" in answer_of(events[-1])
    assert events[-1]["response"]["sources"][0]["document"] == "security-handbook.md"
    assert {event["request_id"] for event in events} == {request_id}
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    assert text_of(events) == ("" if action == CREATE else answer_of(events[-1]))


def test_a_streamed_answer_begins_before_it_ends(stack: Deployment) -> None:
    with stack.model_fault(**SLOW, delay_seconds=0.1), socket(stack) as client:
        client.ask(STREAM, "Which rules are there for visitors, laptops, receipts, hotels, journeys and meals?")
        arrived: list[tuple[float, Any]] = []
        while not arrived or arrived[-1][1]["type"] != "response.completed":
            event = client.receive()
            arrived.append((time.monotonic(), event))
    pieces = [moment for moment, event in arrived if event["type"] == "response.output_text.delta"]
    assert pieces
    assert pieces[0] < arrived[-1][0]
    assert text_of([event for _, event in arrived]) == answer_of(arrived[-1][1])


@pytest.mark.parametrize("action", [CREATE, STREAM])
def test_a_request_sent_twice_is_answered_once(stack: Deployment, action: str) -> None:
    question = f"What must visitors wear? {uuid.uuid4().hex}"
    with socket(stack) as client:
        request_id = client.ask(action, question)
        first = client.until_final()
        client.ask(action, question, request_id)
        again = client.until_final()
    assert again == first


def test_a_request_id_of_another_request_is_refused(stack: Deployment) -> None:
    with socket(stack) as client:
        request_id = client.ask(CREATE, LAPTOP)
        client.until_final()
        client.ask(CREATE, "What must visitors wear?", request_id)
        error = client.receive()
    assert (error["type"], error["status"], error["code"]) == ("error", 422, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("", "empty_body"),
        ("{", "invalid_json"),
        ('{"action": "response.create"}', "missing_parameter"),
        ('{"action": "response.create", "request_id": "x"}', "missing_parameter"),
        ('{"action": "response.create", "request_id": "x", "response": {"input": ""}}', "invalid_value"),
        ('{"action": "response.create", "request_id": "x", "response": {"input": 7}}', "invalid_type"),
        ('{"action": "response.stream", "request_id": "x", "response": {"input": "x", "n": 2}}', "unknown_parameter"),
        ('{"action": "response.resume", "request_id": "x", "response_id": "resp_x"}', "response_not_found"),
        ('{"action": "dance", "request_id": "x"}', "unsupported_value"),
    ],
)  # fmt: skip
def test_a_bad_message_gets_an_error_event_and_the_connection_stays(stack: Deployment, message: str, code: str) -> None:
    with socket(stack) as client:
        client.send(message)
        error = client.receive()
        assert (error["type"], error["code"]) == ("error", code)
        assert set(error["error"]) >= {"message", "type", "param", "code"}
        client.send({"action": "ping", "request_id": "p"})
        assert client.receive() == {"type": "pong", "request_id": "p"}


def test_a_message_over_the_limit_closes_the_connection(stack: Deployment) -> None:
    with socket(stack) as client:
        client.send("x" * (128 * 1024 + 1))
        with pytest.raises(ConnectionClosed) as closed:
            client.receive()
    assert closed.value.rcvd
    assert closed.value.rcvd.code == 1009


def test_a_client_that_comes_back_gets_its_answer(stack: Deployment) -> None:
    with stack.model_fault(**SLOW, delay_seconds=0.1):
        with socket(stack) as client:
            client.ask(STREAM, "Which rules are there for visitors, laptops and receipts?")
            before = [client.receive() for _ in range(2)]
        with socket(stack) as client:
            resume = {"action": "response.resume", "request_id": "again", "response_id": before[0]["response_id"]}
            client.send({**resume, "starting_after": before[-1]["sequence_number"]})
            after = client.until_final()
    events = {event["sequence_number"]: event for event in before + after}
    assert sorted(events) == list(range(len(events)))
    assert after[-1]["type"] == "response.completed"
    assert text_of([events[number] for number in sorted(events)]) == answer_of(after[-1])


def test_an_answer_can_be_fetched_after_the_client_was_away_the_whole_time(stack: Deployment) -> None:
    with socket(stack) as client:
        client.ask(CREATE, "When are updates installed?")
        created = client.receive()
    time.sleep(1)
    with socket(stack) as client:
        client.send({"action": "response.resume", "request_id": "r", "response_id": created["response_id"]})
        assert client.until_final()[-1]["type"] == "response.completed"


def test_a_cancelled_response_ends(stack: Deployment) -> None:
    with stack.model_fault(**SLOW, delay_seconds=0.4), socket(stack) as client:
        client.ask(STREAM, "Which rules are there for visitors, laptops, receipts and hotels?")
        created = client.receive()
        client.send({"action": "response.cancel", "request_id": "c", "response_id": created["response_id"]})
        assert client.until_final()[-1]["type"] == "response.cancelled"


def test_a_blocked_topic_gets_the_guardrails_message(stack: Deployment) -> None:
    with socket(stack) as client:
        client.ask(STREAM, "Should I buy shares of Globex?")
        events = client.until_final()
    assert events[-1]["type"] == "response.incomplete"
    assert answer_of(events[-1]).startswith("I can't help with that subject.")
    assert text_of(events) == answer_of(events[-1])


@pytest.mark.parametrize("action", [CREATE, STREAM, "response.queue"])
def test_a_throttled_model_is_followed_by_the_next(stack: Deployment, action: str) -> None:
    with stack.model_fault(target=NOVA_LITE, kind="throttle", times=2), socket(stack) as client:
        client.ask(action, f"Who accompanies visitors? {uuid.uuid4().hex}")
        done = client.until_final()[-1]
    assert (done["type"], done["response"]["model"]) == ("response.completed", "nova-micro")


@pytest.mark.parametrize("pattern", ["async-request-response", "streaming-response"])
def test_work_that_never_succeeds_is_told_kept_for_an_operator_and_done_once_its_cause_is_mended(
    stack: Deployment, pattern: str
) -> None:
    deployed, sqs = stack.outputs["patterns"][pattern], stack.aws("sqs")
    [queue] = [url for url in sqs.list_queues()["QueueUrls"] if f"{pattern}-failed" in url]
    with socket(stack) as client:
        with without(stack, deployed["worker"], "dynamodb:Query"):
            client.ask(deployed["action"], LAPTOP)
            events = client.until_final(30)
        assert events[-1]["type"] == "response.failed"
        [kept] = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=5)["Messages"]
        assert json.loads(kept["Body"])["id"] == events[-1]["response_id"]
        assert json.loads(kept["Body"])["why"]["condition"] == "RetriesExhausted"
        stack.aws("lambda").invoke(FunctionName=deployed["worker"], InvocationType="Event", Payload=kept["Body"])
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=kept["ReceiptHandle"])
        events += client.until_final()
    assert events[-1]["type"] == "response.completed"
    assert [event["sequence_number"] for event in events] == list(range(len(events)))


def test_without_a_good_ticket_nobody_connects(stack: Deployment) -> None:
    url = stack.outputs["websocket_url"]
    used = ticket(stack)["url"]
    with connect(used):
        pass
    for refused in (url, f"{url}?ticket=", f"{url}?ticket=guess", used, f"{url}?token={stack.token()}"):
        with pytest.raises(InvalidStatus) as refusal:
            connect(refused)
        assert refusal.value.response.status_code in (401, 403)


def test_a_ticket_needs_a_token(stack: Deployment) -> None:
    with stack.http(tenant=None) as client:
        assert client.post("/v1/websocket/tickets").status_code == 401


@pytest.mark.parametrize("who", [{"tenant": GLOBEX}, {"user": "other"}], ids=["tenant", "user"])
@pytest.mark.parametrize("action", ["response.resume", "response.cancel"])
def test_a_response_of_somebody_else_is_not_there(stack: Deployment, who: dict[str, str], action: str) -> None:
    with socket(stack) as ours, socket(stack, **who) as theirs:
        ours.ask(CREATE, LAPTOP)
        created = ours.receive()
        theirs.send({"action": action, "request_id": "r", "response_id": created["response_id"]})
        error = theirs.receive()
        assert (error["status"], error["code"]) == (404, "response_not_found")
        assert ours.until_final()[-1]["type"] == "response.completed"


def test_another_tenants_document_is_in_no_answer(stack: Deployment) -> None:
    with socket(stack, ACME) as client:
        for action in (CREATE, STREAM):
            client.ask(action, "What is the budget of project Sundial?", metadata={"tenant_id": GLOBEX})
            events = client.until_final()
            assert events[-1]["type"] == "response.completed"
            assert "12 million" not in json.dumps(events)


def test_a_connection_of_another_tenant_cannot_be_written_to_by_a_request_id(stack: Deployment) -> None:
    with socket(stack, ACME) as ours, socket(stack, GLOBEX) as theirs:
        request_id = ours.ask(CREATE, LAPTOP)
        ours.until_final()
        theirs.ask(CREATE, LAPTOP, request_id)
        events = theirs.until_final()
    assert events[-1]["type"] == "response.completed"
    assert not _anything_left(ours)


def _anything_left(client: Socket) -> bool:
    try:
        client.receive(0.2)
    except (TimeoutError, ConnectionClosed):
        return False
    return True
