"""The semantic cache of the deployed stack: other words, the same answer, and never another tenant's."""

import json
import time
import uuid
from operator import mul
from typing import Any

import pytest
from background import until
from deployment import ACME, GLOBEX, Deployment
from roles import without

from genai_tiers.aws.semantic_cache import DIMENSIONS
from pulumi_sandbox.models.embeddings import embed

pytestmark = pytest.mark.xdist_group("e2e")

EMBEDDING = "amazon.titan-embed-text-v2:0"
STORY = """Before I book the train, the hotel and the meals of our journey to the customer with the whole team, I would
like to see what the handbook says of expenses abroad, because two colleagues who have never travelled for us asked me
about planes, taxis, rental cars, breakfast, receipts and insurance, and nobody else here remembers who wrote it"""
"""What makes two questions alike, whatever they ask in the end."""


def asked_twice() -> tuple[str, str]:
    """A question that no cache has seen, in two wordings."""
    case = f"case {uuid.uuid4().hex}"
    return (
        f"How soon must a lost laptop be reported in {case}?",
        f"In {case}, how soon must a lost laptop be reported?",
    )


def function(stack: Deployment) -> str:
    return stack.outputs["patterns"]["request-response"]["function"]


def index_arn(stack: Deployment) -> str:
    exported = stack.engine.run("stack", "export", "--stack", stack.stack, cwd=stack.program).stdout
    [arn] = {line.split('"')[3] for line in exported.splitlines() if '"indexArn"' in line and "-questions/" in line}
    return arn


def kept_questions(stack: Deployment, tenant: str) -> set[str]:
    pages = stack.aws("s3vectors").get_paginator("list_vectors").paginate(indexArn=index_arn(stack))
    return {vector["key"] for page in pages for vector in page["vectors"] if vector["key"].startswith(tenant)}


def test_a_question_in_other_words_gets_the_answer_and_says_so(stack: Deployment) -> None:
    question, other = asked_twice()
    first, second, third = stack.ask(question), stack.ask(other), stack.ask(question)
    assert first["cache"]["hit"] is False
    assert second["choices"][0]["message"] == first["choices"][0]["message"]
    assert second["cache"]["kind"] == "semantic"
    assert 0.95 <= second["cache"]["similarity"] < 1
    assert second["usage"]["total_tokens"] == 0
    assert (third["cache"]["kind"], third["cache"]["similarity"]) == ("exact", None)


def test_another_tenant_asks_for_itself(stack: Deployment) -> None:
    question, other = asked_twice()
    stack.ask(question, ACME)
    assert stack.ask(other, GLOBEX)["cache"]["hit"] is False
    assert stack.ask(other, ACME)["cache"]["kind"] == "semantic"


@pytest.mark.parametrize(
    ("question", "other"),
    [
        ("what is the nightly limit in zone 2?", "what is the nightly limit in zone 3?"),
        ("what does Acme charge?", "what does Globex charge?"),
        ("what does acme charge?", "what does globex charge?"),
        ("is a badge needed on site?", "is a badge not needed on site?"),
    ],
)
def test_a_number_a_name_or_a_not_is_another_question(stack: Deployment, question: str, other: str) -> None:
    told = f"{STORY} {uuid.uuid4().hex}: "
    vectors = [embed(told + each, DIMENSIONS) for each in (question, other)]
    assert sum(map(mul, *vectors)) >= 0.95, "their vectors alone would tell them apart"
    assert stack.ask(told + question)["cache"]["hit"] is False
    assert stack.ask(told + other)["cache"]["hit"] is False


def test_an_answer_of_one_pattern_serves_another(stack: Deployment) -> None:
    question, other = asked_twice()
    with stack.http() as client:
        answered = client.post("/v1/responses", json={"input": question})
        assert answered.status_code == 200, answered.text
        made = client.post("/v1/responses", json={"input": other, "background": True}).json()
        done = until(lambda: client.get(f"/v1/responses/{made['id']}").json(), lambda now: now["status"] == "completed")
    assert done["cache"]["kind"] == "semantic"
    assert done["output"][0]["content"] == answered.json()["output"][0]["content"]


def test_an_answer_comes_while_the_embedding_model_is_down(stack: Deployment) -> None:
    question, other = asked_twice()
    with stack.model_fault(target=EMBEDDING, kind="unavailable", times=4):
        assert "within one hour" in stack.ask(question)["choices"][0]["message"]["content"]
    assert stack.ask(other)["cache"]["hit"] is False


@pytest.mark.parametrize("action", ["s3vectors:QueryVectors", "s3vectors:PutVectors"])
def test_a_missing_permission_fails_the_request(stack: Deployment, action: str) -> None:
    question, _ = asked_twice()
    with without(stack, function(stack), action), stack.http() as client:
        refused = client.post("/v1/chat/completions", json={"messages": [{"role": "user", "content": question}]})
    assert (refused.status_code, refused.json()["error"]["code"]) == (500, "access_denied")


def test_what_the_table_lets_go_leaves_the_index(stack: Deployment) -> None:
    question, other = asked_twice()
    before = kept_questions(stack, ACME)
    stack.ask(question)
    [key] = kept_questions(stack, ACME) - before
    _expire(stack, key)
    assert stack.ask(other)["cache"]["hit"] is False
    until(lambda: kept_questions(stack, ACME), lambda kept: key not in kept, 40)
    assert before <= kept_questions(stack, ACME)


def test_what_cannot_be_taken_out_is_told(stack: Deployment) -> None:
    [worker] = named(stack, "lambda", "list_functions", "Functions[].FunctionName", "-questions-expiry-")
    [failed] = named(stack, "sqs", "list_queues", "QueueUrls[]", "-questions-expiry-failed-")
    question, _ = asked_twice()
    before = kept_questions(stack, ACME)
    stack.ask(question)
    [key] = kept_questions(stack, ACME) - before
    with without(stack, worker, "s3vectors:DeleteVectors"):
        _expire(stack, key)
        [told] = until(lambda: _receive(stack, failed), bool, 60)
    assert json.loads(told)["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert key in kept_questions(stack, ACME)


def named(stack: Deployment, service: str, operation: str, names: str, part: str) -> list[str]:
    """What a service lists whose name has this part."""
    found = stack.aws(service).get_paginator(operation).paginate().search(names)
    return [name for name in found if part in name]


def _receive(stack: Deployment, queue_url: str) -> list[str]:
    """The messages of a queue, which are gone then."""
    sqs = stack.aws("sqs")
    messages = sqs.receive_message(QueueUrl=queue_url).get("Messages", [])
    for message in messages:
        sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
    return [message["Body"] for message in messages]


def _expire(stack: Deployment, key: str) -> None:
    dynamodb: Any = stack.aws("dynamodb")
    [table] = [name for name in dynamodb.list_tables()["TableNames"] if "-cache-" in name]
    dynamodb.update_item(
        TableName=table,
        Key={"pk": {"S": f"cache#{key}"}},
        UpdateExpression="SET expires_at = :past",
        ExpressionAttributeValues={":past": {"N": str(int(time.time()) - 1)}},
    )
