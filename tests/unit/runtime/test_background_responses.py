"""Responses in the background, on moto's tables."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from genai_runtime.core.background import DELIVERY_SECONDS, Background
from genai_runtime.core.config import Config
from genai_runtime.core.errors import Cause, StepError
from genai_runtime.core.http import HttpRequest, HttpResponse
from genai_runtime.core.http_exchange import answer
from tests.unit.runtime.aws_fixtures import make_tables
from tests.unit.runtime.job_fixtures import JOBS, Office, make_job_places
from tests.unit.runtime.memory import OTHER_TENANT, TENANT, Failing, settings

WORKER = {
    "function": "",
    "queue_url": "https://queue",
    "stream": False,
    "timeout_seconds": 60,
    "most_receives": 3,
    "dead_letter_queue_url": "",
}


@pytest.fixture
def office(credentials: None) -> Iterator[Office]:  # noqa: ARG001  # a fixture, for its effect
    with mock_aws():
        make_tables()
        make_job_places()
        made = Office()
        made.deployment.config = settings(jobs=JOBS, worker=WORKER)
        yield made


def send(office: Office, method: str, path: str, body: Any = None, **more: Any) -> HttpResponse:
    d = office.deployment
    config: Config = d.config
    background = Background(config, office.ports.jobs, more.get("dispatcher", office), d.clock)
    claims = {"sub": more.get("user", "user-1"), "custom:tenant_id": more.get("tenant", TENANT)}
    headers = {"idempotency-key": more["key"]} if "key" in more else {}
    request = HttpRequest(method, path, headers, json.dumps(body).encode() if body is not None else b"", claims)
    routes = {"/v1/responses": {"POST": background.create}, **background.routes}
    return answer(request, routes, config, d.clock, d.log, d.clock.monotonic() + 10)


def create(office: Office, **more: Any) -> HttpResponse:
    return send(office, "POST", "/v1/responses", {"input": "laptop", "background": True}, **more)


def body(response: HttpResponse) -> dict[str, Any]:
    return json.loads(response.body)


def test_a_response_is_queued_then_worked_on_then_there(office: Office):
    queued = create(office)
    made = body(queued)
    assert (queued.status, made["status"], made["background"]) == (200, "queued", True)
    assert queued.headers["retry-after"] == "1"
    path = f"/v1/responses/{made['id']}"
    assert body(send(office, "GET", path))["status"] == "queued"
    office.work()
    done = send(office, "GET", path)
    assert "retry-after" not in done.headers
    assert (body(done)["status"], body(done)["id"], body(done)["background"]) == ("completed", made["id"], True)
    assert body(done)["output"][0]["content"][0]["text"] == "You asked: laptop"


def test_a_response_that_is_being_made_says_so(office: Office):
    made = body(create(office))
    now = office.deployment.clock.now()
    office.ports.jobs.claim(office.key, "w1", now, now + 60)
    assert body(send(office, "GET", f"/v1/responses/{made['id']}"))["status"] == "in_progress"


def test_the_same_key_again_gets_the_same_response(office: Office):
    first, second = body(create(office, key="once")), body(create(office, key="once"))
    assert first["id"] == second["id"]
    office.work()
    office.work("another")
    assert len(office.deployment.model.called) == 1
    assert body(create(office, key="once"))["status"] == "completed"


def test_a_key_of_another_request_is_refused(office: Office):
    create(office, key="once")
    other = send(office, "POST", "/v1/responses", {"input": "phone", "background": True}, key="once")
    assert (other.status, body(other)["error"]["code"]) == (422, "idempotency_key_reused")


def test_without_a_key_every_request_is_one_of_its_own(office: Office):
    assert body(create(office))["id"] != body(create(office))["id"]


@pytest.mark.parametrize("who", [{"user": "user-2"}, {"tenant": OTHER_TENANT}])
@pytest.mark.parametrize(("method", "action"), [("GET", ""), ("POST", "/cancel")])
def test_a_response_of_somebody_else_is_not_found(office: Office, who: dict[str, str], method: str, action: str):
    made = body(create(office))
    answered = send(office, method, f"/v1/responses/{made['id']}{action}", **who)
    assert (answered.status, body(answered)["error"]["code"]) == (404, "response_not_found")


def test_a_response_can_be_cancelled_until_it_is_there(office: Office):
    made = body(create(office))
    cancelled = send(office, "POST", f"/v1/responses/{made['id']}/cancel")
    assert body(cancelled)["status"] == "cancelled"
    office.work()
    assert not office.deployment.model.called
    done = body(create(office))
    office.dispatched.pop(0)
    office.work()
    late = send(office, "POST", f"/v1/responses/{done['id']}/cancel")
    assert (late.status, body(late)["error"]["code"]) == (409, "response_final")


def test_a_request_to_wait_is_refused(office: Office):
    answered = send(office, "POST", "/v1/responses", {"input": "laptop"})
    assert (answered.status, body(answered)["error"]["param"]) == (400, "background")


def test_a_stream_in_the_background_is_refused(office: Office):
    answered = send(office, "POST", "/v1/responses", {"input": "laptop", "background": True, "stream": True})
    assert (answered.status, body(answered)["error"]["param"]) == (400, "stream")


def test_a_worker_that_died_at_the_last_attempt_is_told_of(office: Office):
    made = body(create(office))
    for attempt in range(3):
        now = office.deployment.clock.now()
        assert office.ports.jobs.claim(office.key, f"w{attempt}", now, now + 60)
        office.deployment.clock.time += 61
    assert body(send(office, "GET", f"/v1/responses/{made['id']}"))["status"] == "in_progress"
    office.deployment.clock.time += DELIVERY_SECONDS
    failed = body(send(office, "GET", f"/v1/responses/{made['id']}"))
    assert (failed["status"], failed["error"]["code"]) == ("failed", "server_error")
    office.work("redriven")
    assert body(send(office, "GET", f"/v1/responses/{made['id']}"))["status"] == "completed"


def test_a_request_that_cannot_be_handed_over_fails_at_once(office: Office):
    broken = Failing(StepError(Cause.DENIED, "sqs:SendMessage", "no"))
    answered = create(office, dispatcher=broken)
    assert (answered.status, body(answered)["error"]["code"]) == (500, "access_denied")
    assert "sqs:SendMessage" in body(answered)["error"]["message"]


def test_a_failed_model_fails_the_response(office: Office):
    made = body(create(office))
    office.deployment.model = Failing(StepError(Cause.UNAVAILABLE, "bedrock:x", "down"))
    office.work()
    failed = body(send(office, "GET", f"/v1/responses/{made['id']}"))
    assert (failed["status"], failed["error"]["code"]) == ("failed", "service_unavailable")
