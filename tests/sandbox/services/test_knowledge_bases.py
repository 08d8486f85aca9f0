"""Knowledge bases and data sources: what is checked when they are created, and their life."""

import re
from typing import Any

import pytest
from botocore.exceptions import ClientError
from knowledge import Knowledge, made, prepared
from own_cloud import EMBEDDING_MODEL, OwnCloud, bedrock_trust, unique


@pytest.fixture
def ready(own_cloud: OwnCloud) -> Knowledge:
    return prepared(own_cloud)


def refusal(knowledge: Knowledge, **request: Any) -> str:
    with pytest.raises(ClientError) as refused:
        knowledge.create(**request)
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    return refused.value.response["Error"]["Message"]


def with_embedding(model_arn: str, **configuration: Any) -> dict[str, Any]:
    vector = {
        "embeddingModelArn": model_arn,
        "embeddingModelConfiguration": {"bedrockEmbeddingModelConfiguration": configuration},
    }
    return {"knowledgeBaseConfiguration": {"type": "VECTOR", "vectorKnowledgeBaseConfiguration": vector}}


def test_life_of_a_knowledge_base(ready: Knowledge):
    agent = ready.cloud.client("bedrock-agent")
    created = ready.create(description="documents", tags={"team": "a"})
    assert created["status"] == "CREATING"
    assert re.fullmatch(r"[A-Z0-9]{10}", created["knowledgeBaseId"])
    found = agent.get_knowledge_base(knowledgeBaseId=ready.base_id)["knowledgeBase"]
    assert found["status"] == "ACTIVE"
    assert found["storageConfiguration"]["s3VectorsConfiguration"]["indexArn"] == ready.index
    changed = {**ready.request(), "name": created["name"], "description": "more documents"}
    agent.update_knowledge_base(knowledgeBaseId=ready.base_id, **changed)
    assert agent.get_knowledge_base(knowledgeBaseId=ready.base_id)["knowledgeBase"]["description"] == "more documents"
    arn = created["knowledgeBaseArn"]
    agent.tag_resource(resourceArn=arn, tags={"stage": "test"})
    agent.untag_resource(resourceArn=arn, tagKeys=["team"])
    assert agent.list_tags_for_resource(resourceArn=arn)["tags"] == {"stage": "test"}
    listed = agent.get_paginator("list_knowledge_bases").paginate(PaginationConfig={"PageSize": 1})
    assert ready.base_id in [each["knowledgeBaseId"] for page in listed for each in page["knowledgeBaseSummaries"]]
    agent.delete_knowledge_base(knowledgeBaseId=ready.base_id)
    with pytest.raises(agent.exceptions.ResourceNotFoundException):
        agent.get_knowledge_base(knowledgeBaseId=ready.base_id)


def test_life_of_a_data_source(ready: Knowledge):
    ready.create()
    source = ready.add_source(description="the bucket")
    assert (source["status"], source["dataDeletionPolicy"]) == ("AVAILABLE", "DELETE")
    agent = ready.cloud.client("bedrock-agent")
    kept = {"name": source["name"], "dataSourceConfiguration": source["dataSourceConfiguration"]}
    agent.update_data_source(**ready.source, **kept, dataDeletionPolicy="RETAIN")
    assert agent.get_data_source(**ready.source)["dataSource"]["dataDeletionPolicy"] == "RETAIN"
    listed = agent.list_data_sources(knowledgeBaseId=ready.base_id)["dataSourceSummaries"]
    assert [each["dataSourceId"] for each in listed] == [ready.source_id]
    agent.delete_data_source(**ready.source)
    with pytest.raises(agent.exceptions.ResourceNotFoundException):
        agent.get_data_source(**ready.source)


def test_two_of_one_name_conflict(ready: Knowledge):
    name = ready.create()["name"]
    agent = ready.cloud.client("bedrock-agent")
    with pytest.raises(agent.exceptions.ConflictException, match=name):
        ready.create(name=name)


def test_bedrock_must_be_trusted(ready: Knowledge):
    ready.role = ready.cloud.role(
        ready.statements(), bedrock_trust() | {"Principal": {"Service": "lambda.amazonaws.com"}}
    )
    assert "unable to assume the given role" in refusal(ready)


def test_trust_may_name_the_account_and_knowledge_bases(ready: Knowledge):
    condition = {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnLike": {"aws:SourceArn": "arn:aws:bedrock:us-east-1:123456789012:knowledge-base/*"},
    }
    ready.role = ready.cloud.role(ready.statements(), bedrock_trust(**condition))
    assert ready.create()["knowledgeBaseId"]
    ready.add_source()
    ready.put("a.txt", "Lamps are red.")
    assert ready.counts() == {"NewDocumentsIndexed": 1}
    condition["StringEquals"] = {"aws:SourceAccount": "999999999999"}
    ready.role = ready.cloud.role(ready.statements(), bedrock_trust(**condition))
    assert "unable to assume the given role" in refusal(ready)


@pytest.mark.parametrize("action", ["bedrock:InvokeModel", "s3vectors:QueryVectors", "s3vectors:GetIndex"])
def test_the_role_needs_model_and_index(ready: Knowledge, action: str):
    ready.deny(action)
    assert f"not authorized to perform: {action}" in refusal(ready)


def test_the_index_must_be_there_and_fit(ready: Knowledge):
    index = ready.index
    ready.index = index.replace("documents", "elsewhere")
    assert "index could not be found" in refusal(ready)
    ready.index = index
    larger = with_embedding(EMBEDDING_MODEL, dimensions=1024)
    assert "vector must have length 256, but has length 1024" in refusal(ready, **larger)


@pytest.mark.parametrize(
    ("model", "configuration", "told"),
    [
        ("amazon.titan-embed-text-v2:0", {"dimensions": 300}, "it makes 1024, 512, 256"),
        ("amazon.titan-embed-text-v2:0", {"dimensions": 256, "embeddingDataType": "BINARY"}, "BINARY"),
        ("amazon.nova-lite-v1:0", {}, "no text embedding model"),
    ],
)
def test_the_embedding_model_must_fit(ready: Knowledge, model: str, configuration: dict[str, Any], told: str):
    arn = f"arn:aws:bedrock:us-east-1::foundation-model/{model}"
    assert told in refusal(ready, **with_embedding(arn, **configuration))


@pytest.mark.parametrize(
    "ingestion",
    [
        {"chunkingConfiguration": {"chunkingStrategy": "SEMANTIC"}},
        {"chunkingConfiguration": {"chunkingStrategy": "FIXED_SIZE"}},
        {
            "chunkingConfiguration": {
                "chunkingStrategy": "HIERARCHICAL",
                "hierarchicalChunkingConfiguration": {
                    "levelConfigurations": [{"maxTokens": 20}, {"maxTokens": 60}],
                    "overlapTokens": 1,
                },
            }
        },
        {"parsingConfiguration": {"parsingStrategy": "BEDROCK_DATA_AUTOMATION"}},
    ],
)
def test_what_ingestion_cannot_do_is_refused(ready: Knowledge, ingestion: dict[str, Any]):
    ready.create()
    with pytest.raises(ClientError, match=r"ValidationException"):
        ready.add_source(vectorIngestionConfiguration=ingestion)


def test_chunking_cannot_be_changed(own_cloud: OwnCloud):
    knowledge = made(own_cloud)
    agent = own_cloud.client("bedrock-agent")
    source = agent.get_data_source(**knowledge.source)["dataSource"]
    with pytest.raises(ClientError, match="cannot be changed"):
        agent.update_data_source(
            **knowledge.source,
            name=source["name"],
            dataSourceConfiguration=source["dataSourceConfiguration"],
            vectorIngestionConfiguration={"chunkingConfiguration": {"chunkingStrategy": "NONE"}},
        )


def test_requests_are_checked_by_the_service_model(own_cloud: OwnCloud):
    agent = own_cloud.client("bedrock-agent")
    with pytest.raises(ClientError) as refused:
        agent.create_knowledge_base(**{**prepared(own_cloud).request(), "name": "no spaces allowed!", "roleArn": "me"})
    message = refused.value.response["Error"]["Message"]
    assert message.startswith("2 validation errors detected: Value 'no spaces allowed!' at 'name' failed to satisfy")
    assert "Value 'me' at 'roleArn'" in message


def test_a_repeated_token_creates_once(ready: Knowledge):
    token = unique("token-that-is-at-least-thirty-three-characters")
    request = ready.request()
    assert ready.create(**request, clientToken=token) == ready.create(**request, clientToken=token)
