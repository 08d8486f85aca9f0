"""The knowledge base over a search engine: it answers as the default one does, and is closed to all others."""

import json
from typing import Any

import pytest
from deployment import ACME, GLOBEX, Deployment

pytestmark = pytest.mark.xdist_group("fortified")

SUNDIAL = "What is the budget of project Sundial?"


def deployed(stack: Deployment, kind: str) -> list[Any]:
    """The outputs of all resources of a type."""
    state = json.loads(stack.pulumi("stack", "export"))
    return [each["outputs"] for each in state["deployment"]["resources"] if each["type"] == f"aws:opensearch/{kind}"]


def test_answers_are_drawn_from_the_tenants_own_documents(fortified: Deployment) -> None:
    answer = fortified.ask(SUNDIAL, GLOBEX)
    assert "12 million euros" in answer["choices"][0]["message"]["content"]
    assert "roadmap.md" in [source["document"] for source in answer["sources"]]
    other = fortified.ask(SUNDIAL, ACME)
    assert "12 million" not in other["choices"][0]["message"]["content"]
    assert "roadmap.md" not in [source["document"] for source in other["sources"]]


def test_the_knowledge_base_is_over_the_collection(fortified: Deployment) -> None:
    agent = fortified.aws("bedrock-agent")
    (listed,) = agent.list_knowledge_bases()["knowledgeBaseSummaries"]
    base = agent.get_knowledge_base(knowledgeBaseId=listed["knowledgeBaseId"])["knowledgeBase"]
    (collection,) = deployed(fortified, "serverlessCollection:ServerlessCollection")
    search = base["storageConfiguration"]["opensearchServerlessConfiguration"]
    assert search["collectionArn"] == collection["arn"]
    assert (collection["type"], collection["standbyReplicas"]) == ("VECTORSEARCH", "DISABLED")
    buckets = fortified.aws("s3vectors").list_vector_buckets()["vectorBuckets"]
    assert [each for each in buckets if "documents" in each["vectorBucketName"]] == []


def test_nobody_but_bedrock_and_the_deployer_is_let_in(fortified: Deployment) -> None:
    policies = deployed(fortified, "serverlessSecurityPolicy:ServerlessSecurityPolicy")
    by_type: Any = {each["type"]: json.loads(each["policy"]) for each in policies}
    assert [(each["AllowFromPublic"], each["SourceServices"]) for each in by_type["network"]] == [
        (False, ["bedrock.amazonaws.com"])
    ]
    assert by_type["encryption"]["AWSOwnedKey"] is False
    assert by_type["encryption"]["KmsARN"].startswith("arn:aws:kms:")
    (access,) = deployed(fortified, "serverlessAccessPolicy:ServerlessAccessPolicy")
    grants: Any = json.loads(access["policy"])
    agent: Any = fortified.aws("bedrock-agent")
    (listed,) = agent.list_knowledge_bases()["knowledgeBaseSummaries"]
    role = agent.get_knowledge_base(knowledgeBaseId=listed["knowledgeBaseId"])["knowledgeBase"]["roleArn"]
    deployer = fortified.aws("sts").get_caller_identity()["Arn"]
    assert [grant["Principal"] for grant in grants] == [[role], [deployer]]
    assert "*" not in json.dumps(grants)
