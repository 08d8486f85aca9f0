"""Guardrails, knowledge bases and data sources."""

import json

import pytest
from sandbox_cloud import SandboxCloud, create, delete, imported, tagged, update

from pulumi_sandbox.plugin.handlers import handler_for

GUARDRAIL = "aws:bedrock/guardrail:Guardrail"
VERSION = "aws:bedrock/guardrailVersion:GuardrailVersion"
KNOWLEDGE_BASE = "aws:bedrock/agentKnowledgeBase:AgentKnowledgeBase"
DATA_SOURCE = "aws:bedrock/agentDataSource:AgentDataSource"
ACCOUNT = "123456789012"
EMBEDDING_MODEL = "arn:aws:bedrock:eu-central-1::foundation-model/amazon.titan-embed-text-v2:0"


def guardrail_inputs(**more: object) -> dict[str, object]:
    topic = {"name": "wagers", "definition": "Advice on bets.", "examples": ["Which horse wins?"], "type": "DENY"}
    filters = [{"type": "PROMPT_ATTACK", "inputStrength": "HIGH", "outputStrength": "NONE"}]
    return tagged(
        {
            "name": "house-rules",
            "blockedInputMessaging": "Not here.",
            "blockedOutputsMessaging": "Not that.",
            "topicPolicyConfig": {"topicsConfigs": [topic]},
            "contentPolicyConfig": {"filtersConfigs": filters},
            "wordPolicyConfig": {
                "managedWordListsConfigs": [{"type": "PROFANITY"}],
                "wordsConfigs": [{"text": "frobnicate"}],
            },
            "sensitiveInformationPolicyConfig": {
                "piiEntitiesConfigs": [{"action": "ANONYMIZE", "type": "EMAIL"}],
                "regexesConfigs": [{"action": "BLOCK", "name": "ticket", "pattern": "T-[0-9]+", "description": "ids"}],
            },
            "contextualGroundingPolicyConfig": {"filtersConfigs": [{"threshold": 0.5, "type": "GROUNDING"}]},
            "tags": {"a": "1"},
            **more,
        }
    )


def test_guardrail_and_version_live(cloud: SandboxCloud) -> None:
    guardrail = create(cloud, GUARDRAIL, guardrail_inputs())
    arn = f"arn:aws:bedrock:eu-central-1:{ACCOUNT}:guardrail/{guardrail.id}"
    assert guardrail.outputs["guardrailArn"] == arn
    assert guardrail.outputs["version"] == "DRAFT"
    assert guardrail.outputs["status"] == "READY"
    imported(cloud, GUARDRAIL, f"{guardrail.id},DRAFT", guardrail)

    version = create(cloud, VERSION, {"guardrailArn": arn, "description": "first"})
    assert version.id == f"{arn},1"
    assert version.outputs["version"] == "1"
    imported(cloud, VERSION, version.id, version)
    version = update(cloud, VERSION, version, {"guardrailArn": arn, "description": "first", "skipDestroy": False})

    inputs = guardrail_inputs(tags={"b": "2"}, tagsAll={"b": "2"}, description="stricter")
    del inputs["wordPolicyConfig"]
    guardrail = update(cloud, GUARDRAIL, guardrail, inputs)
    assert "wordPolicyConfig" not in guardrail.outputs
    assert guardrail.outputs["tagsAll"] == {"b": "2"}
    delete(cloud, VERSION, version)
    delete(cloud, GUARDRAIL, guardrail)


def test_guardrail_drift_shows_and_is_mended(cloud: SandboxCloud) -> None:
    guardrail = create(cloud, GUARDRAIL, guardrail_inputs(name="drifting"))
    cloud.client("bedrock").update_guardrail(
        guardrailIdentifier=guardrail.id,
        name="drifting",
        blockedInputMessaging="Changed by hand.",
        blockedOutputsMessaging="Not that.",
        wordPolicyConfig={"wordsConfig": [{"text": "other"}]},
    )
    found = handler_for(GUARDRAIL).read(cloud, guardrail.id, guardrail.inputs)
    assert found is not None
    assert found.outputs["blockedInputMessaging"] == "Changed by hand."
    assert "topicPolicyConfig" not in found.outputs
    guardrail = update(cloud, GUARDRAIL, found, guardrail.inputs)
    assert guardrail.outputs["blockedInputMessaging"] == "Not here."
    delete(cloud, GUARDRAIL, guardrail)


@pytest.fixture
def knowledge_role(cloud: SandboxCloud) -> str:
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "bedrock.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
    allow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam = cloud.client("iam")
    role = iam.create_role(RoleName="knowledge", AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    iam.put_role_policy(RoleName="knowledge", PolicyName="all", PolicyDocument=json.dumps(allow))
    return role["Arn"]


def test_knowledge_base_and_data_source_live(cloud: SandboxCloud, knowledge_role: str) -> None:
    vectors = cloud.client("s3vectors")
    vectors.create_vector_bucket(vectorBucketName="knowledge-vectors")
    index_arn = vectors.create_index(
        vectorBucketName="knowledge-vectors",
        indexName="passages",
        dataType="float32",
        dimension=256,
        distanceMetric="cosine",
        metadataConfiguration={"nonFilterableMetadataKeys": ["AMAZON_BEDROCK_TEXT", "AMAZON_BEDROCK_METADATA"]},
    )["indexArn"]
    cloud.client("s3").create_bucket(
        Bucket="knowledge-docs", CreateBucketConfiguration={"LocationConstraint": cloud.region}
    )

    inputs = tagged(
        {
            "name": "handbook",
            "roleArn": knowledge_role,
            "knowledgeBaseConfiguration": {
                "type": "VECTOR",
                "vectorKnowledgeBaseConfiguration": {
                    "embeddingModelArn": EMBEDDING_MODEL,
                    "embeddingModelConfiguration": {
                        "bedrockEmbeddingModelConfiguration": {"dimensions": 256, "embeddingDataType": "FLOAT32"}
                    },
                },
            },
            "storageConfiguration": {"type": "S3_VECTORS", "s3VectorsConfiguration": {"indexArn": index_arn}},
            "tags": {"a": "1"},
        }
    )
    base = create(cloud, KNOWLEDGE_BASE, inputs)
    assert base.outputs["arn"] == f"arn:aws:bedrock:eu-central-1:{ACCOUNT}:knowledge-base/{base.id}"
    imported(cloud, KNOWLEDGE_BASE, base.id, base)

    source_inputs = {
        "name": "documents",
        "knowledgeBaseId": base.id,
        "dataDeletionPolicy": "RETAIN",
        "dataSourceConfiguration": {
            "type": "S3",
            "s3Configuration": {"bucketArn": "arn:aws:s3:::knowledge-docs", "inclusionPrefixes": ["docs/"]},
        },
        "vectorIngestionConfiguration": {
            "chunkingConfiguration": {
                "chunkingStrategy": "FIXED_SIZE",
                "fixedSizeChunkingConfiguration": {"maxTokens": 200, "overlapPercentage": 10},
            }
        },
    }
    source = create(cloud, DATA_SOURCE, source_inputs)
    assert source.id == f"{source.outputs['dataSourceId']},{base.id}"
    imported(cloud, DATA_SOURCE, source.id, source)
    source = update(cloud, DATA_SOURCE, source, {**source_inputs, "description": "the handbook"})

    base = update(cloud, KNOWLEDGE_BASE, base, {**inputs, "description": "the house", "tags": {}, "tagsAll": {}})
    assert base.outputs["tagsAll"] == {}
    delete(cloud, DATA_SOURCE, source)
    delete(cloud, KNOWLEDGE_BASE, base)
