"""Pattern 6 as its clients and operators see it: files, batches, their results; what is refused, and to whom."""

import hashlib
import json
from typing import Any

import httpx2
import openai
import pytest
from background import model_calls, unique, until
from batches import (
    CHUNK_LINES,
    MAX_LINES,
    PATTERN,
    content,
    ended,
    jsonl,
    line,
    manifests,
    put,
    results,
    start,
    upload,
)
from deployment import ACME, GLOBEX, Deployment

pytestmark = pytest.mark.xdist_group("e2e")
LAPTOP = "How soon must a lost laptop be reported?"


def test_the_openai_sdk_has_a_batch_answered_in_the_order_of_its_file(stack: Deployment) -> None:
    client = stack.openai()
    lines = [line(f"q-{number}", unique(LAPTOP)) for number in range(50)]
    lines[7]["body"]["model"] = "no-such-model"
    lines[23]["body"] = {"messages": []}
    lines[31]["body"]["stream"] = True
    broken = ["q-7", "q-23", "q-31"]
    made = start(client, lines)
    assert (made.status, made.endpoint, made.completion_window) == ("validating", "/v1/chat/completions", "24h")
    batch = ended(client, made.id)
    assert batch.status == "completed"
    counts = batch.request_counts
    assert (counts.total, counts.completed, counts.failed) == (50, 47, 3)
    assert made.created_at <= batch.in_progress_at <= batch.finalizing_at <= batch.completed_at
    answers, errors = results(client, batch.output_file_id), results(client, batch.error_file_id)
    assert [answer["custom_id"] for answer in answers] == [f"q-{n}" for n in range(50) if f"q-{n}" not in broken]
    assert all(
        "within one hour" in answer["response"]["body"]["choices"][0]["message"]["content"] for answer in answers
    )
    assert [(error["custom_id"], error["response"]["status_code"]) for error in errors] == [
        ("q-7", 404),
        ("q-23", 400),
        ("q-31", 400),
    ]
    assert errors[0]["response"]["body"]["error"]["code"] == "model_not_found"
    output = client.files.retrieve(batch.output_file_id or "")
    assert (output.purpose, output.bytes) == ("batch_output", len(client.files.content(output.id).content))
    _manifest_agrees(stack, made.id, client.files.content(output.id).content)


def _manifest_agrees(stack: Deployment, batch_id: str, output: bytes) -> None:
    manifest = json.loads(content(stack, f"{ACME}/batches/{batch_id}/manifest.json"))
    assert manifest["counts"]["total"] == 50
    assert (manifest["counts"]["completed"], manifest["counts"]["failed"]) == (47, 3)
    assert manifest["counts"]["output_tokens"] > 0
    assert manifest["models"] == {"nova-lite": 47}
    assert list(manifest["prompt_versions"].values()) == [47]
    assert manifest["files"]["output"]["sha256"] == hashlib.sha256(output).hexdigest()
    assert manifest["files"]["errors"]["lines"] == 3


def test_responses_can_be_asked_for_in_a_batch(stack: Deployment) -> None:
    client = stack.openai()
    batch = ended(client, start(client, [line("one", LAPTOP, "/v1/responses")], "/v1/responses").id)
    [answer] = results(client, batch.output_file_id)
    assert answer["response"]["body"]["object"] == "response"
    assert "within one hour" in json.dumps(answer["response"]["body"]["output"])
    assert batch.error_file_id is None


def test_files_are_listed_and_deleted(stack: Deployment) -> None:
    client = stack.openai()
    first, second = (upload(client, [line("one", LAPTOP)]) for _ in range(2))
    assert client.files.content(first).content == jsonl([line("one", LAPTOP)])
    listed = [file.id for file in client.files.list(purpose="batch", limit=2)]
    assert listed[:2] == [second, first]
    assert [file.id for file in client.files.list(order="asc", after=first).data][:1] == [second]
    assert client.files.delete(first).deleted
    for gone in (client.files.retrieve, client.files.content, client.files.delete):
        with pytest.raises(openai.NotFoundError):
            gone(first)
    assert client.files.retrieve(second).filename == "questions.jsonl"


def test_batches_are_listed_page_by_page(stack: Deployment) -> None:
    client = stack.openai()
    made = [start(client, [line("one", LAPTOP)]).id for _ in range(3)]
    assert [batch.id for batch in client.batches.list(limit=2).data] == made[:0:-1]
    assert next(iter(client.batches.list(limit=1, after=made[1]))).id == made[0]
    for batch_id in made:
        ended(client, batch_id)


def test_a_batch_that_is_asked_for_twice_is_made_once(stack: Deployment) -> None:
    client = stack.openai()
    asked: dict[str, Any] = {
        "input_file_id": upload(client, [line("one", LAPTOP)]),
        "endpoint": "/v1/chat/completions",
        "completion_window": "24h",
        "extra_headers": {"Idempotency-Key": unique("batch")[:40]},
    }
    first, second = client.batches.create(**asked), client.batches.create(**asked)
    assert first.id == second.id
    with pytest.raises(openai.UnprocessableEntityError):
        client.batches.create(**asked, metadata={"other": "yes"})
    ended(client, first.id)


def test_every_mistake_in_a_file_is_told_with_its_line(stack: Deployment) -> None:
    client, before = stack.openai(), model_calls(stack, PATTERN)
    text = jsonl([line("one", LAPTOP), line("one", LAPTOP)])
    text += b"no JSON\n\n[]\n" + jsonl([{"custom_id": "two", "method": "GET", "url": "/v1/models"}])
    file = client.files.create(file=("broken.jsonl", text), purpose="batch")
    made = client.batches.create(input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h")
    batch = ended(client, made.id)
    assert batch.status == "failed"
    assert batch.errors
    told = [(error.line, error.code) for error in batch.errors.data or []]
    assert told == [
        (2, "duplicate_custom_id"),
        (3, "invalid_json_line"),
        (5, "invalid_json_line"),
        (6, "missing_required_parameter"),
        (6, "invalid_method"),
        (6, "invalid_url"),
    ]
    assert model_calls(stack, PATTERN) == before


def test_limits_are_stated(stack: Deployment) -> None:
    client = stack.openai()
    with pytest.raises(openai.APIStatusError, match="4000000 bytes") as refused:
        client.files.create(file=("large.jsonl", b"x" * 4_000_001), purpose="batch")
    assert refused.value.status_code == 413
    batch = ended(client, start(client, [line(str(number), "?") for number in range(MAX_LINES + 1)]).id)
    assert batch.status == "failed"
    assert batch.errors
    assert batch.errors.data
    assert f"has {MAX_LINES + 1} requests; the limit is {MAX_LINES}" in (batch.errors.data[0].message or "")


def test_a_large_content_is_given_by_a_url(stack: Deployment) -> None:
    client = stack.openai()
    text = jsonl([line("long", "word " * 600_000)])
    file = client.files.create(file=("long.jsonl", text), purpose="batch")
    with stack.http() as http:
        moved = http.get(f"/v1/files/{file.id}/content")
    assert moved.status_code == 302
    assert httpx2.get(moved.headers["location"]).content == text
    assert client.files.content(file.id).content == text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"endpoint": "/v1/embeddings"}, "endpoint"),
        ({"completion_window": "1h"}, "completion_window"),
        ({"input_file_id": "file_x"}, "no file"),
        ({"tenant": "x"}, "not a known parameter"),
    ],
)
def test_what_no_batch_can_be_made_of_is_refused(stack: Deployment, change: dict[str, str], said: str) -> None:
    body = {"input_file_id": "x", "endpoint": "/v1/responses", "completion_window": "24h", **change}
    with stack.http() as client:
        answer = client.post("/v1/batches", json=body)
    assert answer.status_code in {400, 404}
    assert said in answer.json()["error"]["message"]


def test_nobody_reaches_the_files_and_batches_of_another_tenant_or_user(stack: Deployment) -> None:
    client = stack.openai(GLOBEX)
    secret = "Sundial-only-for-Globex"
    made = start(client, [line(secret, "What is the budget of project Sundial?")])
    batch = ended(client, made.id)
    assert "12 million" in json.dumps(results(client, batch.output_file_id))
    mine = [batch.input_file_id, batch.output_file_id]
    for who in ({"tenant": ACME}, {"tenant": GLOBEX, "user": "other"}):
        with stack.http(**who) as other:
            for file_id in mine:
                for method, path in (("GET", ""), ("GET", "/content"), ("DELETE", "")):
                    assert other.request(method, f"/v1/files/{file_id}{path}").status_code == 404
                assert file_id not in other.get("/v1/files").text
            asked = {"input_file_id": batch.input_file_id, "endpoint": made.endpoint, "completion_window": "24h"}
            for headers in ({}, {"x-tenant-id": GLOBEX}):
                assert other.post("/v1/batches", json=asked, headers=headers).status_code == 404
            assert other.get(f"/v1/batches/{made.id}").status_code == 404
            assert other.post(f"/v1/batches/{made.id}/cancel").status_code == 404
            assert made.id not in other.get("/v1/batches", params={"limit": 100}).text
    with stack.http(tenant=None) as nobody:
        for path in (f"/v1/files/{mine[1]}/content", f"/v1/batches/{made.id}", "/v1/files", "/v1/batches"):
            assert nobody.get(path).status_code == 401
    assert client.files.retrieve(batch.input_file_id).id == batch.input_file_id


def test_a_batch_answers_from_its_own_tenants_documents_only(stack: Deployment) -> None:
    client = stack.openai(ACME)
    asked = [line(str(n), f"Tenant {GLOBEX}: what is the budget of project Sundial? {n}") for n in range(3)]
    batch = ended(client, start(client, asked).id)
    assert "12 million" not in json.dumps(results(client, batch.output_file_id))


def test_an_object_that_is_dropped_becomes_a_batch_of_its_tenant(stack: Deployment) -> None:
    name = f"{GLOBEX}/inbox/{unique('questions ä+').replace('/', '')}.jsonl"
    questions = [line("sundial", "What is the budget of project Sundial?"), line("laptop", LAPTOP)]
    put(stack, name, jsonl(questions))
    put(stack, f"{GLOBEX}/elsewhere/other.jsonl", jsonl(questions))
    [manifest] = until(
        lambda: [found for found in manifests(stack, GLOBEX) if found["input"]["object"] == name],
        lambda found: len(found) == 1,
        60,
    )
    assert manifest["status"] == "completed"
    answers = content(stack, manifest["files"]["output"]["object"]).decode().splitlines()
    assert [json.loads(answer)["custom_id"] for answer in answers] == ["sundial", "laptop"]
    assert "12 million" in answers[0]
    assert not [found for found in manifests(stack, GLOBEX) if "elsewhere" in found["input"]["object"]]
    with stack.http(GLOBEX) as client:
        assert client.get(f"/v1/batches/{manifest['batch_id']}").status_code == 404


def test_a_throttled_model_is_waited_for(stack: Deployment) -> None:
    client = stack.openai()
    with stack.model_fault(target="*", kind="throttle", times=6):
        batch = ended(client, start(client, [line(str(n), unique(LAPTOP)) for n in range(CHUNK_LINES)]).id)
    assert (batch.status, batch.request_counts.completed) == ("completed", CHUNK_LINES)
    assert {answer["response"]["status_code"] for answer in results(client, batch.output_file_id)} == {200}
