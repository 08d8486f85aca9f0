"""Jobs from a client's message to its last event, on moto's tables."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from genai_runtime.core.errors import Cause, StepError
from genai_runtime.core.jobs import JobKey, Status
from genai_runtime.core.worker import JobBusyError, give_up
from tests.unit.runtime.aws_fixtures import make_tables
from tests.unit.runtime.job_fixtures import Office, make_job_places
from tests.unit.runtime.memory import OTHER_TENANT, TENANT, Failing


@pytest.fixture
def office(credentials: None) -> Iterator[Office]:  # noqa: ARG001  # a fixture, for its effect
    with mock_aws():
        make_tables()
        make_job_places()
        yield Office()


def text_of(events: list[dict[str, Any]]) -> str:
    return "".join(event["delta"] for event in events if event["type"] == "response.output_text.delta")


def test_an_answer_is_pushed_when_it_is_ready(office: Office):
    office.ask({"input": "laptop"})
    assert office.clients.types() == ["response.created"]
    created = office.clients.got["c1"][0]
    assert (created["request_id"], created["sequence_number"]) == ("r1", 0)
    assert created["response"]["status"] == "queued"
    office.work()
    assert office.clients.types() == ["response.created", "response.in_progress", "response.completed"]
    done = office.clients.got["c1"][-1]
    assert done["response"]["output"][0]["content"][0]["text"] == "You asked: laptop"
    assert done["response"]["id"] == done["response_id"] == created["response"]["id"] == office.key.id
    assert [event["sequence_number"] for event in office.clients.got["c1"]] == [0, 1, 2]
    job = office.ports.jobs.get(office.key)
    assert job is not None
    assert (job.status, json.loads(job.response)) == (Status.COMPLETED, done["response"])


def test_a_streamed_answer_adds_up(office: Office):
    office.stream = True
    office.deployment.model.answer = lambda _: "One two three. " * 100

    def pass_time() -> None:
        office.deployment.clock.time += 0.01

    office.deployment.model.pause = pass_time
    office.ask({"input": "laptop"})
    office.work()
    events = office.clients.got["c1"]
    assert text_of(events) == "One two three. " * 100
    assert events[-1]["response"]["output"][0]["content"][0]["text"] == text_of(events)
    assert len([kind for kind in office.clients.types() if kind == "response.output_text.delta"]) > 2
    assert [event["sequence_number"] for event in events] == list(range(len(events)))


def test_the_same_request_again_is_worked_on_once_and_told_again(office: Office):
    office.ask({"input": "laptop"})
    office.work()
    office.clients.connected.add("c2")
    office.ask({"input": "laptop"}, connection="c2")
    assert office.clients.got["c2"] == office.clients.got["c1"]
    assert len(office.deployment.model.called) == len(office.dispatched) == 1


def test_a_request_that_was_kept_but_not_handed_over_is_handed_over_by_its_repeat(office: Office):
    office.ask({"input": "laptop"})
    office.dispatched.clear()
    office.ask({"input": "laptop"})
    office.work()
    assert office.clients.types()[-1] == "response.completed"


def test_a_request_id_of_another_request_is_refused(office: Office):
    office.ask({"input": "laptop"})
    office.ask({"input": "phone"})
    error = office.clients.got["c1"][-1]
    assert (error["type"], error["code"], error["param"]) == ("error", "idempotency_key_reused", "request_id")
    assert len(office.dispatched) == 1


def test_request_ids_of_other_users_and_tenants_are_apart(office: Office):
    office.ask({"input": "laptop"})
    office.ask({"input": "laptop"}, user="user-2")
    office.ask({"input": "laptop"}, tenant=OTHER_TENANT)
    assert len({key.id for key in office.dispatched}) == 3


@pytest.mark.parametrize(
    ("message", "code", "param"),
    [
        (b"", "empty_body", None),
        (b"{", "invalid_json", None),
        (b"[]", "invalid_json", None),
        ({"action": "response.create"}, "missing_parameter", "request_id"),
        ({"action": "response.create", "request_id": "x" * 129}, "invalid_value", "request_id"),
        ({"action": "response.create", "request_id": "é"}, "invalid_value", "request_id"),
        ({"action": "response.create", "request_id": 7}, "invalid_type", "request_id"),
    ],
)
def test_a_message_with_mistakes_gets_an_error_event(office: Office, message: Any, code: str, param: str | None):
    office.act(message)
    [error] = office.clients.got["c1"]
    assert (error["type"], error["code"], error["param"], error["status"]) == ("error", code, param, 400)


def test_every_mistake_of_the_response_is_named(office: Office):
    office.ask({"input": "", "top_p": 7, "temperature": "hot"})
    [error] = office.clients.got["c1"]
    named = {detail["param"] for detail in error["error"]["details"]}
    assert named == {"input", "top_p", "temperature"}
    assert not office.dispatched


def test_a_client_that_comes_back_gets_what_it_missed(office: Office):
    office.stream = True
    office.deployment.model.answer = lambda _: "One two three. " * 200
    words = iter(range(10_000))

    def leave_and_come_back() -> None:
        word = next(words)
        if word == 100:
            office.clients.connected.discard("c1")
        if word == 300:
            office.clients.connected.add("c2")
            last = office.clients.got["c1"][-1]
            resume = {"action": "response.resume", "request_id": "r2", "response_id": last["response_id"]}
            office.act({**resume, "starting_after": last["sequence_number"]}, connection="c2")

    office.deployment.model.pause = leave_and_come_back
    office.ask({"input": "laptop"})
    office.work()
    events = {event["sequence_number"]: event for event in office.clients.got["c1"] + office.clients.got["c2"]}
    assert list(events) == sorted(events) == list(range(len(events)))
    assert text_of(list(events.values())) == "One two three. " * 200
    assert not set(office.clients.types("c1")) & {"response.completed"}
    assert office.clients.types("c2")[-1] == "response.completed"


def test_a_client_that_was_away_the_whole_time_gets_the_answer_afterwards(office: Office):
    office.ask({"input": "laptop"})
    office.clients.connected.clear()
    office.work()
    office.clients.connected.add("c3")
    office.act({"action": "response.resume", "request_id": "r2", "response_id": office.key.id}, connection="c3")
    assert office.clients.types("c3") == ["response.created", "response.in_progress", "response.completed"]


@pytest.mark.parametrize("action", ["response.resume", "response.cancel"])
@pytest.mark.parametrize("who", [{"user": "user-2"}, {"tenant": OTHER_TENANT}])
def test_a_job_of_somebody_else_is_not_found(office: Office, action: str, who: dict[str, str]):
    office.ask({"input": "laptop"})
    office.clients.connected.add("c2")
    office.act({"action": action, "request_id": "r2", "response_id": office.key.id}, connection="c2", **who)
    [error] = office.clients.got["c2"]
    assert (error["status"], error["code"]) == (404, "response_not_found")
    office.work()
    assert office.clients.types("c2") == ["error"]
    assert office.clients.types()[-1] == "response.completed"


def test_a_cancelled_job_is_not_worked_on(office: Office):
    office.ask({"input": "laptop"})
    office.act({"action": "response.cancel", "request_id": "r2", "response_id": office.key.id})
    assert office.clients.got["c1"][-1]["response"]["status"] == "cancelled"
    office.work()
    assert not office.deployment.model.called
    office.act({"action": "response.resume", "request_id": "r3", "response_id": office.key.id})
    assert office.clients.types()[-1] == "response.cancelled"


def test_a_job_that_is_cancelled_meanwhile_stops(office: Office):
    office.stream = True
    office.deployment.model.answer = lambda _: "One two three. " * 500
    words = iter(range(10_000))

    def cancel() -> None:
        office.deployment.clock.time += 0.05
        if next(words) == 200:
            office.act({"action": "response.cancel", "request_id": "r2", "response_id": office.key.id})

    office.deployment.model.pause = cancel
    office.ask({"input": "laptop"})
    office.work()
    assert next(words) < 400
    assert "response.completed" not in office.clients.types()
    job = office.ports.jobs.get(office.key)
    assert job is not None
    assert job.status is Status.CANCELLED


def test_a_finished_job_cannot_be_cancelled(office: Office):
    office.ask({"input": "laptop"})
    office.work()
    office.act({"action": "response.cancel", "request_id": "r2", "response_id": office.key.id})
    assert office.clients.got["c1"][-1]["code"] == "response_final"


def test_a_delivery_that_comes_twice_is_answered_once(office: Office):
    office.ask({"input": "laptop"})
    office.work("w1")
    office.work("w2")
    assert len(office.deployment.model.called) == 1
    assert office.clients.types().count("response.completed") == 1


def test_a_job_that_another_worker_is_at_is_offered_again_later(office: Office):
    office.ask({"input": "laptop"})
    now = office.deployment.clock.now()
    assert office.ports.jobs.claim(office.key, "w1", now, now + 60)
    with pytest.raises(JobBusyError):
        office.work("w2")
    office.deployment.clock.time += 61
    office.work("w2")
    assert office.clients.types()[-1] == "response.completed"


def test_a_worker_that_died_before_it_told_anything_is_followed_by_the_next(office: Office):
    office.ask({"input": "laptop"})
    office.deployment.model.faults = [SystemExit()]
    with pytest.raises(SystemExit):
        office.work("w1")
    office.work("w1")
    assert office.clients.types().count("response.completed") == 1
    assert [event["sequence_number"] for event in office.clients.got["c1"]] == [0, 1, 2, 3]


def test_a_worker_that_died_in_the_middle_of_a_streamed_answer_does_not_begin_it_again(office: Office):
    office.stream = True
    office.deployment.model.answer = lambda _: "One two three. " * 100
    office.deployment.model.breaks_after, office.deployment.model.breaks_with = 100, SystemExit()
    office.ask({"input": "laptop"})
    with pytest.raises(SystemExit):
        office.work("w1")
    office.work("w1")
    assert office.clients.types()[-1] == "response.failed"
    assert "ask again" in office.clients.got["c1"][-1]["response"]["error"]["message"]
    assert len(office.deployment.model.called) == 1


def test_a_model_that_breaks_off_in_the_middle_fails_the_job(office: Office):
    office.stream = True
    office.deployment.model.answer = lambda _: "One two three. " * 100
    office.deployment.model.breaks_after = 100
    office.ask({"input": "laptop"})
    office.work()
    assert office.clients.types()[-1] == "response.failed"
    assert office.clients.got["c1"][-1]["response"]["error"]["code"] == "service_unavailable"
    assert len(office.deployment.model.called) == 1


def test_a_throttled_model_is_followed_by_the_next_before_any_text(office: Office):
    office.stream = True
    office.deployment.model.faults = [StepError(Cause.THROTTLED, "bedrock:x", "busy") for _ in range(2)]
    office.ask({"input": "laptop"})
    office.work()
    done = office.clients.got["c1"][-1]
    assert (done["type"], done["response"]["model"]) == ("response.completed", "large")


def test_a_job_that_cannot_be_done_is_given_up_and_told(office: Office):
    office.ask({"input": "laptop"})
    give_up(office.key, office.ports, office.deployment.config, office.deployment.clock)
    assert office.clients.types() == ["response.created", "response.failed"]
    office.work()  # delivered again, when its cause was mended
    assert office.clients.types()[-1] == "response.completed"
    assert [event["sequence_number"] for event in office.clients.got["c1"]] == [0, 1, 2, 3]
    give_up(office.key, office.ports, office.deployment.config, office.deployment.clock)
    give_up(JobKey(TENANT, "resp_none"), office.ports, office.deployment.config, office.deployment.clock)
    assert office.clients.types().count("response.failed") == 1


def test_a_blocked_question_is_answered_with_the_guardrails_message(office: Office):
    office.stream = True
    office.ask({"input": "forbidden"})
    office.work()
    done = office.clients.got["c1"][-1]
    assert done["type"] == "response.incomplete"
    assert done["response"]["incomplete_details"] == {"reason": "content_filter"}
    assert text_of(office.clients.got["c1"]) == "That is not talked about here."


def test_a_long_answer_comes_in_pieces_that_fit_into_messages(office: Office):
    office.deployment.model.answer = lambda _: "日本語" * 50_000
    office.ask({"input": "laptop"})
    office.work()
    assert all(len(json.dumps(event, ensure_ascii=False).encode()) <= 128 * 1024 for event in office.clients.got["c1"])
    assert text_of(office.clients.got["c1"]) == "日本語" * 50_000
    assert office.clients.got["c1"][-1]["text_omitted"] is True
    job = office.ports.jobs.get(office.key)
    assert job is not None
    assert json.loads(job.response)["output"][0]["content"][0]["text"] == "日本語" * 50_000


def test_what_is_too_large_for_an_item_goes_to_the_bucket_and_comes_back(office: Office):
    import random

    import boto3

    letters = random.Random(1)  # noqa: S311 - no secret: text that does not compress
    text = "".join(letters.choice("abcdefghijklmnopqrstuvwxyzäöü0123456789") for _ in range(400_000))
    office.deployment.model.answer = lambda _: text
    office.ask({"input": "laptop"})
    office.work()
    names = [item["Key"] for item in boto3.client("s3").list_objects_v2(Bucket="payloads")["Contents"]]
    assert all(name.startswith(f"{TENANT}/{office.key.id}/") for name in names)
    job = office.ports.jobs.get(office.key)
    assert job is not None
    assert json.loads(job.response)["output"][0]["content"][0]["text"] == text


def test_a_job_that_cannot_be_handed_over_fails_at_once(office: Office):
    office.dispatch = Failing(StepError(Cause.DENIED, "lambda:InvokeFunction", "no")).dispatch  # type: ignore[method-assign]
    office.ask({"input": "laptop"})
    assert office.clients.types() == ["response.created", "error"]
    assert "lambda:InvokeFunction" in office.clients.got["c1"][-1]["message"]


def test_unknown_actions_are_refused_and_a_ping_is_answered(office: Office):
    office.act({"action": "ping", "request_id": "p1"})
    office.act({"action": "dance", "request_id": "p2"})
    office.act({"action": "response.queue", "request_id": "p3"})
    pong, unknown, absent = office.clients.got["c1"]
    assert pong == {"type": "pong", "request_id": "p1"}
    assert "'dance' is not an action" in unknown["message"]
    assert "is not deployed here" in absent["message"]


def test_log_records_hold_no_text(office: Office):
    office.ask({"input": "the laptop secret"})
    office.work()
    assert "laptop" not in json.dumps(office.deployment.log.records)
    assert {record["event"] for record in office.deployment.log.records} == {"message", "job"}
