"""The adapter to the index of questions; the stubber checks every call and answer against AWS's service model."""

import io
import json
from typing import Any

import pytest
from botocore.response import StreamingBody

from genai_runtime.aws.similar_questions import VectorQuestions
from genai_runtime.core.errors import Cause, StepError
from genai_runtime.core.ports import SimilarAnswer
from tests.unit.runtime.aws_fixtures import stub
from tests.unit.runtime.memory import OTHER_TENANT, TENANT

pytestmark = pytest.mark.usefixtures("credentials")

INDEX = "arn:aws:s3vectors:us-east-1:123456789012:bucket/cache-questions/index/questions"
QUESTIONS = VectorQuestions(INDEX, "amazon.titan-embed-text-v2:0", 2)
HELD = {"tenant": TENANT, "context": "c1", "expires_at": 200}


def found(key: str = f"{TENANT}#k1", **metadata: Any) -> dict[str, Any]:
    return {"vectors": [{"key": key, "distance": 0.25, "metadata": {**HELD, **metadata}}], "distanceMetric": "cosine"}


def test_a_question_is_embedded_with_as_many_numbers_as_the_index_has():
    body = json.dumps({"embedding": [0.5, 0.25], "inputTextTokenCount": 3}).encode()
    asked = {
        "modelId": "amazon.titan-embed-text-v2:0",
        "body": json.dumps({"inputText": "why", "dimensions": 2, "normalize": True}),
        "contentType": "application/json",
    }
    answer = {"body": StreamingBody(io.BytesIO(body), len(body)), "contentType": "application/json"}
    stub("bedrock-runtime").add_response("invoke_model", answer, asked)
    assert QUESTIONS.embed("why") == [0.5, 0.25]


def test_the_nearest_of_the_tenants_own_is_asked_for():
    alike = [{"tenant": {"$eq": TENANT}}, {"context": {"$eq": "c1"}}, {"expires_at": {"$gt": 100.0}}]
    asked = {
        "indexArn": INDEX,
        "topK": 1,
        "queryVector": {"float32": [0.5, 0.25]},
        "filter": {"$and": alike},
        "returnMetadata": True,
        "returnDistance": True,
    }
    stub("s3vectors").add_response("query_vectors", found(), asked)
    assert QUESTIONS.nearest(TENANT, "c1", [0.5, 0.25], 100.0) == SimilarAnswer("k1", 0.75)


def test_nothing_is_near():
    stub("s3vectors").add_response("query_vectors", {"vectors": [], "distanceMetric": "cosine"})
    assert QUESTIONS.nearest(TENANT, "c1", [0.5, 0.25], 100.0) is None


@pytest.mark.parametrize(
    "leaked", [found(tenant=OTHER_TENANT), found(context="c2"), found(f"{OTHER_TENANT}#k1"), found("k1")]
)
def test_what_an_index_finds_of_another_tenant_or_context_is_refused(leaked: dict[str, Any]):
    stub("s3vectors").add_response("query_vectors", leaked)
    with pytest.raises(StepError) as raised:
        QUESTIONS.nearest(TENANT, "c1", [0.5, 0.25], 100.0)
    assert raised.value.cause is Cause.INVALID


def test_a_question_is_kept_without_its_words():
    vector = {"key": f"{TENANT}#k1", "data": {"float32": [0.5, 0.25]}, "metadata": HELD}
    stub("s3vectors").add_response("put_vectors", {}, {"indexArn": INDEX, "vectors": [vector]})
    QUESTIONS.put(TENANT, "k1", "c1", [0.5, 0.25], 200.9)


def test_a_missing_permission_is_named():
    stub("s3vectors").add_client_error("query_vectors", "AccessDeniedException", http_status_code=403)
    with pytest.raises(StepError) as raised:
        QUESTIONS.nearest(TENANT, "c1", [0.5, 0.25], 100.0)
    assert (raised.value.cause, raised.value.action) == (Cause.DENIED, "s3vectors:QueryVectors")


def change(pk: str, name: str = "REMOVE") -> dict[str, Any]:
    return {"eventName": name, "dynamodb": {"Keys": {"pk": {"S": pk}}}}


def test_questions_whose_answer_is_gone_are_forgotten(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GENAI_CONFIG", json.dumps({"index": INDEX}))
    from genai_runtime.aws.expired_questions import handler

    gone = [change(f"cache#{TENANT}#k{number:03}") for number in range(501)]
    kept = [change(f"cache#{TENANT}#new", "INSERT"), change(f"idem#{TENANT}#user#key")]
    keys = [f"{TENANT}#k{number:03}" for number in range(501)]
    vectors = stub("s3vectors")
    vectors.add_response("delete_vectors", {}, {"indexArn": INDEX, "keys": keys[:500]})
    vectors.add_response("delete_vectors", {}, {"indexArn": INDEX, "keys": keys[500:]})
    handler({"Records": [*gone, *kept, gone[0]]}, None)
    vectors.assert_no_pending_responses()
