"""The worker of a queue as it is deployed: batches, what is delivered again and when, what is given up."""

import importlib
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from genai_runtime.aws import deliveries
from genai_runtime.aws.jobs import DynamoJobs
from genai_runtime.aws.payloads import Payloads
from genai_runtime.core.errors import Cause, StepError
from genai_runtime.core.jobs import Job, JobKey, Status
from genai_runtime.core.request import Trace
from genai_runtime.core.settings_reader import ConfigError
from genai_runtime.ids import new_id
from tests.unit.runtime.aws_fixtures import REGION, Context, environment, make_tables
from tests.unit.runtime.job_fixtures import JOBS, make_job_places
from tests.unit.runtime.memory import TENANT, Failing

MODULE = "genai_runtime.aws.queue_worker"
WORKER = {
    "function": "",
    "queue_url": "",
    "stream": False,
    "timeout_seconds": 60,
    "most_receives": 3,
    "dead_letter_queue_url": "",
}


@dataclass
class Shop:
    """The worker's module, its queue and its jobs."""

    module: Any
    queue_url: str
    sqs: Any
    jobs: DynamoJobs

    def keep(self, **changes: Any) -> JobKey:
        job = Job(
            key=JobKey(TENANT, new_id("resp")),
            user="user-1",
            client_request_id="r",
            fingerprint="f",
            request='{"input": "laptop"}',
            trace=Trace(new_id("req"), "0" * 32),
            created_at=1_795_392_000,
            expires_at=1_795_999_999,
        )
        return self.jobs.create(replace(job, **changes)).key

    def receive(self, *bodies: str, received: int = 1) -> dict[str, Any]:
        """An event with messages that have been received as often, for the first time hidden for a minute."""
        for body in bodies:
            self.sqs.send_message(QueueUrl=self.queue_url, MessageBody=body)
        messages = self.sqs.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10, VisibilityTimeout=60)
        return {
            "Records": [
                {
                    "messageId": message["MessageId"],
                    "receiptHandle": message["ReceiptHandle"],
                    "body": message["Body"],
                    "attributes": {"ApproximateReceiveCount": str(received)},
                }
                for message in messages["Messages"]
            ]
        }

    def work(self, *bodies: str, received: int = 1) -> list[str]:
        """The bodies of the messages that shall be delivered again."""
        event = self.receive(*bodies, received=received)
        again = {failure["itemIdentifier"] for failure in self.module.handler(event, Context())["batchItemFailures"]}
        return [record["body"] for record in event["Records"] if record["messageId"] in again]

    def status(self, key: JobKey) -> Status:
        job = self.jobs.get(key)
        assert job
        return job.status


@pytest.fixture
def start(
    credentials: None,  # noqa: ARG001  # a fixture, for its effect
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[..., Shop]]:
    with mock_aws():
        make_tables()
        make_job_places()
        sqs: Any = boto3.client("sqs", region_name=REGION)
        url = sqs.create_queue(QueueName="jobs")["QueueUrl"]

        def begin(**worker: Any) -> Shop:
            settings = {"jobs": JOBS, "guardrail": None, "knowledge_base": None}
            told = environment(**settings, worker={**WORKER, "queue_url": url, **worker})
            monkeypatch.setenv("GENAI_CONFIG", told["GENAI_CONFIG"])
            monkeypatch.delitem(sys.modules, MODULE, raising=False)
            module = importlib.import_module(MODULE)
            return Shop(module, url, sqs, DynamoJobs("jobs", Payloads("payloads")))

        yield begin
    monkeypatch.delitem(sys.modules, MODULE, raising=False)


@pytest.fixture
def shop(start: Callable[..., Shop], monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A worker whose model lacks a permission."""
    made = start()
    denied = Failing(StepError(Cause.DENIED, "bedrock:InvokeModel", "no"))
    monkeypatch.setattr(made.module, "_PORTS", replace(made.module._PORTS, model=denied))
    return made


def body(key: JobKey) -> str:
    return json.dumps({"tenant": key.tenant, "id": key.id})


@pytest.mark.parametrize("broken", ["no JSON", "[]", "7", "null", '{"tenant": "t"}', '{"tenant": "t", "id": 7}'])
def test_a_broken_message_fails_alone(shop: Shop, broken: str):
    done = shop.keep()
    shop.jobs.finish(done, None, Status.COMPLETED, "{}")
    assert shop.work(broken, body(done)) == [broken]


def test_a_message_about_no_job_fails(shop: Shop):
    unknown = body(JobKey(TENANT, new_id("resp")))
    assert shop.work(unknown) == [unknown]


def test_a_job_whose_permission_lacks_waits_and_is_given_up_at_the_last_delivery(shop: Shop):
    key = shop.keep()
    for received in (1, 2):
        assert shop.work(body(key), received=received) == [body(key)]
        assert shop.status(key) is Status.IN_PROGRESS
        _release(key)
    assert shop.work(body(key), received=3) == [body(key)]
    assert shop.status(key) is Status.FAILED
    assert shop.jobs.claim(key, "redriven", 0, 60), "what was given up is to be had again"


def test_a_job_whose_last_worker_died_is_given_up_without_another_attempt(shop: Shop):
    key = shop.keep()
    now = shop.module._PORTS.clock.now()
    assert shop.jobs.claim(key, "died", now - 60, now - 1)
    assert shop.work(body(key), received=4) == [body(key)]
    job = shop.jobs.get(key)
    assert job
    assert (job.status, job.attempts) == (Status.FAILED, 1)
    assert [json.loads(event)["type"] for _, event in shop.jobs.events(key, -1)] == ["response.failed"]


def test_a_job_that_another_worker_is_at_is_left_hidden(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    key, hidden = shop.keep(), _hidden(shop, monkeypatch)
    now = shop.module._PORTS.clock.now()
    assert shop.jobs.claim(key, "another", now, now + 60)
    assert shop.work(body(key)) == [body(key)]
    assert not hidden


@pytest.mark.parametrize(("received", "seconds"), [(1, 10), (2, 20), (3, 0)])
def test_a_message_that_failed_comes_back_soon(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, received: int, seconds: int
):
    hidden = _hidden(shop, monkeypatch)
    shop.work("no JSON", received=received)
    assert hidden == [seconds]


def test_jobs_that_cannot_be_written_are_delivered_again(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    broken = replace(shop.module._JOB_PORTS, jobs=Failing(StepError(Cause.DENIED, "dynamodb:UpdateItem", "no")))
    monkeypatch.setattr(shop.module, "_JOB_PORTS", broken)
    key = shop.keep()
    assert shop.work(body(key), "no JSON", received=3) == [body(key), "no JSON"]


@pytest.mark.parametrize("worker", [{"queue_url": ""}, {"most_receives": 0}])
def test_without_its_queue_it_does_not_start(start: Callable[..., Shop], worker: dict[str, Any]):
    with pytest.raises(ConfigError, match="queue_url and most_receives"):
        start(**worker)


def _hidden(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    seconds: list[int] = []

    class Sqs:
        def change_message_visibility(self, **arguments: Any) -> None:
            seconds.append(arguments["VisibilityTimeout"])
            shop.sqs.change_message_visibility(**arguments)

    clients = {"sqs": Sqs()}
    monkeypatch.setattr(deliveries, "client", lambda service: clients[service])
    return seconds


def _release(key: JobKey) -> None:
    """Another message has another owner: here the lease has to run out before that."""
    boto3.client("dynamodb", region_name=REGION).update_item(
        TableName="jobs",
        Key={"pk": {"S": f"job#{key.tenant}#{key.id}"}, "sk": {"S": "job"}},
        UpdateExpression="SET lease_until = :past",
        ExpressionAttributeValues={":past": {"N": "0"}},
    )
