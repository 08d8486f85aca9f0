"""Pattern 6 when things go wrong: workers die, messages come twice or come broken, permissions lack, clients cancel."""

import json
import time

import openai
import pytest
from background import (
    NOVA_LITE,
    attributes,
    depth,
    kill_workers,
    model_calls,
    part,
    unique,
    until,
    visibility,
)
from batches import CHUNK_LINES, PATTERN, ended, line, results, start
from deployment import ACME, MAX_WORKERS, Deployment
from roles import without

from genai_runtime.ids import new_id

pytestmark = pytest.mark.xdist_group("e2e")
QUESTION = "What must visitors wear?"


def questions(count: int) -> list[dict[str, object]]:
    return [line(f"q-{number}", unique(QUESTION)) for number in range(count)]


def test_time_outs_fit_together(stack: Deployment) -> None:
    queue, failed = (attributes(stack, part(stack, name, PATTERN)) for name in ("queue_url", "failed_queue_url"))
    worker = stack.aws("lambda").get_function_configuration(FunctionName=part(stack, "worker", PATTERN))
    assert int(queue["VisibilityTimeout"]) >= 6 * worker["Timeout"]
    assert json.loads(queue["RedrivePolicy"]) == {"deadLetterTargetArn": failed["QueueArn"], "maxReceiveCount": 3}
    assert int(queue["MessageRetentionPeriod"]) > 86_400 + int(queue["VisibilityTimeout"])


def test_workers_that_are_killed_are_followed_by_others_that_answer_only_what_is_left(stack: Deployment) -> None:
    client, lines = stack.openai(), 2 * CHUNK_LINES
    before = model_calls(stack, PATTERN)
    with (
        visibility(stack, 8, PATTERN),
        stack.model_fault(target=NOVA_LITE, kind="delay", delay_seconds=0.5, times=3 * lines),
    ):
        made = start(client, questions(lines))
        until(lambda: model_calls(stack, PATTERN) - before, lambda calls: calls >= 6)
        assert kill_workers(stack, PATTERN) >= 1
        batch = ended(client, made.id)
    assert (batch.status, batch.request_counts.completed) == ("completed", lines)
    answers = results(client, batch.output_file_id)
    assert [answer["custom_id"] for answer in answers] == [f"q-{number}" for number in range(lines)]
    # Only what each worker was asking for when it died is asked for again.
    assert model_calls(stack, PATTERN) - before <= lines + MAX_WORKERS


def test_what_lacks_a_permission_is_a_dead_letter_and_is_done_once_that_is_mended(stack: Deployment) -> None:
    client, failed_url = stack.openai(), part(stack, "failed_queue_url", PATTERN)
    unknown = json.dumps({"kind": "plan", "tenant": ACME, "user": "nobody", "batch": new_id("batch")})
    with without(stack, part(stack, "worker", PATTERN), "bedrock:InvokeModel"):
        for body in ("no JSON", unknown):
            stack.aws("sqs").send_message(QueueUrl=part(stack, "queue_url", PATTERN), MessageBody=body)
        made = start(client, questions(CHUNK_LINES + 1))
        until(lambda: depth(stack, failed_url), lambda messages: messages == 4, 90)
        assert client.batches.retrieve(made.id).status == "in_progress"
    _delete(stack, failed_url, {"no JSON", unknown})
    stack.aws("sqs").start_message_move_task(SourceArn=attributes(stack, failed_url)["QueueArn"])
    batch = ended(client, made.id)
    assert (batch.status, batch.request_counts.completed) == ("completed", CHUNK_LINES + 1)
    assert depth(stack, failed_url) == 0


def test_a_message_that_comes_twice_changes_nothing(stack: Deployment) -> None:
    client, before = stack.openai(), model_calls(stack, PATTERN)
    made = start(client, questions(3))
    sent = {"tenant": ACME, "user": _subject(stack), "batch": made.id}
    for message in ({"kind": "plan", **sent}, {"kind": "plan", **sent}):
        stack.aws("sqs").send_message(QueueUrl=part(stack, "queue_url", PATTERN), MessageBody=json.dumps(message))
    batch = ended(client, made.id)
    stack.aws("sqs").send_message(
        QueueUrl=part(stack, "queue_url", PATTERN), MessageBody=json.dumps({"kind": "finish", **sent})
    )
    # A part's second message is hidden for as long as its worker might take; all others are done with.
    until(lambda: _waiting(stack), lambda messages: messages == 0)
    assert batch.request_counts.completed == 3
    assert client.batches.retrieve(made.id) == batch
    assert model_calls(stack, PATTERN) - before == 3


def test_a_batch_that_is_cancelled_begins_nothing_more_and_keeps_what_it_has(stack: Deployment) -> None:
    client, lines = stack.openai(), 4 * CHUNK_LINES
    before = model_calls(stack, PATTERN)
    with stack.model_fault(target=NOVA_LITE, kind="delay", delay_seconds=0.3, times=lines):
        made = start(client, questions(lines))
        until(lambda: model_calls(stack, PATTERN) - before, lambda calls: calls >= 4)
        assert client.batches.cancel(made.id).status == "cancelling"
        batch = ended(client, made.id)
    asked = model_calls(stack, PATTERN) - before
    assert batch.status == "cancelled"
    assert batch.cancelled_at
    answers, rest = results(client, batch.output_file_id), results(client, batch.error_file_id)
    assert 4 <= len(answers) == asked < lines / 2
    assert len(answers) + len(rest) == lines
    assert {error["error"]["code"] for error in rest} == {"batch_cancelled"}
    time.sleep(1)
    assert model_calls(stack, PATTERN) - before == asked
    with pytest.raises(openai.ConflictError):
        client.batches.cancel(made.id)


def _waiting(stack: Deployment) -> int:
    return int(attributes(stack, part(stack, "queue_url", PATTERN))["ApproximateNumberOfMessages"])


def _subject(stack: Deployment) -> str:
    users = stack.aws("cognito-idp").list_users(UserPoolId=stack.outputs["user_pool_id"])["Users"]
    return next(
        attribute["Value"]
        for user in users
        if {"Name": "email", "Value": f"{ACME[4:]}@example.com"} in user["Attributes"]
        for attribute in user["Attributes"]
        if attribute["Name"] == "sub"
    )


def _delete(stack: Deployment, queue_url: str, bodies: set[str]) -> None:
    sqs, left = stack.aws("sqs"), set(bodies)
    while left:
        for letter in sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10, VisibilityTimeout=1)["Messages"]:
            if letter["Body"] in left:
                sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=letter["ReceiptHandle"])
                left.remove(letter["Body"])
        time.sleep(1.1)
