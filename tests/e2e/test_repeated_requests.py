"""Pattern 1 when things go wrong: models are busy, functions die, clients leave and ask again with the same key."""

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import httpx2
import openai
import pytest
from background import NOVA_LITE, model_calls, part, unique, until
from deployment import ACME, GLOBEX, Deployment
from fan_outs import kill

pytestmark = pytest.mark.xdist_group("e2e")
PATTERN = "request-response"
ROUTE = "/v1/responses"
IN_PROGRESS = "idempotency_in_progress"
ASK = "mutation Ask($input: AskInput!) { ask(input: $input) { id } }"


class Ask(Protocol):
    """Asks with an idempotency key, and returns the id of the answer, or the code of the error."""

    def __call__(self, stack: Deployment, asked: str, key: str, *, timeout_seconds: float = 40) -> str: ...


def over_rest(stack: Deployment, asked: str, key: str, *, timeout_seconds: float = 40) -> str:
    with stack.http() as client:
        headers = {"idempotency-key": key}
        answer = client.post(ROUTE, json={"input": asked}, headers=headers, timeout=timeout_seconds)
    if answer.status_code == 200:
        return answer.json()["id"]
    # What the gateway itself answers has no code.
    return answer.json().get("error", {}).get("code", str(answer.status_code))


def over_graphql(stack: Deployment, asked: str, key: str, *, timeout_seconds: float = 40) -> str:
    body = {"query": ASK, "variables": {"input": {"messages": [{"role": "USER", "content": asked}]}}}
    headers = {"authorization": stack.token(), "idempotency-key": key}
    answer = httpx2.post(stack.outputs["graphql_url"], json=body, headers=headers, timeout=timeout_seconds).json()
    return answer["errors"][0]["errorType"] if "errors" in answer else answer["data"]["ask"]["id"]


BOTH = pytest.mark.parametrize(
    ("ask", "function"), [(over_rest, "function"), (over_graphql, "graphql_function")], ids=["rest", "graphql"]
)


def test_a_throttled_model_is_stood_in_for_and_when_all_are_the_client_is_told_when_to_repeat(
    stack: Deployment,
) -> None:
    client, asked = stack.openai(), unique("Who accompanies visitors?")
    with stack.model_fault(target=NOVA_LITE, kind="throttle", times=20):
        assert client.responses.create(input=unique("Who accompanies visitors?")).model == "nova-micro"
    key = {"Idempotency-Key": uuid.uuid4().hex}
    with stack.model_fault(target="*", kind="throttle", times=40), pytest.raises(openai.RateLimitError) as busy:
        client.responses.create(input=asked, extra_headers=key)
    assert int(busy.value.response.headers["retry-after"]) > 0
    assert busy.value.response.headers["x-should-retry"] == "true"
    assert client.responses.create(input=asked, extra_headers=key).status == "completed"


@BOTH
def test_a_client_that_left_asks_again_and_gets_the_answer_that_was_made(
    stack: Deployment, ask: Ask, function: str
) -> None:
    before, asked, key = _calls(stack, function), unique("What is a receipt?"), uuid.uuid4().hex
    with stack.model_fault(target=NOVA_LITE, kind="delay", delay_seconds=2):
        with pytest.raises(httpx2.ReadTimeout):
            ask(stack, asked, key, timeout_seconds=1)
        early = ask(stack, asked, key)
        done = until(lambda: ask(stack, asked, key), lambda answer: answer != early)
    assert early == IN_PROGRESS
    assert done.startswith(("resp_", "chatcmpl"))
    assert ask(stack, asked, key) == done
    assert _calls(stack, function) == before + 1


@BOTH
def test_what_a_killed_function_was_asked_is_answered_once_its_time_is_up(
    stack: Deployment, ask: Ask, function: str
) -> None:
    asked, key = unique("What must visitors wear?"), uuid.uuid4().hex
    with ThreadPoolExecutor(1) as pool:
        with stack.model_fault(target=NOVA_LITE, kind="delay", delay_seconds=4):
            waiting = pool.submit(ask, stack, asked, key)
            claim = until(lambda: _claim(stack, key), bool)
            time.sleep(0.5)
            assert kill(part(stack, function, PATTERN)) >= 1
            died = waiting.result()
        barred = ask(stack, asked, key)
        _end(stack, claim)
        first, second = (ask(stack, asked, key) for _ in range(2))
    assert died == ("500" if function == "function" else "service_unavailable")
    assert barred == IN_PROGRESS
    assert first == second
    assert first.startswith(("resp_", "chatcmpl"))


@pytest.mark.parametrize("who", [{"tenant": GLOBEX}, {"user": "other"}], ids=["tenant", "user"])
def test_an_idempotency_key_opens_no_answer_of_somebody_else(stack: Deployment, who: dict[str, str]) -> None:
    body, key = {"input": unique("What is the budget of project Sundial?")}, {"idempotency-key": uuid.uuid4().hex}
    with stack.http() as ours, stack.http(**{"tenant": ACME, **who}) as theirs:
        mine, other = (client.post(ROUTE, json=body, headers=key) for client in (ours, theirs))
    assert (mine.status_code, other.status_code) == (200, 200)
    assert mine.json()["id"] != other.json()["id"]
    assert "idempotent-replayed" not in other.headers


def _calls(stack: Deployment, function: str) -> int:
    return model_calls(stack, PATTERN, function)


def _table(stack: Deployment) -> str:
    return next(name for name in stack.aws("dynamodb").list_tables()["TableNames"] if "cache" in name)


def _claim(stack: Deployment, key: str) -> Any:
    """The key of the item that bars a request from being carried out twice."""
    items = stack.aws("dynamodb").scan(TableName=_table(stack), ConsistentRead=True)["Items"]
    found = [item["pk"] for item in items if item["pk"]["S"].startswith("idem#") and item["pk"]["S"].endswith(key)]
    return found[0] if found else None


def _end(stack: Deployment, claim: Any) -> None:
    """Let the minute pass that a claim bars its key for."""
    stack.aws("dynamodb").update_item(
        TableName=_table(stack),
        Key={"pk": claim},
        UpdateExpression="SET expires_at = :past",
        ExpressionAttributeValues={":past": {"N": "0"}},
    )
