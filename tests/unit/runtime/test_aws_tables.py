"""The adapters to DynamoDB, on moto's."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from genai_runtime.aws.cache import DynamoCache
from genai_runtime.aws.idempotency import DynamoIdempotency
from genai_runtime.aws.prompts import DynamoPrompts
from genai_runtime.aws.usage import DynamoUsage
from genai_runtime.core.errors import Cause, StepError
from genai_runtime.core.ports import IdempotencyKey, Usage
from tests.unit.runtime.aws_fixtures import REGION, make_tables
from tests.unit.runtime.memory import OTHER_TENANT, TEMPLATE, TENANT

KEY = IdempotencyKey(TENANT, "user-1", "order-1")


@pytest.fixture(autouse=True)
def tables(credentials: None) -> Iterator[Any]:  # noqa: ARG001  # a fixture, for its effect
    with mock_aws():
        make_tables()
        yield boto3.client("dynamodb", region_name=REGION)


def test_a_prompt_version_is_read_once(tables: Any):
    prompts = DynamoPrompts("prompts")
    assert prompts.load("answer", "1") == TEMPLATE
    tables.delete_item(TableName="prompts", Key={"name": {"S": "answer"}, "version": {"S": "1"}})
    assert prompts.load("answer", "1") == TEMPLATE
    assert DynamoPrompts("prompts").load("answer", "1") is None
    assert prompts.load("answer", "2") is None


def test_the_cache_keeps_an_answer_for_its_tenant_until_it_expires():
    cache = DynamoCache("cache")
    cache.put(TENANT, "k1", "日本語 answer", 1000)
    assert cache.get(TENANT, "k1", 999.5) == "日本語 answer"
    assert cache.get(TENANT, "k1", 1000) is None
    assert cache.get(OTHER_TENANT, "k1", 0) is None
    assert cache.get(TENANT, "k2", 0) is None


def test_the_cache_key_and_the_time_to_live_are_as_agreed(tables: Any):
    DynamoCache("cache").put(TENANT, "k1", "answer", 1000.9)
    item = tables.get_item(TableName="cache", Key={"pk": {"S": f"cache#{TENANT}#k1"}})["Item"]
    assert item["expires_at"] == {"N": "1000"}


def test_an_entry_that_names_another_tenant_is_not_returned(tables: Any):
    item = {
        "pk": {"S": f"cache#{TENANT}#k1"},
        "tenant": {"S": OTHER_TENANT},
        "answer": {"S": "x"},
        "expires_at": {"N": "9"},
    }
    tables.put_item(TableName="cache", Item=item)
    assert DynamoCache("cache").get(TENANT, "k1", 0) is None


def test_only_one_of_two_requests_gets_the_claim():
    store = DynamoIdempotency("cache")
    assert store.begin(KEY, "mark", "req-1", 100, 160) is None
    record = store.begin(KEY, "mark", "req-2", 101, 161)
    assert record is not None
    assert (record.fingerprint, record.response) == ("mark", None)


def test_a_finished_request_returns_its_response_until_it_expires():
    store = DynamoIdempotency("cache")
    store.begin(KEY, "mark", "req-1", 100, 160)
    store.finish(KEY, "mark", "req-1", "response", 1000)
    record = store.begin(KEY, "other mark", "req-2", 999, 1059)
    assert record is not None
    assert (record.fingerprint, record.response) == ("mark", "response")
    assert store.begin(KEY, "other mark", "req-3", 1000, 1060) is None


def test_a_released_claim_is_free():
    store = DynamoIdempotency("cache")
    store.begin(KEY, "mark", "req-1", 100, 160)
    store.release(KEY, "req-1")
    assert store.begin(KEY, "mark", "req-2", 101, 161) is None


def test_a_request_that_lost_its_claim_cannot_finish_or_release_it():
    store = DynamoIdempotency("cache")
    store.begin(KEY, "mark", "req-1", 100, 160)
    assert store.begin(KEY, "mark", "req-2", 160, 220) is None
    store.finish(KEY, "mark", "req-1", "late", 1000)
    store.release(KEY, "req-1")
    record = store.begin(KEY, "mark", "req-3", 161, 221)
    assert record is not None
    assert record.response is None


@pytest.mark.parametrize(
    "other",
    [
        IdempotencyKey(OTHER_TENANT, "user-1", "order-1"),
        IdempotencyKey(TENANT, "user-2", "order-1"),
        IdempotencyKey(TENANT, "user-1", "order-2"),
        IdempotencyKey(TENANT, "user-1#order", "1"),
        IdempotencyKey(TENANT, "user", "1#order-1"),
    ],
)
def test_claims_of_others_are_apart(other: IdempotencyKey):
    store = DynamoIdempotency("cache")
    store.begin(KEY, "mark", "req-1", 100, 160)
    store.begin(IdempotencyKey(TENANT, "user", "1#order"), "mark", "req-1", 100, 160)
    assert store.begin(other, "mark", "req-2", 101, 161) is None


def test_usage_adds_up(tables: Any):
    ledger = DynamoUsage("usage")
    ledger.record(Usage(TENANT, "2026-11-23", "small", 11, 7, cached=False, blocked=False))
    ledger.record(Usage(TENANT, "2026-11-23", "small", 0, 0, cached=True, blocked=False))
    ledger.record(Usage(TENANT, "2026-11-23", "small", 5, 0, cached=False, blocked=True))
    key = {"tenant": {"S": TENANT}, "period": {"S": "2026-11-23#small"}}
    item = tables.get_item(TableName="usage", Key=key)["Item"]
    assert {name: value["N"] for name, value in item.items() if "N" in value} == {
        "requests": "3",
        "cached_requests": "1",
        "blocked_requests": "1",
        "input_tokens": "16",
        "output_tokens": "7",
    }


def test_a_table_that_does_not_exist_is_a_fault_of_the_deployment():
    with pytest.raises(StepError) as caught:
        DynamoCache("nowhere").get(TENANT, "k1", 0)
    assert caught.value.cause is Cause.INVALID
    assert caught.value.action == "dynamodb:GetItem"
    assert caught.value.detail == "GetItem: ResourceNotFoundException"
