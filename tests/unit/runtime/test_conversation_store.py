"""What DynamoDB does besides answering, as its stub says it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.stub import ANY, Stubber

from genai_runtime.aws import conversations, table_deletion
from genai_runtime.core.conversations.store import Conversation, StoredResponse, answer_id, turn_id
from genai_runtime.core.errors import Cause, StepError
from genai_runtime.ids import new_id
from tests.unit.runtime.aws_fixtures import stub
from tests.unit.runtime.conversation_fixtures import store
from tests.unit.runtime.memory import TENANT

REQUEST = new_id("req")
STORED = StoredResponse(
    id=new_id("resp"),
    user="user-1",
    turn=turn_id(REQUEST),
    given=(),
    answer=({"id": answer_id(REQUEST), "type": "message", "role": "assistant", "content": []},),
    blocked=False,
    ancestors=(),
    conversation=new_id("conv"),
    response="{}",
    expires_at=2_000,
)


@pytest.fixture
def dynamodb(credentials: None) -> Iterator[Stubber]:  # noqa: ARG001  # a fixture, for its effect
    stubber = stub("dynamodb")
    yield stubber
    stubber.assert_no_pending_responses()


def item_of(stored: StoredResponse) -> dict[str, Any]:
    dumped = conversations.dump_response(TENANT, stored, store().payloads)
    return {name: value for name, value in dumped.items() if name != "response"}


def test_answers_that_were_not_read_at_once_are_asked_for_again(dynamodb: Stubber):
    other = new_id("resp")
    left = {"conversations": {"Keys": [conversations.response_key(TENANT, other)]}}
    dynamodb.add_response("batch_get_item", {"Responses": {}, "UnprocessedKeys": left})
    found = {"Responses": {"conversations": [item_of(STORED)]}}
    dynamodb.add_response("batch_get_item", found, {"RequestItems": left})
    assert [each.id for each in store().contexts(TENANT, [STORED.id, other], 1_000)] == [STORED.id]


def test_answers_that_are_never_read_fail_the_request(dynamodb: Stubber):
    left = {"conversations": {"Keys": [conversations.response_key(TENANT, STORED.id)]}}
    for _ in range(5):
        dynamodb.add_response("batch_get_item", {"Responses": {}, "UnprocessedKeys": left})
    with pytest.raises(StepError) as caught:
        store().contexts(TENANT, [STORED.id], 1_000)
    assert (caught.value.cause, caught.value.action) == (Cause.THROTTLED, "dynamodb:BatchGetItem")


def test_items_that_were_not_deleted_at_once_are_deleted_again(dynamodb: Stubber):
    key = conversations.response_key(TENANT, STORED.id)
    left = {"conversations": [{"DeleteRequest": {"Key": key}}]}
    dynamodb.add_response("batch_write_item", {"UnprocessedItems": left}, {"RequestItems": ANY})
    dynamodb.add_response("batch_write_item", {"UnprocessedItems": {}}, {"RequestItems": left})
    table_deletion.delete_items("conversations", [{**key, "items": {"B": b""}}])


@pytest.mark.parametrize("conversation", [STORED.conversation, ""], ids=["with a turn", "alone"])
def test_a_table_that_is_down_is_said_to_be(dynamodb: Stubber, conversation: str):
    stored = replace(STORED, conversation=conversation)
    operation = "transact_write_items" if conversation else "put_item"
    dynamodb.add_client_error(operation, "InternalServerError", http_status_code=500)
    with pytest.raises(StepError) as caught:
        store().put_response(TENANT, stored)
    assert (caught.value.cause, caught.value.action) == (Cause.UNAVAILABLE, "dynamodb:PutItem")


def test_a_transaction_that_is_throttled_may_be_repeated(dynamodb: Stubber):
    reasons = {"CancellationReasons": [{"Code": "None"}, {"Code": "ThrottlingError"}]}
    dynamodb.add_client_error(
        "transact_write_items", "TransactionCanceledException", http_status_code=400, modeled_fields=reasons
    )
    with pytest.raises(StepError, match="ThrottlingError") as caught:
        store().put_response(TENANT, STORED)
    assert caught.value.cause is Cause.UNAVAILABLE


def test_a_conversation_that_expired_before_dynamodb_deleted_it_is_not_returned(dynamodb: Stubber):
    conversation = Conversation(new_id("conv"), "user-1", 500, 1_000, {"topic": "demo"})
    item = conversations.dump_conversation(TENANT, conversation)
    for _ in range(2):
        dynamodb.add_response("get_item", {"Item": item})
    assert store().conversation(TENANT, conversation.id, 999) == conversation
    assert store().conversation(TENANT, conversation.id, 1_000) is None
