import json
from collections.abc import Sequence
from typing import Any

import pytest

from genai_runtime.core.errors import Cause, StepError
from genai_runtime.core.ports import SimilarAnswer
from genai_runtime.core.semantic_cache import LONGEST_QUESTION_CHARACTERS
from tests.unit.runtime.memory import OTHER_TENANT, SETTINGS, Deployment, Failing, Similar, content, error, settings

SEMANTIC = {"index": "arn:index", "embedding_model_id": "titan", "dimensions": 512, "similarity_percent": 80}
ASKED, ALIKE = "how soon must a lost laptop be reported", "how soon do I have to report a lost laptop"


@pytest.fixture
def alike(deployment: Deployment) -> Deployment:
    deployment.config, deployment.similar = settings(semantic_cache=SEMANTIC), Similar()
    return deployment


def cache_of(response: Any) -> Any:
    return json.loads(response.body)["cache"]


def test_a_question_that_is_alike_gets_the_same_answer(alike: Deployment) -> None:
    first, second = alike.ask(ASKED), alike.ask(ALIKE)
    assert content(first) == content(second) == f"You asked: {ASKED}"
    saved = {"input_tokens": 11, "output_tokens": 7}
    assert cache_of(second) == {"hit": True, "kind": "semantic", "similarity": 0.9286, "saved": saved}
    assert len(alike.model.called) == 1
    assert json.loads(second.body)["usage"]["total_tokens"] == 0
    assert alike.ledger.used[1].cached
    assert alike.log.records[-1]["cache_similarity"] == 0.9286


def test_an_equal_question_needs_no_vector(alike: Deployment) -> None:
    alike.ask(ASKED)
    second = alike.ask(ASKED)
    assert (cache_of(second)["kind"], cache_of(second)["similarity"]) == ("exact", None)
    assert alike.similar.embedded == [ASKED]


def test_what_is_not_alike_enough_is_asked(alike: Deployment) -> None:
    alike.ask(ASKED)
    far = "tell me just how soon I need to have it that a lost laptop is reported"
    assert not cache_of(alike.ask(far))["hit"]
    alike.config = settings(semantic_cache={**SEMANTIC, "similarity_percent": 50})
    assert cache_of(alike.ask(f"please {far}"))["hit"]


@pytest.mark.parametrize(
    ("question", "other"),
    [
        ("what is the limit of plan 2", "what is the limit of plan 3"),
        ("what does Acme charge", "what does Okta charge"),
        ("what does acme charge", "what does okta charge"),
        ("is a badge not needed", "is a badge now needed"),
    ],
)
def test_a_number_a_name_or_a_negation_makes_another_question(alike: Deployment, question: str, other: str) -> None:
    alike.ask(question)
    assert not cache_of(alike.ask(other))["hit"]
    assert len(alike.model.called) == 2


def test_no_tenant_gets_an_answer_of_another(alike: Deployment) -> None:
    alike.ask(ASKED)
    assert not cache_of(alike.ask(ALIKE, tenant=OTHER_TENANT))["hit"]
    assert cache_of(alike.ask(ALIKE))["hit"]


@pytest.mark.parametrize(
    "change",
    [
        {"model": "large"},
        {"temperature": 0.5},
        {"messages": [{"role": "system", "content": "be brief"}, {"role": "user", "content": ALIKE}]},
        {"messages": [{"role": "user", "content": "hello"}, {"role": "user", "content": ALIKE}]},
    ],
)
def test_everything_else_must_be_equal(alike: Deployment, change: dict[str, object]) -> None:
    alike.ask(ASKED)
    base = {"messages": [{"role": "user", "content": ALIKE}]}
    assert not cache_of(alike.chat({**base, **change}))["hit"]
    assert cache_of(alike.ask(ALIKE))["hit"] is True


@pytest.mark.parametrize(
    "change",
    [
        {"prompt": {"name": "answer", "version": "2"}},
        {"guardrail": {**SETTINGS["guardrail"], "version": "2"}},
        {"knowledge_base": {"id": "KB2", "results": 3}},
    ],
)
def test_so_must_the_deployment(alike: Deployment, change: dict[str, Any]) -> None:
    alike.prompts.versions["answer", "2"] = alike.prompts.versions["answer", "1"]
    alike.ask(ASKED)
    alike.config = settings(semantic_cache=SEMANTIC, **change)
    assert not cache_of(alike.ask(ALIKE))["hit"]


def test_what_has_expired_is_not_found(alike: Deployment) -> None:
    alike.ask(ASKED)
    alike.clock.time += 3601
    assert not cache_of(alike.ask(ALIKE))["hit"]


def test_a_question_whose_answer_is_gone_is_asked(alike: Deployment) -> None:
    alike.ask(ASKED)
    alike.cache.kept.clear()
    assert not cache_of(alike.ask(ALIKE))["hit"]


@pytest.mark.parametrize(("wish", "reads", "writes"), [("no-cache", False, True), ("no-store", False, False)])
def test_a_client_can_ask_for_a_fresh_answer(alike: Deployment, wish: str, reads: bool, writes: bool) -> None:
    alike.ask(ASKED)
    assert cache_of(alike.ask(ALIKE, headers={"cache-control": wish}))["hit"] is reads
    assert (len(alike.similar.kept) == 2) is writes


@pytest.mark.parametrize("question", ["what is it?", f"laptop {'very ' * LONGEST_QUESTION_CHARACTERS}old"])
def test_what_says_nothing_or_too_much_is_not_looked_up(alike: Deployment, question: str) -> None:
    alike.config = settings(semantic_cache=SEMANTIC, limits={**SETTINGS["limits"], "max_input_tokens": 5_000})
    assert content(alike.ask(question))
    assert alike.similar.embedded == []


def test_a_blocked_answer_is_not_remembered(alike: Deployment) -> None:
    alike.model.answer = lambda _: "a forbidden thing"
    alike.ask(ASKED)
    assert not alike.similar.kept


@pytest.mark.parametrize("cause", [Cause.THROTTLED, Cause.UNAVAILABLE, Cause.INVALID])
def test_an_answer_comes_while_the_semantic_cache_is_down(alike: Deployment, cause: Cause) -> None:
    alike.similar = Failing(StepError(cause, "bedrock:InvokeModel", "down"))
    assert content(alike.ask(ASKED)) == f"You asked: {ASKED}"
    assert list(alike.log.records[-1]["tolerated"]) == ["cache_embedding"]
    assert cache_of(alike.ask(ASKED))["kind"] == "exact"


class Broken(Similar):
    """Takes vectors of questions, and finds and keeps none."""

    def nearest(self, tenant: str, context: str, vector: Sequence[float], now: float) -> SimilarAnswer | None:
        raise StepError(Cause.INVALID, "s3vectors:QueryVectors", f"{tenant} {context} {vector} {now}")

    def put(self, tenant: str, key: str, context: str, vector: Sequence[float], expires_at: float) -> None:
        raise StepError(Cause.UNAVAILABLE, "s3vectors:PutVectors", f"{tenant} {key} {context} {vector} {expires_at}")


def test_an_answer_comes_while_its_index_is_down(alike: Deployment) -> None:
    alike.similar = Broken()
    assert content(alike.ask(ASKED)) == f"You asked: {ASKED}"
    assert sorted(alike.log.records[-1]["tolerated"]) == ["cache_remember", "cache_search"]


def test_a_missing_permission_fails_the_request(alike: Deployment) -> None:
    alike.similar = Failing(StepError(Cause.DENIED, "bedrock:InvokeModel", "AccessDenied"))
    response = alike.ask(ASKED)
    assert (response.status, error(response)["code"]) == (500, "access_denied")
    assert not alike.model.called


def test_without_it_nothing_is_embedded(deployment: Deployment) -> None:
    deployment.ask(ASKED)
    assert not cache_of(deployment.ask(ALIKE))["hit"]
