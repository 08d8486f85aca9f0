"""Pattern 4 when things go wrong: workers die, messages come twice, come broken, or come all at once."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from alarms import a_period_later, alarm_on, is_in, listener
from background import (
    NOVA_LITE,
    attributes,
    create,
    depth,
    kill_workers,
    model_calls,
    part,
    polled,
    status,
    unique,
    until,
    visibility,
)
from deployment import ACME, MAX_WORKERS, Deployment
from roles import without
from sockets import Socket, socket
from websockets.exceptions import ConnectionClosed

from genai_runtime.ids import new_id

pytestmark = pytest.mark.xdist_group("e2e")
QUEUE = "response.queue"


def send(stack: Deployment, body: str) -> None:
    stack.aws("sqs").send_message(QueueUrl=part(stack, "queue_url"), MessageBody=body)


def job(response_id: str) -> str:
    return json.dumps({"tenant": ACME, "id": response_id})


def test_time_outs_fit_together_and_only_this_queue_has_these_dead_letters(stack: Deployment) -> None:
    queue, failed = (attributes(stack, part(stack, name)) for name in ("queue_url", "failed_queue_url"))
    worker = stack.aws("lambda").get_function_configuration(FunctionName=part(stack, "worker"))
    assert int(queue["VisibilityTimeout"]) >= 6 * worker["Timeout"]
    assert json.loads(queue["RedrivePolicy"]) == {"deadLetterTargetArn": failed["QueueArn"], "maxReceiveCount": 4}
    allowed = {"redrivePermission": "byQueue", "sourceQueueArns": [queue["QueueArn"]]}
    assert json.loads(failed["RedriveAllowPolicy"]) == allowed
    assert int(failed["MessageRetentionPeriod"]) == 14 * 86_400
    assert queue["KmsMasterKeyId"] == failed["KmsMasterKeyId"]


def test_a_worker_that_is_killed_is_followed_by_another(stack: Deployment) -> None:
    with visibility(stack, 6), socket(stack) as client, stack.http() as http:
        with stack.model_fault(target=NOVA_LITE, kind="delay", delay_seconds=4):
            client.ask(QUEUE, unique("What must visitors wear?"))
            begun = [client.receive() for _ in range(2)]
            assert begun[-1]["type"] == "response.in_progress"
            assert kill_workers(stack) >= 1
        events = begun + client.until_final(30)
        assert not _anything_left(client)
        assert status(http, begun[0]["response_id"]) == "completed"
    assert [event["type"] for event in events].count("response.completed") == 1
    assert [event["sequence_number"] for event in events] == list(range(len(events)))


def test_a_message_that_comes_twice_is_answered_once(stack: Deployment) -> None:
    before = model_calls(stack)
    with visibility(stack, 5), socket(stack) as client:
        with stack.model_fault(target=NOVA_LITE, kind="delay", delay_seconds=1):
            client.ask(QUEUE, unique("Who accompanies visitors?"))
            response_id = client.receive()["response_id"]
            send(stack, job(response_id))
            events = client.until_final()
        send(stack, job(response_id))
        until(lambda: depth(stack, part(stack, "queue_url")), lambda messages: messages == 0)
        assert not _anything_left(client)
    assert events[-1]["type"] == "response.completed"
    assert model_calls(stack) == before + 1
    assert depth(stack, part(stack, "failed_queue_url")) == 0


def test_what_fails_for_good_is_a_dead_letter_and_is_done_once_its_cause_is_mended(stack: Deployment) -> None:
    sqs, failed_url = stack.aws("sqs"), part(stack, "failed_queue_url")
    unknown, failed_name = job(new_id("resp")), failed_url.rpartition("/")[2]
    alarm, listening = alarm_on(stack, "ApproximateNumberOfMessagesVisible", failed_name), listener(stack)
    with stack.http() as client:
        with without(stack, part(stack, "worker"), "bedrock:InvokeModel"):
            send(stack, "no JSON")
            send(stack, unknown)
            made = create(client, unique("When are updates installed?"))
            until(lambda: depth(stack, failed_url), lambda messages: messages == 3, 60)
            failed = polled(client, made["id"])
            assert (failed["status"], failed["error"]["code"]) == ("failed", "server_error")
            is_in(stack, alarm["AlarmName"], "ALARM")
            told = listening.hears_of(alarm["AlarmName"])
            assert (told["NewStateValue"], told["Trigger"]["Dimensions"][0]["value"]) == ("ALARM", failed_name)
        letters = {letter["Body"]: letter for letter in _all_of(stack, failed_url, 3)}
        assert set(letters) == {"no JSON", unknown, job(made["id"])}
        for body in ("no JSON", unknown):
            sqs.delete_message(QueueUrl=failed_url, ReceiptHandle=letters[body]["ReceiptHandle"])
        sqs.change_message_visibility(
            QueueUrl=failed_url, ReceiptHandle=letters[job(made["id"])]["ReceiptHandle"], VisibilityTimeout=0
        )
        sqs.start_message_move_task(SourceArn=attributes(stack, failed_url)["QueueArn"])
        done = until(
            lambda: client.get(f"/v1/responses/{made['id']}").json(), lambda seen: seen["status"] == "completed"
        )
    assert done["id"] == made["id"]
    assert depth(stack, failed_url) == 0
    a_period_later(stack)
    is_in(stack, alarm["AlarmName"], "OK")


def test_the_queue_holds_what_the_workers_cannot_take(stack: Deployment) -> None:
    jobs, seconds_each = 20, 0.5
    before, began = model_calls(stack), time.monotonic()
    with stack.http() as client:
        with stack.model_fault(target=NOVA_LITE, kind="delay", delay_seconds=seconds_each, times=jobs):
            with ThreadPoolExecutor(5) as threads:
                made = list(threads.map(lambda _: create(client, unique("What is a receipt?"))["id"], range(jobs)))
            at_once = 0
            while (states := _states(stack, set(made))).count("completed") < jobs:
                at_once = max(at_once, states.count("in_progress"))
                assert time.monotonic() < began + 60, states
        taken = time.monotonic() - began
        answers = [polled(client, response_id) for response_id in made]
    assert len({answer["id"] for answer in answers}) == jobs
    assert at_once == MAX_WORKERS
    assert taken >= jobs * seconds_each / MAX_WORKERS
    assert model_calls(stack) == before + jobs
    assert depth(stack, part(stack, "failed_queue_url")) == 0


def _states(stack: Deployment, response_ids: set[str]) -> list[str]:
    dynamodb = stack.aws("dynamodb")
    table = next(name for name in dynamodb.list_tables()["TableNames"] if "jobs" in name)
    items = dynamodb.scan(TableName=table, ConsistentRead=True)["Items"]
    return [
        item["status"]["S"]
        for item in items
        if item["sk"]["S"] == "job" and item["pk"]["S"].rpartition("#")[2] in response_ids
    ]


def _all_of(stack: Deployment, queue_url: str, count: int) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    until(
        lambda: found.extend(
            stack.aws("sqs").receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10).get("Messages", [])
        ),
        lambda _: len(found) >= count,
    )
    return found


def _anything_left(client: Socket) -> bool:
    try:
        client.receive(0.2)
    except (TimeoutError, ConnectionClosed):
        return False
    return True
