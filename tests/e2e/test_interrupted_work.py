"""Work that is interrupted or comes twice: workers of asynchronous invocations, and a queue's last delivery."""

import json
from typing import Any

import pytest
from background import NOVA_LITE, depth, kill_workers, model_calls, part, status, unique, until, visibility
from deployment import ACME, Deployment
from sockets import Socket, socket, text_of
from websockets.exceptions import ConnectionClosed

pytestmark = pytest.mark.xdist_group("e2e")
ASYNC, STREAMING = "async-request-response", "streaming-response"
INVOKED = pytest.mark.parametrize("pattern", [ASYNC, STREAMING])
RULES = "Which rules are there for visitors, laptops, receipts, hotels, journeys and meals?"


@INVOKED
def test_a_worker_that_is_killed_is_followed_by_another(stack: Deployment, pattern: str) -> None:
    with socket(stack) as client, stack.http() as http:
        with stack.model_fault(target=NOVA_LITE, kind="delay", delay_seconds=4):
            client.ask(part(stack, "action", pattern), unique("What must visitors wear?"))
            begun = [client.receive() for _ in range(2)]
            assert begun[-1]["type"] == "response.in_progress"
            assert kill_workers(stack, pattern) >= 1
        events = begun + client.until_final(30)
        assert not _anything_left(client)
        if pattern == ASYNC:
            assert status(http, begun[0]["response_id"]) == "completed"
    assert [event["type"] for event in events].count("response.completed") == 1
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    assert depth(stack, _failed_queue(stack, pattern)) == 0


def test_an_answer_that_was_shown_in_part_is_not_begun_again(stack: Deployment) -> None:
    with socket(stack) as client:
        with stack.model_fault(target=NOVA_LITE, kind="slow_stream", delay_seconds=0.5):
            client.ask(part(stack, "action", STREAMING), unique(RULES))
            events = [client.receive()]
            while not text_of(events):
                events.append(client.receive())
            assert kill_workers(stack, STREAMING) >= 1
            events += client.until_final(30)
        assert not _anything_left(client)
    assert events[-1]["type"] == "response.failed"
    assert "interrupted" in events[-1]["response"]["error"]["message"]
    shown = [event["type"] for event in events]
    assert shown.count("response.in_progress") == shown.count("response.created") == 1


@INVOKED
def test_a_job_that_is_delivered_twice_is_answered_once(stack: Deployment, pattern: str) -> None:
    before = model_calls(stack, pattern)
    with socket(stack) as client:
        # Longer than the sandbox takes for all three attempts of the second delivery.
        with stack.model_fault(target=NOVA_LITE, kind="delay", delay_seconds=3):
            client.ask(part(stack, "action", pattern), unique("Who accompanies visitors?"))
            begun = [client.receive() for _ in range(2)]
            job = {"tenant": ACME, "id": begun[0]["response_id"]}
            _deliver(stack, pattern, job)
            events = begun + client.until_final()
        _deliver(stack, pattern, job)
        assert not _anything_left(client, 1)
    assert events[-1]["type"] == "response.completed"
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    assert model_calls(stack, pattern) == before + 1
    assert depth(stack, _failed_queue(stack, pattern)) == 0


def test_a_client_is_told_when_the_worker_dies_at_the_last_delivery_of_a_queue(stack: Deployment) -> None:
    failed = part(stack, "failed_queue_url")
    with visibility(stack, 4), socket(stack) as client:
        with stack.model_fault(target=NOVA_LITE, kind="delay", delay_seconds=4):
            client.ask("response.queue", unique("When are updates installed?"))
            events = [client.receive()]
            for _ in range(3):
                events.append(client.receive())
                assert events[-1]["type"] == "response.in_progress"
                assert kill_workers(stack) >= 1
        events += client.until_final(30)
        until(lambda: depth(stack, failed), lambda messages: messages == 1)
        assert not _anything_left(client)
        assert events[-1]["type"] == "response.failed"
        sqs = stack.aws("sqs")
        [letter] = sqs.receive_message(QueueUrl=failed)["Messages"]
        assert json.loads(letter["Body"])["id"] == events[-1]["response_id"]
        sqs.change_message_visibility(QueueUrl=failed, ReceiptHandle=letter["ReceiptHandle"], VisibilityTimeout=0)
        arn = sqs.get_queue_attributes(QueueUrl=failed, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sqs.start_message_move_task(SourceArn=arn)
        after = client.until_final(30)
    assert after[-1]["type"] == "response.completed"
    assert depth(stack, failed) == 0


def _deliver(stack: Deployment, pattern: str, job: dict[str, Any]) -> None:
    """Hands a job to the pattern's worker, as the function that takes requests does."""
    worker = part(stack, "worker", pattern)
    stack.aws("lambda").invoke(FunctionName=worker, InvocationType="Event", Payload=json.dumps(job))


def _failed_queue(stack: Deployment, pattern: str) -> str:
    [url] = [url for url in stack.aws("sqs").list_queues()["QueueUrls"] if f"{pattern}-failed" in url]
    return url


def _anything_left(client: Socket, timeout_seconds: float = 0.2) -> bool:
    try:
        client.receive(timeout_seconds)
    except (TimeoutError, ConnectionClosed):
        return False
    return True
