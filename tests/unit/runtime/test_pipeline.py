import json
from dataclasses import replace

import pytest

from genai_runtime.core.cache_key import cache_key
from genai_runtime.core.request import Finish, Message, Passage, PromptRequest, Sampling
from tests.unit.runtime.memory import OTHER_TENANT, TENANT, Deployment, Failing, Prompts, content, error, settings

OURS = Passage(TENANT, "doc_ours", "ours.md", "laptop loss must be reported in two hours", 0.9)


SHARED = Passage("shared", "doc_shared", "shared.md", "laptop bags are blue", 0.5)


THEIRS = Passage(OTHER_TENANT, "doc_theirs", "theirs.md", "laptop prices are confidential", 0.8)


def test_an_answer_names_its_sources_model_and_prompt(deployment: Deployment):
    deployment.library.passages = [OURS, SHARED]
    response = deployment.ask("laptop loss")
    body = json.loads(response.body)
    assert content(response) == "You asked: laptop loss"
    assert [source["document"] for source in body["sources"]] == ["ours.md", "shared.md"]
    assert body["sources"][0] == {
        "document_id": "doc_ours",
        "document": "ours.md",
        "passage": OURS.text,
        "score": 0.9,
    }
    assert body["cache"] == {"hit": False, "kind": None, "similarity": None, "saved": None}
    assert body["guardrail"] == {"action": "none", "stage": None, "policies": []}
    assert (body["model"], body["prompt_version"]) == ("small", "answer@1")
    assert body["usage"]["prompt_tokens"] == 11


def test_every_step_is_timed_in_its_order(deployment: Deployment):
    response = deployment.ask("laptop")
    names = [part.split(";")[0] for part in response.headers["server-timing"].split(", ")]
    assert names == [
        "limits", "guardrail_input", "cache_read", "retrieval", "prompt", "model", "guardrail_output", "cache_write",
        "usage", "total",
    ]  # fmt: skip


def test_the_second_equal_question_comes_from_the_cache(deployment: Deployment):
    first, second = deployment.ask("laptop"), deployment.ask("laptop")
    assert content(first) == content(second)
    assert len(deployment.model.called) == 1
    body = json.loads(second.body)
    saved = {"input_tokens": 11, "output_tokens": 7}
    assert body["cache"] == {"hit": True, "kind": "exact", "similarity": None, "saved": saved}
    assert body["usage"]["total_tokens"] == 0
    assert [usage.cached for usage in deployment.ledger.used] == [False, True]
    assert deployment.ledger.used[1].input_tokens == 0


def test_both_apis_share_the_cache(deployment: Deployment):
    deployment.ask("laptop")
    assert json.loads(deployment.responses({"input": "laptop"}).body)["cache"]["hit"]


def test_a_cached_answer_expires(deployment: Deployment):
    deployment.ask("laptop")
    deployment.clock.time += 3601
    assert not json.loads(deployment.ask("laptop").body)["cache"]["hit"]


def test_no_tenant_gets_the_cached_answer_of_another(deployment: Deployment):
    deployment.library.passages = [OURS, THEIRS]
    ours = deployment.ask("laptop")
    theirs = deployment.ask("laptop", tenant=OTHER_TENANT)
    assert not json.loads(theirs.body)["cache"]["hit"]
    assert [source["document"] for source in json.loads(ours.body)["sources"]] == ["ours.md"]
    assert [source["document"] for source in json.loads(theirs.body)["sources"]] == ["theirs.md"]


def test_the_tenant_is_in_the_cache_key_itself():
    request = PromptRequest("small", (Message("user", "laptop"),), "", Sampling(100), param="messages")
    keys = {cache_key(request, tenant, settings()) for tenant in (TENANT, OTHER_TENANT)}
    assert len(keys) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"model": "large"},
        {"temperature": 0.5},
        {"top_p": 0.5},
        {"max_tokens": 5},
        {"stop": "."},
        {"messages": [{"role": "system", "content": "be brief"}, {"role": "user", "content": "laptop"}]},
        {"messages": [{"role": "user", "content": "hello"}, {"role": "user", "content": "laptop"}]},
        {"messages": [{"role": "user", "content": "Laptop"}]},
    ],
)
def test_whatever_changes_the_answer_changes_the_cache_key(deployment: Deployment, change: dict[str, object]):
    base = {"messages": [{"role": "user", "content": "laptop"}]}
    deployment.chat(base)
    assert not json.loads(deployment.chat({**base, **change}).body)["cache"]["hit"]


@pytest.mark.parametrize(
    "change",
    [
        {"prompt": {"name": "answer", "version": "2"}},
        {"guardrail": {"id": "gr1", "version": "2", "grounding": False, "images": False}},
        {"knowledge_base": {"id": "KB2", "results": 3}},
    ],
)
def test_a_change_of_the_deployment_changes_the_cache_key(deployment: Deployment, change: dict[str, object]):
    deployment.prompts.versions["answer", "2"] = deployment.prompts.versions["answer", "1"]
    deployment.ask("laptop")
    deployment.config = settings(**change)
    assert not json.loads(deployment.ask("laptop").body)["cache"]["hit"]


@pytest.mark.parametrize(("wish", "reads", "writes"), [("no-cache", False, True), ("no-store, x", False, False)])
def test_a_client_can_ask_for_a_fresh_answer(deployment: Deployment, wish: str, reads: bool, writes: bool):
    deployment.ask("laptop")
    kept = dict(deployment.cache.kept)
    deployment.clock.time += 1
    response = deployment.ask("laptop", headers={"cache-control": wish})
    assert json.loads(response.body)["cache"]["hit"] is reads
    assert (deployment.cache.kept != kept) is writes


def test_a_passage_of_another_tenant_fails_the_request_even_when_the_retriever_lets_it_through(
    deployment: Deployment,
):
    class Leaky:
        def retrieve(self, *_: object) -> list[Passage]:
            return [OURS, THEIRS]

    deployment.library = Leaky()
    response = deployment.ask("laptop")
    assert response.status == 500
    assert error(response)["code"] == "deployment_error"
    assert "confidential" not in response.body
    assert not deployment.model.called
    assert not deployment.cache.kept


def test_a_blocked_question_gets_the_guardrails_message_and_calls_nothing_else(deployment: Deployment):
    response = deployment.ask("a forbidden thing")
    body = json.loads(response.body)
    assert content(response) == "That is not talked about here."
    assert body["choices"][0]["finish_reason"] == "content_filter"
    assert body["guardrail"] == {"action": "blocked", "stage": "input", "policies": ["topic"]}
    assert not deployment.model.called
    assert not deployment.library.asked
    assert not deployment.cache.kept
    assert deployment.ledger.used[0].blocked


@pytest.mark.parametrize("role", ["system", "developer", "assistant", "user"])
def test_the_guardrail_judges_everything_that_the_client_wrote(deployment: Deployment, role: str):
    said = [("user", "hello"), (role, "a forbidden thing"), ("user", "go on")]
    messages = [{"role": speaker, "content": text} for speaker, text in said]
    body = json.loads(deployment.chat({"messages": messages}).body)
    assert body["guardrail"]["action"] == "blocked"


def test_a_blocked_answer_is_neither_shown_nor_kept(deployment: Deployment):
    deployment.model.answer = lambda _: "the forbidden truth"
    response = deployment.ask("laptop")
    body = json.loads(response.body)
    assert "truth" not in response.body
    assert body["guardrail"]["stage"] == "output"
    assert body["sources"] == []
    assert body["usage"]["completion_tokens"] == 7
    assert not deployment.cache.kept


def test_masked_input_is_all_that_the_model_and_the_retriever_see(deployment: Deployment):
    messages = [
        {"role": "system", "content": "code secret-1234"},
        {"role": "user", "content": "mine is secret-1234"},
        {"role": "assistant", "content": " "},
        {"role": "user", "content": "laptop secret-1234"},
    ]
    body = json.loads(deployment.chat({"messages": messages}).body)
    prompt = deployment.model.prompts[0]
    assert "secret-1234" not in repr(prompt)
    assert deployment.library.asked == ["laptop {SECRET}"]
    assert [message.text for message in prompt.history] == ["mine is {SECRET}", " "]
    assert prompt.system.endswith("code {SECRET}")
    assert body["guardrail"]["action"] == "masked"


def test_a_masked_answer_is_shown_masked(deployment: Deployment):
    deployment.model.answer = lambda _: "it is secret-1234"
    response = deployment.ask("laptop")
    assert content(response) == "it is {SECRET}"
    assert json.loads(response.body)["guardrail"]["stage"] == "output"


def test_the_output_check_is_given_the_passages(deployment: Deployment):
    deployment.library.passages = [OURS]
    deployment.ask("laptop")
    assert deployment.guardrail.judged[1] == ["You asked: laptop", "laptop", OURS.text]


def test_request_and_trace_go_to_the_model_call(deployment: Deployment):
    trace = "0af7651916cd43dd8448eb211c80319c"
    response = deployment.ask("laptop", headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"})
    assert deployment.model.labels == {
        "request_id": response.headers["x-request-id"],
        "trace_id": trace,
        "tenant": TENANT,
    }
    assert deployment.log.records[0]["trace_id"] == trace


@pytest.mark.parametrize(
    "header", ["", "junk", "00-" + "0" * 32 + "-b7ad6b7169203331-01", "ff-" + "a" * 32 + "-b7ad6b7169203331-01"]
)
def test_an_invalid_trace_header_starts_a_new_trace(deployment: Deployment, header: str):
    deployment.ask("laptop", headers={"traceparent": header})
    trace = deployment.log.records[0]["trace_id"]
    assert len(trace) == 32
    assert trace not in header


def test_the_log_never_holds_text_of_the_request_or_the_answer(deployment: Deployment):
    marker = "zebra"
    deployment.library.passages = [replace(OURS, text=f"{marker} laptop")]
    deployment.model.answer = lambda _: f"answer {marker}"
    messages = [{"role": "system", "content": marker}, {"role": "user", "content": f"{marker} laptop"}]
    deployment.chat({"messages": messages})
    deployment.chat({"messages": messages, marker: 1})
    deployment.chat({"messages": messages, "model": marker})
    deployment.send("GET", f"/v1/{marker}")
    deployment.send("POST", "/v1/responses", f'{{"{marker}'.encode())
    deployment.model = Failing(RuntimeError(marker))
    deployment.chat({"messages": messages}, headers={"cache-control": "no-store"})
    assert len(deployment.log.records) == 6
    assert marker not in json.dumps(deployment.log.records)


def test_instructions_are_refused_where_the_prompt_takes_none(deployment: Deployment):
    text = deployment.prompts.versions["answer", "1"].replace("{{instructions}}", "")
    deployment.prompts = Prompts({("answer", "1"): text})
    assert deployment.ask("laptop").status == 200
    response = deployment.responses({"input": "laptop", "instructions": "be brief"})
    assert (response.status, error(response)["param"]) == (400, "input")


def test_a_deployment_without_guardrail_cache_and_knowledge_base_answers(deployment: Deployment):
    deployment.guardrail = deployment.cache = deployment.library = None
    assert content(deployment.ask("laptop")) == "You asked: laptop"
    assert deployment.model.prompts[0].blocks == ("laptop",)


def test_an_answer_cut_at_the_token_limit_says_so(deployment: Deployment):
    deployment.model.finish = Finish.LENGTH
    assert json.loads(deployment.ask("laptop").body)["choices"][0]["finish_reason"] == "length"
    body = json.loads(deployment.responses({"input": "laptop"}).body)
    assert (body["status"], body["incomplete_details"]) == ("incomplete", {"reason": "max_output_tokens"})


def test_usage_is_recorded_by_tenant_day_and_model(deployment: Deployment):
    deployment.ask("laptop")
    usage = deployment.ledger.used[0]
    assert (usage.tenant, usage.day, usage.model) == (TENANT, "2026-11-23", "small")
    assert (usage.input_tokens, usage.output_tokens) == (11, 7)
