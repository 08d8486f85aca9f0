"""The limits of tenants: the pipeline on the budgets that DynamoDB keeps, which is moto's here."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient
from moto import mock_aws

from genai_runtime.aws.budgets import DynamoBudgets
from genai_runtime.core.config import TenantLimits
from genai_runtime.core.errors import Cause, StepError
from genai_runtime.core.ports import Hold, Spent
from tests.unit.runtime.aws_fixtures import REGION, make_tables
from tests.unit.runtime.memory import NO_LIMITS, OTHER_TENANT, TENANT, Deployment, content, error, settings

NOW = 1_795_392_000.0  # 2026-11-23T00:00:00Z
DAY = "2026-11-23"
TOKENS = 18
"""What the model in memory says that each answer took."""


@pytest.fixture(autouse=True)
def dynamodb(credentials: None) -> Iterator[Any]:  # noqa: ARG001  # a fixture, for its effect
    with mock_aws():
        make_tables()
        yield boto3.client("dynamodb", region_name=REGION)


def limited(**limits: int) -> Deployment:
    return Deployment(
        config=settings(tenant_limits={**NO_LIMITS, **limits}, cache_ttl_seconds=0), budgets=DynamoBudgets("usage")
    )


def month(dynamodb: Any, tenant: str = TENANT, period: str = "budget#2026-11") -> dict[str, Any]:
    key = {"tenant": {"S": tenant}, "period": {"S": period}}
    item = dynamodb.get_item(TableName="usage", Key=key).get("Item", {})
    return {name: int(value["N"]) for name, value in item.items() if "N" in value} | {
        "holds": sum(name.startswith("hold#") for name in item)
    }


def set_own(dynamodb: Any, tenant: str, **limits: int) -> None:
    item = {name: {"N": str(value)} for name, value in limits.items()}
    dynamodb.put_item(TableName="usage", Item={"tenant": {"S": tenant}, "period": {"S": "limits"}, **item})


def needed(deployment: Deployment) -> int:
    """What one request holds, as the refusal of a budget of one token says."""
    tight = limited(tokens_per_day=1)
    tight.prompts = deployment.prompts
    message = error(tight.ask("hello"))["message"]
    return int(message.partition("can take up to ")[2].split()[0])


def test_requests_of_a_minute_are_counted_and_the_next_minute_is_another():
    deployment = limited(requests_per_minute=2)
    deployment.clock.time += 13.4
    assert [deployment.ask("hello").status for _ in range(3)] == [200, 200, 429]
    refused = deployment.ask("hello")
    assert refused.headers["retry-after"] == "47"
    assert refused.headers["x-should-retry"] == "true"
    assert (error(refused)["code"], error(refused)["type"]) == ("rate_limit_exceeded", "rate_limit_error")
    assert "2 requests per minute" in error(refused)["message"]
    deployment.clock.time += 47
    assert deployment.ask("hello").status == 200


def test_another_tenants_requests_are_counted_apart():
    deployment = limited(requests_per_minute=1)
    assert deployment.ask("hello").status == 200
    assert deployment.ask("hello").status == 429
    assert deployment.ask("hello", tenant=OTHER_TENANT).status == 200


def test_requests_at_the_same_time_do_not_overrun_the_minute():
    budgets = DynamoBudgets("usage")
    with ThreadPoolExecutor(8) as pool:
        counted = list(pool.map(lambda _: budgets.count(TENANT, 100, 5), range(24)))
    assert counted.count(True) == 5


def test_what_an_answer_used_is_booked_and_nothing_stays_held(dynamodb: Any):
    deployment = limited(tokens_per_day=100_000, tokens_per_month=1_000_000, spend_nanousd_per_month=10**9)
    assert deployment.ask("hello").status == 200
    assert month(dynamodb) == {f"day#{DAY}": TOKENS, "tokens": TOKENS, "nanousd": 11 * 60 + 7 * 240, "holds": 0}
    assert 0 < deployment.log.records[-1]["budget_used_percent"] < 100


@pytest.mark.parametrize(
    ("limit", "resets"),
    [("tokens_per_day", "2026-11-24T00:00:00Z"), ("tokens_per_month", "2026-12-01T00:00:00Z")],
)
def test_a_budget_of_tokens_stops_hard_and_comes_back(dynamodb: Any, limit: str, resets: str):
    most = needed(Deployment()) + 3 * TOKENS
    deployment = limited(**{limit: most})
    answers = [deployment.ask("hello") for _ in range(6)]
    assert [answer.status for answer in answers] == [200, 200, 200, 200, 429, 429]
    assert month(dynamodb)["tokens"] == 4 * TOKENS <= most
    refused = error(answers[-1])
    assert (refused["code"], refused["type"]) == ("insufficient_quota", "insufficient_quota")
    for part in (limit, f"limit {most}", f"used or held {4 * TOKENS}", resets):
        assert part in refused["message"]
    assert answers[-1].headers["x-should-retry"] == "false"
    deployment.clock.time += int(answers[-1].headers["retry-after"])
    assert deployment.ask("hello").status == 200


def test_a_budget_of_money_stops_hard_and_says_it_in_dollars():
    deployment = limited(spend_nanousd_per_month=60_000)
    answers = [deployment.ask("hello") for _ in range(20)]
    assert {answer.status for answer in answers} == {200, 429}
    refused = error(answers[-1])
    assert "spend_usd_per_month" in refused["message"]
    assert "limit 0.000060" in refused["message"]
    assert "2026-12-01T00:00:00Z" in refused["message"]


def test_answers_at_the_same_time_do_not_overrun_a_budget_together(dynamodb: Any, monkeypatch: pytest.MonkeyPatch):
    # A write is one step in DynamoDB, and several in moto: calls take turns, as they do there.
    one_call, call = threading.Lock(), BaseClient._make_api_call

    def in_turn(*arguments: Any, **named: Any) -> Any:
        with one_call:
            return call(*arguments, **named)

    monkeypatch.setattr(BaseClient, "_make_api_call", in_turn)
    budgets, limits = DynamoBudgets("usage"), TenantLimits(0, 1_000, 0, 0)

    def spend(number: int) -> bool:
        hold = Hold(str(number), DAY, 100, 0, NOW, NOW + 60)
        return budgets.hold(TENANT, hold, limits)[1]

    with ThreadPoolExecutor(8) as pool:
        held = list(pool.map(spend, range(30)))
    assert held.count(True) == 10
    assert month(dynamodb)["tokens"] == 1_000


def test_what_a_dead_function_held_comes_back_when_it_expires(dynamodb: Any):
    budgets, limits = DynamoBudgets("usage"), TenantLimits(0, 1_000, 0, 0)
    dead = Hold("dead", DAY, 900, 5, NOW, NOW + 60)
    assert budgets.hold(TENANT, dead, limits) == (Spent(900, 900, 5), True)
    assert budgets.hold(TENANT, Hold("b", DAY, 200, 1, NOW + 59, NOW + 99), limits) == (Spent(900, 900, 5), False)
    assert budgets.hold(TENANT, Hold("c", DAY, 200, 1, NOW + 61, NOW + 99), limits) == (Spent(200, 200, 1), True)
    # It was not dead after all, and what it used counts, once.
    budgets.settle(TENANT, dead, Spent(50, 50, 2))
    assert month(dynamodb) == {f"day#{DAY}": 250, "tokens": 250, "nanousd": 3, "holds": 1}


def test_an_answer_that_failed_takes_nothing(dynamodb: Any):
    deployment = limited(tokens_per_day=100_000)
    deployment.model.faults = [StepError(Cause.INVALID, "bedrock:InvokeModel", "x")]
    assert deployment.ask("hello").status == 500
    assert month(dynamodb) == {f"day#{DAY}": 0, "tokens": 0, "nanousd": 0, "holds": 0}


def test_an_answer_that_broke_off_in_this_code_is_booked_in_full(dynamodb: Any):
    deployment = limited(tokens_per_day=100_000)
    deployment.model.faults = [RuntimeError("a fault of ours")]
    assert deployment.ask("hello").status == 500
    assert month(dynamodb)["tokens"] == needed(deployment)


def test_cached_and_blocked_answers_take_no_budget(dynamodb: Any):
    deployment = limited(tokens_per_day=needed(Deployment()))
    deployment.config = settings(tenant_limits={**NO_LIMITS, "tokens_per_day": needed(Deployment())})
    assert content(deployment.ask("hello")) == content(deployment.ask("hello"))
    assert content(deployment.ask("this is forbidden")) == "That is not talked about here."
    assert month(dynamodb)["tokens"] == TOKENS
    assert error(deployment.ask("other"))["code"] == "insufficient_quota"


def test_a_tenants_own_limits_replace_those_of_all(dynamodb: Any):
    set_own(dynamodb, TENANT, requests_per_minute=3)
    set_own(dynamodb, OTHER_TENANT, tokens_per_day=1)
    deployment = limited(requests_per_minute=1)
    assert [deployment.ask("hello").status for _ in range(4)] == [200, 200, 200, 429]
    assert error(deployment.ask("hello", tenant=OTHER_TENANT))["code"] == "insufficient_quota"
    set_own(dynamodb, TENANT, requests_per_minute=0)
    deployment.clock.time += 60
    assert [deployment.ask("hello").status for _ in range(4)] == [200] * 4


def test_another_tenants_budget_is_untouched(dynamodb: Any):
    deployment = limited(tokens_per_day=needed(Deployment()))
    assert deployment.ask("hello").status == 200
    assert deployment.ask("hello").status == 429
    assert deployment.ask("hello", tenant=OTHER_TENANT).status == 200
    assert month(dynamodb, OTHER_TENANT)["tokens"] == TOKENS


def test_no_answer_is_given_while_budgets_cannot_be_kept():
    deployment = limited(tokens_per_day=100_000)
    deployment.budgets = DynamoBudgets("missing")
    refused = deployment.ask("hello")
    assert refused.status == 500
    assert deployment.model.called == []


def test_the_refusal_lists_nothing_of_the_prompt():
    deployment = limited(tokens_per_day=1)
    refused = deployment.ask("my dear secret")
    assert "secret" not in json.dumps(deployment.log.records[-1])
    assert "secret" not in refused.body
