"""Tenants with limits of their own, through every pattern: what is too much is refused, and touches nobody else."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import openai
import pytest
from background import create, polled, unique
from batches import ended, line, results, start
from deployment import ACME, HURRIED, POOR, Deployment
from sockets import socket

from genai_tiers.aws.models import PRICES_USD

pytestmark = pytest.mark.xdist_group("e2e")
TOKENS_PER_DAY = 40_000
NANOUSD_PER_MONTH = 1_000_000_000


def usage(stack: Deployment, tenant: str) -> dict[str, dict[str, Any]]:
    """Period -> item of the usage table."""
    dynamodb = stack.aws("dynamodb")
    [table] = [name for name in dynamodb.list_tables()["TableNames"] if "usage" in name]
    found = dynamodb.query(
        TableName=table,
        KeyConditionExpression="tenant = :tenant",
        ExpressionAttributeValues={":tenant": {"S": tenant}},
    )
    return {item["period"]["S"]: item for item in found["Items"]}


def early_in_a_minute() -> None:
    """Wait until a minute has room for a test that needs one."""
    if (second := datetime.now(UTC).second) > 40:
        time.sleep(60.5 - second)


def refused_over_http(stack: Deployment, tenant: str, question: str) -> openai.RateLimitError:
    with pytest.raises(openai.RateLimitError) as raised:
        stack.openai(tenant).responses.create(input=question)
    return raised.value


def refused_everywhere_else(stack: Deployment, tenant: str, question: str) -> list[Any]:
    """The errors of the failed jobs, one a pattern."""
    errors: list[Any] = []
    with socket(stack, tenant) as client:
        for action in actions(stack):
            client.ask(action, question)
            last = client.until_final()[-1]
            assert last["type"] == "response.failed"
            errors.append(last["response"]["error"])
    with stack.http(tenant) as client:
        response = polled(client, create(client, question)["id"])
    assert response["status"] == "failed"
    return [*errors, response["error"]]


def actions(stack: Deployment) -> list[str]:
    """Those that take a response's body; a fan-out's takes parts."""
    offered = [pattern.get("action") or "" for pattern in stack.outputs["patterns"].values()]
    return [action for action in offered if action.startswith("response.")]


def test_a_tenant_sends_so_many_requests_a_minute_over_all_patterns(stack: Deployment) -> None:
    assert len(actions(stack)) == 3
    stack.token(HURRIED)
    early_in_a_minute()
    for _ in range(2):
        stack.ask(unique("What must visitors wear?"), HURRIED)
    error = refused_over_http(stack, HURRIED, "What must visitors wear?")
    assert error.code == "rate_limit_exceeded"
    assert 0 < int(error.response.headers["retry-after"]) <= 60
    others = refused_everywhere_else(stack, HURRIED, "What must visitors wear?")
    assert [other["code"] for other in others] == ["rate_limit_exceeded"] * 4
    assert "2 requests per minute" in others[-1]["message"]
    stack.ask("What must visitors wear?", ACME)
    assert set(usage(stack, ACME)) & {"rate", "limits"} == set()


def test_a_tenants_budget_stops_hard_over_all_patterns(stack: Deployment) -> None:
    def ask(question: str) -> int:
        with stack.http(POOR) as client:
            return client.post("/v1/responses", json={"input": question}).status_code

    stack.token(POOR)
    rounds: list[list[int]] = []
    questions: list[str] = []
    with ThreadPoolExecutor(8) as pool:
        # While answers are made, others can be refused for what those hold; in the last round nothing is held.
        while not rounds or 200 in rounds[-1]:
            questions = [unique("What must visitors wear?") for _ in range(8)]
            rounds.append(list(pool.map(ask, questions)))
    assert {status for statuses in rounds for status in statuses} == {200, 429}
    now = datetime.now(UTC)
    items = usage(stack, POOR)
    month = items[f"budget#{now:%Y-%m}"]
    assert not [name for name in month if name.startswith("hold#")]
    used = [item for period, item in items.items() if period.startswith(f"{now:%Y-%m-%d}#")]
    tokens = sum(int(each[f"{kind}_tokens"]["N"]) for each in used for kind in ("input", "output"))
    assert 0 < int(month["tokens"]["N"]) == int(month[f"day#{now:%Y-%m-%d}"]["N"]) == tokens <= TOKENS_PER_DAY
    [lite] = [each for each in used if each["period"]["S"].endswith("#nova-lite")]
    read, written = (int(lite[f"{kind}_tokens"]["N"]) for kind in ("input", "output"))
    price_read, price_written = PRICES_USD["nova-lite"]
    spent = int(month["nanousd"]["N"])
    assert spent == round(1_000 * (price_read * read + price_written * written)) <= NANOUSD_PER_MONTH

    question = questions[0]
    error = refused_over_http(stack, POOR, question)
    assert (error.code, error.type) == ("insufficient_quota", "insufficient_quota")
    assert "limit 40000" in error.message
    assert f"used or held {tokens}" in error.message
    assert "resets at" in error.message
    assert error.response.headers["x-should-retry"] == "false"
    others = refused_everywhere_else(stack, POOR, question)
    assert [other["code"] for other in others] == ["insufficient_quota"] * 4
    client = stack.openai(POOR)
    batch = ended(client, start(client, [line("a", question)]).id)
    [failed] = results(client, batch.error_file_id)
    assert failed["response"]["status_code"] == 429
    assert failed["response"]["body"]["error"]["code"] == "insufficient_quota"
    assert int(usage(stack, POOR)[f"budget#{now:%Y-%m}"]["tokens"]["N"]) == tokens
    # What another tenant may use is the same as before.
    stack.ask(question, ACME)


def test_an_alarm_watches_the_budgets_of_each_pattern(stack: Deployment) -> None:
    alarms = stack.aws("cloudwatch").describe_alarms()["MetricAlarms"]
    watched = {alarm["Dimensions"][0]["Value"] for alarm in alarms if alarm.get("MetricName") == "BudgetUsed"}
    single = [made.get("function") or made.get("worker") for made in stack.outputs["patterns"].values()]
    assert watched >= {function for function in single if function}
    assert {alarm["Threshold"] for alarm in alarms if alarm.get("MetricName") == "BudgetUsed"} == {80}
