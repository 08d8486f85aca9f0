"""What is kept of answers that are jobs, on moto's tables."""

import json
from typing import Any

import boto3
import pytest

from genai_runtime.core.background import Background
from genai_runtime.core.errors import Cause, StepError
from genai_runtime.core.http import HttpRequest, HttpResponse
from genai_runtime.core.http_exchange import answer
from genai_runtime.core.intake import accept
from genai_runtime.core.jobs import JobKey
from genai_runtime.core.socket_exchange import SocketMessage, handle
from tests.unit.runtime.aws_fixtures import REGION
from tests.unit.runtime.conversation_fixtures import Desk, body_of, error_of, kept_items
from tests.unit.runtime.job_fixtures import make_job_places
from tests.unit.runtime.memory import TENANT, Failing


def ask(desk: Desk, method: str, path: str, body: Any = None, user: str = "user-1") -> HttpResponse:
    d, office = desk.deployment, desk.office
    background = Background(d.config, office.ports.jobs, office, d.clock, d.conversations)
    routes = {"/v1/responses": {"POST": background.create}, **background.routes}
    content = b"" if body is None else json.dumps(body).encode()
    claims = {"sub": user, "custom:tenant_id": TENANT}
    request = HttpRequest(method, path, {}, content, claims)
    return answer(request, routes, d.config, d.clock, d.log, d.clock.monotonic() + 10)


def create(desk: Desk, question: str, **more: Any) -> HttpResponse:
    return ask(desk, "POST", "/v1/responses", {"input": question, "background": True, **more})


def worked(desk: Desk, question: str, **more: Any) -> dict[str, Any]:
    made = body_of(create(desk, question, **more))
    desk.office.work()
    desk.office.dispatched.clear()
    return body_of(ask(desk, "GET", f"/v1/responses/{made['id']}"))


def over_socket(desk: Desk, body: Any) -> None:
    d, office = desk.deployment, desk.office
    given = {"action": "response.create", "request_id": "r1", "response": body}
    message = SocketMessage(json.dumps(given).encode(), "c1", {"sub": "user-1", "custom:tenant_id": TENANT})
    handle(
        message,
        lambda exchange: accept(exchange, d.config, office.ports, office, d.clock, d.conversations),
        d.config,
        office.clients,
        d.clock,
        d.log,
        100_000,
    )


def test_answers_in_the_background_and_at_once_go_on_from_each_other(desk: Desk):
    conversation = desk.conversation()
    first = desk.made({"input": "one", "conversation": conversation})
    second = worked(desk, "two", conversation=conversation)
    assert (second["store"], second["conversation"]) == (True, {"id": conversation})
    third = desk.made({"input": "three", "previous_response_id": second["id"]})
    fourth = worked(desk, "four", previous_response_id=third["id"])
    assert [text for role, text in desk.given if role == "user"] == ["one", "two", "three"]
    assert fourth["previous_response_id"] == third["id"]
    assert [text for role, text in desk.said(conversation) if role == "user"] == ["one", "two"]
    assert first["status"] == "completed"


def test_an_answer_outlives_its_job(desk: Desk):
    made = worked(desk, "one")
    boto3.client("dynamodb", region_name=REGION).delete_table(TableName="jobs")
    boto3.client("s3", region_name=REGION).delete_bucket(Bucket="payloads")
    make_job_places()
    assert body_of(ask(desk, "GET", f"/v1/responses/{made['id']}")) == made
    assert error_of(ask(desk, "GET", f"/v1/responses/{made['id']}", user="user-2")) == (404, "response_not_found")
    at_once = desk.made("two")
    assert body_of(ask(desk, "GET", f"/v1/responses/{at_once['id']}")) == at_once


def test_what_is_not_there_is_refused_before_it_is_queued(desk: Desk):
    for more, code in (
        ({"previous_response_id": "resp_01h455vb4pex5vsknk084sn02q"}, "previous_response_not_found"),
        ({"conversation": "conv_01h455vb4pex5vsknk084sn02q"}, "conversation_not_found"),
    ):
        assert error_of(create(desk, "one", **more)) == (404, code)
        over_socket(desk, {"input": "one", **more})
        assert desk.office.clients.got["c1"][-1]["code"] == code
    assert desk.office.dispatched == []


def test_an_answer_that_is_not_there_yet_cannot_be_gone_on_from(desk: Desk):
    made = body_of(create(desk, "one"))
    asked = desk.respond({"input": "two", "previous_response_id": made["id"]})
    assert error_of(asked) == (404, "previous_response_not_found")


def test_what_goes_on_from_something_that_is_deleted_meanwhile_fails(desk: Desk):
    conversation = desk.conversation()
    made = body_of(create(desk, "one", conversation=conversation))
    desk.send("DELETE", f"/v1/conversations/{conversation}")
    desk.office.work()
    failed = body_of(ask(desk, "GET", f"/v1/responses/{made['id']}"))
    assert (failed["status"], failed["error"]["code"]) == ("failed", "conversation_not_found")


def test_a_worker_that_dies_after_it_kept_its_answer_is_followed_without_a_second_turn(desk: Desk):
    conversation = desk.conversation(items=[{"role": "user", "content": "zero"}])
    made = body_of(create(desk, "one", conversation=conversation))
    d = desk.deployment
    log, d.log = d.log, Failing(StepError(Cause.UNAVAILABLE, "a:B", "gone"))  # pyright: ignore[reportAttributeAccessIssue]
    finish = type(desk.office.ports.jobs).finish
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            type(desk.office.ports.jobs), "finish", Failing(StepError(Cause.UNAVAILABLE, "a:B", "gone")).finish
        )
        with pytest.raises(StepError):
            desk.office.work()
    assert type(desk.office.ports.jobs).finish is finish
    d.log = log
    events = desk.office.ports.jobs.events(JobKey(TENANT, made["id"]), -1)
    dynamodb: Any = boto3.client("dynamodb", region_name=REGION)
    # It died before it told the end, so that the next attempt asks the model again.
    last = {"pk": {"S": f"job#{TENANT}#{made['id']}"}, "sk": {"S": f"event#{events[-1][0]:09}"}}
    dynamodb.delete_item(TableName="jobs", Key=last)
    desk.office.work()
    assert body_of(ask(desk, "GET", f"/v1/responses/{made['id']}"))["status"] == "completed"
    assert desk.given == [("user", "zero")]
    assert desk.said(conversation) == [("user", "zero"), ("user", "one"), ("assistant", "You asked: one")]


def test_in_the_background_an_answer_is_kept(desk: Desk):
    refused = create(desk, "one", store=False)
    assert error_of(refused) == (400, "unsupported_value")


def test_over_a_socket_an_answer_need_not_be_kept(desk: Desk):
    over_socket(desk, {"input": "one", "store": False})
    desk.office.work()
    response = desk.office.clients.got["c1"][-1]["response"]
    assert (response["status"], response["store"]) == ("completed", False)
    assert kept_items() == []


def test_a_job_is_deleted_with_all_that_it_asked_and_told(desk: Desk):
    made = worked(desk, "a question that nobody shall read")
    path = f"/v1/responses/{made['id']}"
    assert error_of(desk.send("DELETE", path, user="user-2")) == (404, "response_not_found")
    assert body_of(desk.send("DELETE", path))["deleted"] is True
    assert error_of(ask(desk, "GET", path)) == (404, "response_not_found")
    assert error_of(desk.send("DELETE", path)) == (404, "response_not_found")
    [left] = boto3.client("dynamodb", region_name=REGION).scan(TableName="jobs")["Items"]
    assert left["sk"] == {"S": "job"}
    assert kept_items() == []
    key = JobKey(TENANT, made["id"])
    forgotten = desk.office.ports.jobs.get(key)
    assert forgotten is not None
    assert (forgotten.user, forgotten.request, forgotten.response) == ("", "{}", "{}")
    # A message about it that comes late is no dead letter.
    desk.office.dispatched.append(key)
    desk.office.work()


def test_large_texts_of_a_job_are_deleted_too(desk: Desk):
    large = "".join(chr(0x4E00 + n * 7919 % 20_000) for n in range(200_000))
    desk.deployment.model.answer = lambda _: large
    made = worked(desk, "one")
    s3 = boto3.client("s3", region_name=REGION)
    assert s3.list_objects_v2(Bucket="payloads")["KeyCount"] > 0
    desk.send("DELETE", f"/v1/responses/{made['id']}")
    assert s3.list_objects_v2(Bucket="payloads")["KeyCount"] == 0


def test_an_answer_that_is_being_made_has_to_be_cancelled_first(desk: Desk):
    made = body_of(create(desk, "one"))
    path = f"/v1/responses/{made['id']}"
    assert error_of(desk.send("DELETE", path)) == (409, "response_in_progress")
    assert ask(desk, "POST", f"{path}/cancel").status == 200
    assert desk.send("DELETE", path).status == 200
