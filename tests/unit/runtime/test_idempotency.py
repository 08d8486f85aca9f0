import json

import pytest

from genai_runtime.core.errors import Cause, StepError
from genai_runtime.core.idempotency import CLAIM_SECONDS, KEPT_SECONDS
from tests.unit.runtime.memory import OTHER_TENANT, TENANT, Deployment, Failing, error

KEY = {"idempotency-key": "order-1", "cache-control": "no-store"}
BODY = {"input": "laptop"}


def test_a_repeat_gets_the_first_response_and_costs_nothing(deployment: Deployment):
    first = deployment.responses(BODY, headers=KEY)
    second = deployment.responses(BODY, headers=KEY)
    assert second.body == first.body
    assert second.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert second.headers["x-request-id"] != first.headers["x-request-id"]
    assert len(deployment.model.called) == len(deployment.ledger.used) == 1


def test_a_stream_is_repeated_as_a_stream(deployment: Deployment):
    first = deployment.responses({**BODY, "stream": True}, headers=KEY)
    second = deployment.responses({**BODY, "stream": True}, headers=KEY)
    assert second.body == first.body
    assert second.headers["content-type"] == first.headers["content-type"]


def test_the_key_with_another_request_is_refused(deployment: Deployment):
    deployment.responses(BODY, headers=KEY)
    for response in (
        deployment.responses({"input": "other laptop"}, headers=KEY),
        deployment.chat({"messages": [{"role": "user", "content": "laptop"}]}, headers=KEY),
    ):
        assert (response.status, error(response)["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize(
    "claims",
    [{"sub": "user-1", "custom:tenant_id": OTHER_TENANT}, {"sub": "user-2", "custom:tenant_id": TENANT}],
)
def test_a_key_means_nothing_to_another_tenant_or_user(deployment: Deployment, claims: dict[str, object]):
    first = deployment.responses(BODY, headers=KEY)
    other = deployment.responses(BODY, headers=KEY, claims=claims)
    assert json.loads(other.body)["id"] != json.loads(first.body)["id"]
    assert len(deployment.model.called) == 2


def test_a_request_that_is_being_carried_out_is_not_carried_out_twice(deployment: Deployment):
    inner: list[int] = []

    def ask_again(_: object) -> str:
        response = deployment.responses(BODY, headers=KEY)
        inner.append(response.status)
        assert error(response)["code"] == "idempotency_in_progress"
        assert response.headers["retry-after"] == "1"
        return "done"

    deployment.model.answer = ask_again
    assert deployment.responses(BODY, headers=KEY).status == 200
    assert inner == [409]


def test_a_claim_of_a_request_that_never_ended_lapses(deployment: Deployment):
    class Killed(BaseException):
        pass

    deployment.idempotency.release = lambda *_: None
    deployment.model.faults = [Killed()]  # pyright: ignore[reportAttributeAccessIssue]  # as if the process died
    with pytest.raises(Killed):
        deployment.responses(BODY, headers=KEY)
    assert deployment.responses(BODY, headers=KEY).status == 409
    deployment.clock.time += CLAIM_SECONDS + 1
    assert deployment.responses(BODY, headers=KEY).status == 200


def test_a_failure_can_be_tried_again_with_the_same_key(deployment: Deployment):
    deployment.model.faults = [StepError(Cause.INVALID, "bedrock:InvokeModel", "x")]
    assert deployment.responses(BODY, headers=KEY).status == 500
    assert deployment.responses(BODY, headers=KEY).status == 200


def test_a_refused_request_does_not_use_up_its_key(deployment: Deployment):
    assert deployment.responses({"input": 1}, headers=KEY).status == 400
    assert deployment.responses(BODY, headers=KEY).status == 200


def test_a_response_is_forgotten_in_the_end(deployment: Deployment):
    deployment.responses(BODY, headers=KEY)
    deployment.clock.time += KEPT_SECONDS + 1
    assert "idempotent-replayed" not in deployment.responses(BODY, headers=KEY).headers


@pytest.mark.parametrize("key", ["", "x" * 256, "ключ", "a\x07"])
def test_an_unusable_key_is_refused(deployment: Deployment, key: str):
    response = deployment.responses(BODY, headers={"idempotency-key": key})
    assert (response.status, error(response)["code"]) == (400, "invalid_idempotency_key")


def test_without_the_store_a_request_with_a_key_is_not_carried_out(deployment: Deployment):
    deployment.idempotency = Failing(StepError(Cause.UNAVAILABLE, "dynamodb:PutItem", "x"))
    assert deployment.responses(BODY, headers=KEY).status == 503
    assert not deployment.model.called
    assert deployment.responses(BODY).status == 200


def test_an_answer_is_not_lost_when_it_cannot_be_kept(deployment: Deployment):
    def fail(*_: object) -> None:
        raise StepError(Cause.UNAVAILABLE, "dynamodb:PutItem", "x")

    deployment.idempotency.finish = fail
    assert deployment.responses(BODY, headers=KEY).status == 200
    assert "idempotency" in deployment.log.records[0]["tolerated"]
