"""Batches whose workers die, are late, or come twice; whose time is up; whose models are at their limit."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from genai_runtime.core import batch_messages
from genai_runtime.core.batch_worker import ChunkBusyError, UnknownBatchError
from genai_runtime.core.batches import WINDOW_SECONDS, BatchKey, BatchStatus
from genai_runtime.core.errors import Cause, StepError
from genai_runtime.ids import new_id
from tests.unit.runtime.batch_fixtures import BATCH, Shop, lines, make_batch_places
from tests.unit.runtime.memory import TENANT, Failing

THROTTLED = StepError(Cause.THROTTLED, "bedrock:InvokeModel", "busy")
DENIED = StepError(Cause.DENIED, "bedrock:InvokeModel", "no")


@pytest.fixture
def shop(credentials: None) -> Iterator[Shop]:  # noqa: ARG001 - used for its effect
    with mock_aws():
        make_batch_places()
        yield Shop()


class Died(BaseException):
    """A worker that dies without a word."""


def test_a_batch_is_answered_part_by_part(shop: Shop) -> None:
    key = shop.batch(lines(10))
    shop.work()
    assert [message["chunk"]["number"] for message in shop.sent] == [0, 1, 2]
    shop.work(shop.sent[2])
    assert shop.shown(key)["request_counts"] == {"total": 10, "completed": 2, "failed": 0}
    shop.work_off()
    assert shop.shown(key)["status"] == "completed"
    assert [result["custom_id"] for result in shop.results(key, "output")] == [f"q-{n}" for n in range(10)]


def test_a_worker_that_died_is_followed_where_it_was(shop: Shop) -> None:
    key, model = shop.batch(lines(4)), shop.deployment.model
    shop.work()
    model.faults = []
    whole = model.answer

    def dies_at_the_third(prompt: object) -> str:
        if len(model.called) == 3:
            raise Died
        return whole(prompt)

    model.answer = dies_at_the_third
    with pytest.raises(Died):
        shop.work(shop.sent[0], owner="message-1")
    with pytest.raises(ChunkBusyError):
        shop.work(shop.sent[0], owner="message-2")
    shop.work(shop.sent[0], owner="message-1")
    shop.sent.pop(0)
    assert len(model.called) == 5
    shop.work_off()
    assert shop.shown(key)["request_counts"] == {"total": 4, "completed": 4, "failed": 0}


def test_a_worker_whose_time_is_up_hands_the_rest_over(shop: Shop) -> None:
    key, model = shop.batch(lines(4)), shop.deployment.model
    shop.work()
    whole = model.answer

    def takes_ten_seconds(prompt: object) -> str:
        shop.deployment.clock.time += 10
        return whole(prompt)

    model.answer = takes_ten_seconds
    shop.work(owner="message-1", seconds=40)
    assert len(model.called) == 2
    assert shop.kept(key).done == frozenset()
    shop.work(owner="message-2", seconds=600)
    assert len(model.called) == 4
    shop.work_off()
    assert shop.shown(key)["status"] == "completed"


def test_a_part_is_counted_once_and_its_last_step_is_told_again(shop: Shop) -> None:
    key = shop.batch(lines(1))
    shop.work()
    part = shop.sent.pop()
    shop.work(part)
    assert shop.sent == [batch_messages.finish(key)]
    shop.work(part)
    assert shop.sent == [batch_messages.finish(key)] * 2
    assert shop.kept(key).completed == 1
    shop.work_off()
    shop.work(part)
    assert shop.sent == []
    assert len(shop.deployment.model.called) == 1


def test_a_plan_that_comes_again_sends_only_what_is_not_done(shop: Shop) -> None:
    key = shop.batch(lines(8))
    shop.work()
    first, second = shop.sent
    shop.work(first)
    shop.sent.clear()
    shop.work(batch_messages.plan(key))
    assert shop.sent == [second]


def test_what_is_not_answered_in_time_expires(shop: Shop) -> None:
    key = shop.batch(lines(8))
    shop.work()
    shop.work()
    shop.deployment.clock.time += WINDOW_SECONDS
    late = shop.sent.pop()
    assert shop.shown(key)["status"] == "finalizing"
    shop.work(late)
    shop.work_off()
    shown = shop.shown(key)
    assert (shown["status"], shown["request_counts"]["completed"]) == ("expired", 4)
    assert shown["expired_at"] == int(shop.deployment.clock.time)
    assert {error["error"]["code"] for error in shop.results(key, "error")} == {"batch_expired"}
    assert len(shop.deployment.model.called) == 4


def test_a_cancel_that_no_worker_sees_ends_the_batch_all_the_same(shop: Shop) -> None:
    key = shop.batch(lines(4))
    shop.work()
    shop.sent.clear()
    shop.http("POST", f"/v1/batches/{key.id}/cancel")
    assert shop.shown(key)["status"] == "cancelling"
    shop.deployment.clock.time += 600
    shop.shown(key)
    shop.work_off()
    assert shop.shown(key)["status"] == "cancelled"


def test_a_batch_that_is_cancelled_before_it_is_planned_has_no_files(shop: Shop) -> None:
    key = shop.batch(lines(4))
    assert shop.http("POST", f"/v1/batches/{key.id}/cancel").status == 200
    shop.work_off()
    shown = shop.shown(key)
    assert (shown["status"], shown["output_file_id"], shown["error_file_id"]) == ("cancelled", None, None)
    assert shop.http("POST", f"/v1/batches/{key.id}/cancel").status == 409


def test_a_model_at_its_limit_is_waited_for_and_then_told_of(shop: Shop) -> None:
    key = shop.batch(lines(2))
    shop.work()
    shop.deployment.model.faults = [THROTTLED] * 6
    shop.work()
    assert shop.kept(key).completed == 2
    shop.deployment.model = Failing(THROTTLED)
    second = shop.batch(lines(1))
    shop.work_off()
    shown = shop.shown(second)
    assert (shown["status"], shown["request_counts"]["failed"]) == ("completed", 1)
    [error] = shop.results(second, "error")
    assert error["response"]["status_code"] == 429


def test_a_permission_that_lacks_leaves_the_part_for_another_message(shop: Shop) -> None:
    key = shop.batch(lines(2))
    shop.work()
    model, shop.deployment.model = shop.deployment.model, Failing(DENIED)
    with pytest.raises(StepError):
        shop.work(shop.sent[0], owner="message-1")
    shop.deployment.model = model
    shop.work(owner="redriven")
    shop.work_off()
    assert shop.shown(key)["status"] == "completed"


def test_a_file_that_is_deleted_meanwhile_is_read_to_its_end(shop: Shop) -> None:
    key = shop.batch(lines(2))
    assert shop.http("DELETE", f"/v1/files/{shop.kept(key).input_file_id}").status == 200
    shop.work_off()
    assert shop.shown(key)["request_counts"]["completed"] == 2


def test_an_output_cannot_be_an_input_and_a_file_expires(shop: Shop) -> None:
    key = shop.batch(lines(1))
    shop.work_off()
    output = shop.shown(key)["output_file_id"]
    asked = {"input_file_id": output, "endpoint": "/v1/responses", "completion_window": "24h"}
    assert shop.http("POST", "/v1/batches", asked).status == 400
    shop.deployment.clock.time += 31 * 86_400
    assert shop.http("GET", f"/v1/files/{output}").status == 404
    assert '"data": []' in shop.http("GET", "/v1/files").body


def test_a_file_over_the_limit_fails_its_batch(shop: Shop) -> None:
    key = shop.batch(lines(1))
    shop.config = shop.config.__class__(
        **{**vars(shop.config), "batch": shop.config.batch.__class__(**{**BATCH, "max_file_bytes": 10})}  # pyright: ignore[reportArgumentType]
    )
    shop.work_off()
    [error] = shop.shown(key)["errors"]["data"]
    assert "the limit is 10 bytes" in error["message"]


@pytest.mark.parametrize("kind", ["plan", "finish"])
def test_work_for_no_batch_fails(shop: Shop, kind: str) -> None:
    key = BatchKey(TENANT, "user-1", new_id("batch"))
    with pytest.raises(UnknownBatchError):
        shop.work({"kind": kind, "tenant": key.tenant, "user": key.user, "batch": key.id})


@pytest.mark.parametrize(
    "body", ["no", "[]", "{}", '{"kind": "plan"}', '{"kind": "chunk", "tenant": 1}', '{"kind": []}']
)
def test_a_message_that_says_nothing_is_told_apart(body: str) -> None:
    with pytest.raises(batch_messages.UnreadableMessageError):
        batch_messages.read_message(body)


def test_status_names_are_those_of_the_api() -> None:
    assert {status.value for status in BatchStatus} == {
        "validating", "failed", "in_progress", "finalizing", "completed", "expired", "cancelling", "cancelled"
    }  # fmt: skip
