"""InvokeModel with the models' own bodies."""

import json
import math
from typing import Any

import pytest
from own_cloud import OwnCloud
from prompts import PASSAGE

TITAN = "amazon.titan-embed-text-v2:0"


def invoke(cloud: OwnCloud, model: str, **body: Any) -> dict[str, Any]:
    answer = cloud.client("bedrock-runtime").invoke_model(modelId=model, body=json.dumps(body))
    assert answer["contentType"] == "application/json"
    return json.loads(answer["body"].read())


def likeness(first: list[float], second: list[float]) -> float:
    return sum(a * b for a, b in zip(first, second, strict=True))


def test_titan_embeddings(own_cloud: OwnCloud):
    vectors = [
        invoke(own_cloud, TITAN, inputText=text, dimensions=256)["embedding"]
        for text in ("refunds are paid in 30 days", "when is a refund paid", "the cat sleeps on the mat")
    ]
    assert [len(vector) for vector in vectors] == [256] * 3
    assert math.hypot(*vectors[0]) == pytest.approx(1)
    assert likeness(vectors[0], vectors[1]) > likeness(vectors[0], vectors[2]) + 0.2
    whole = invoke(own_cloud, TITAN, inputText="a b", embeddingTypes=["float", "binary"])
    assert (len(whole["embedding"]), set(whole["embeddingsByType"])) == (1024, {"float", "binary"})
    assert whole["inputTextTokenCount"] == 2


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"inputText": "x", "dimensions": 100}, "dimensions"),
        ({"inputText": ""}, "minLength: 1"),
        ({}, r"required key \[inputText\]"),
        ({"inputText": "x", "texts": []}, r"extraneous key \[texts\]"),
        ({"inputText": "word " * 8193}, "Max input tokens: 8192"),
    ],
)
def test_wrong_titan_bodies(own_cloud: OwnCloud, body: dict[str, Any], told: str):
    runtime = own_cloud.client("bedrock-runtime")
    with pytest.raises(runtime.exceptions.ValidationException, match=told):
        runtime.invoke_model(modelId=TITAN, body=json.dumps(body))


def test_cohere_embeddings(own_cloud: OwnCloud):
    answer = invoke(own_cloud, "cohere.embed-english-v3", texts=["a lamp", "a sofa"], input_type="search_document")
    assert [len(vector) for vector in answer["embeddings"]] == [1024, 1024]


def test_nova(own_cloud: OwnCloud):
    content = [{"text": PASSAGE}, {"text": "When are refunds paid?"}]
    answer = invoke(
        own_cloud,
        "us.amazon.nova-lite-v1:0",
        messages=[{"role": "user", "content": content}],
        inferenceConfig={"max_new_tokens": 100},
    )
    assert "30 days" in answer["output"]["message"]["content"][0]["text"]


def test_anthropic(own_cloud: OwnCloud):
    answer = invoke(
        own_cloud,
        "anthropic.claude-3-haiku-20240307-v1:0",
        anthropic_version="bedrock-2023-05-31",
        max_tokens=100,
        system=PASSAGE,
        messages=[{"role": "user", "content": "When are refunds paid?"}],
    )
    assert (answer["type"], answer["stop_reason"]) == ("message", "end_turn")
    assert "30 days" in answer["content"][0]["text"]
    assert answer["usage"]["output_tokens"] > 5


def test_anthropic_needs_its_version(own_cloud: OwnCloud):
    runtime = own_cloud.client("bedrock-runtime")
    with pytest.raises(runtime.exceptions.ValidationException, match="anthropic_version"):
        runtime.invoke_model(modelId="anthropic.claude-3-haiku-20240307-v1:0", body=b'{"messages": []}')
