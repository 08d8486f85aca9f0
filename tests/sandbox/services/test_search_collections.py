"""Knowledge bases over OpenSearch Serverless: what has to be there and allowed before one works."""

import json
import urllib.request
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import pytest
from botocore.exceptions import ClientError
from knowledge import REFUNDS, SHIPPING, Knowledge, prepared
from own_cloud import ACCOUNT, DIMENSION, REGION, OwnCloud, unique

DEPLOYER = f"arn:aws:sts::{ACCOUNT}:user/moto"
FIELDS = {"vectorField": "embedding", "textField": "text", "metadataField": "about"}


@dataclass
class Collection:
    """A collection with its policies, as the plugin records them."""

    cloud: OwnCloud
    name: str = field(default_factory=lambda: unique("c"))
    id: str = field(default_factory=lambda: unique("").strip("-"))

    @property
    def arn(self) -> str:
        return f"arn:aws:aoss:{REGION}:{ACCOUNT}:collection/{self.id}"

    def record(self, kind: str, key: str, outputs: dict[str, Any]) -> None:
        token = quote(f"aws:opensearch/{kind[0].lower()}{kind[1:]}:{kind}", safe="")
        url = f"{self.cloud.endpoint}/_sandbox/recorded/{token}/{quote(key, safe='')}"
        body = json.dumps({"inputs": {}, "outputs": outputs}).encode()
        urllib.request.urlopen(urllib.request.Request(url, body, method="PUT"), timeout=10).close()  # noqa: S310

    def deploy(self) -> None:
        self.record("ServerlessCollection", self.id, {"arn": self.arn, "name": self.name})

    def reachable(self, **policy: Any) -> None:
        rules = [{"ResourceType": "collection", "Resource": [f"collection/{self.name}"]}]
        text = json.dumps([{"Rules": rules, "AllowFromPublic": False, **policy}])
        self.record("ServerlessSecurityPolicy", f"network/{self.name}", {"type": "network", "policy": text})

    def grants(self, *grants: tuple[str, list[str]]) -> None:
        resource = [f"index/{self.name}/*"]
        policies = [
            {
                "Rules": [{"ResourceType": "index", "Resource": resource, "Permission": permissions}],
                "Principal": [principal],
            }
            for principal, permissions in grants
        ]
        self.record("ServerlessAccessPolicy", self.name, {"type": "data", "policy": json.dumps(policies)})

    def create_index(self, **vector: Any) -> None:
        field = {"type": "knn_vector", "dimension": DIMENSION, **vector}
        schema = {"settings": {"index": {"knn": True}}, "mappings": {"properties": {"embedding": field}}}
        client = self.cloud.client("opensearchserverless")
        client.create_index(id=self.id, indexName="documents", indexSchema=schema)

    @property
    def storage(self) -> dict[str, Any]:
        search = {"collectionArn": self.arn, "vectorIndexName": "documents", "fieldMapping": FIELDS}
        return {"type": "OPENSEARCH_SERVERLESS", "opensearchServerlessConfiguration": search}


@pytest.fixture
def knowledge(own_cloud: OwnCloud) -> Knowledge:
    return prepared(own_cloud)


@pytest.fixture
def collection(knowledge: Knowledge) -> Collection:
    """A collection that the knowledge base's role may use, with everything but an index."""
    made = Collection(knowledge.cloud)
    made.deploy()
    made.reachable(SourceServices=["bedrock.amazonaws.com"])
    made.grants((DEPLOYER, ["aoss:*"]), (knowledge.role, ["aoss:*"]))
    knowledge.cloud.allow(
        knowledge.role, [*knowledge.statements(), {"Action": "aoss:APIAccessAll", "Resource": made.arn}]
    )
    return made


def refusal(knowledge: Knowledge, collection: Collection) -> str:
    with pytest.raises(ClientError) as refused:
        knowledge.create(storageConfiguration=collection.storage)
    return str(refused.value)


def test_documents_are_found_and_leave_the_index_again(knowledge: Knowledge, collection: Collection):
    collection.create_index()
    knowledge.create(storageConfiguration=collection.storage)
    knowledge.add_source()
    knowledge.put("refunds.md", REFUNDS, tenant="a")
    knowledge.put("shipping.md", SHIPPING, tenant="b")
    assert knowledge.counts() == {"NewDocumentsIndexed": 2}
    assert knowledge.documents("When do express parcels arrive?")[0] == "shipping.md"
    only_a = {"equals": {"key": "tenant", "value": "a"}}
    assert knowledge.documents("When do express parcels arrive?", filter=only_a) == ["refunds.md"]
    knowledge.remove("shipping.md")
    assert knowledge.counts() == {"DocumentsDeleted": 1}
    assert knowledge.documents("When do express parcels arrive?") == ["refunds.md"]


def test_the_index_comes_before_the_knowledge_base(knowledge: Knowledge, collection: Collection):
    assert "no such index [documents]" in refusal(knowledge, collection)


def test_vectors_of_another_size_are_refused(knowledge: Knowledge, collection: Collection):
    collection.create_index(dimension=8)
    assert "vector must have length 8" in refusal(knowledge, collection)


def test_each_of_the_policies_is_needed(knowledge: Knowledge, collection: Collection):
    collection.create_index()
    collection.reachable()
    assert "no network policy lets bedrock.amazonaws.com into" in refusal(knowledge, collection)
    collection.reachable(SourceServices=["bedrock.amazonaws.com"])
    collection.grants((DEPLOYER, ["aoss:*"]), (knowledge.role, ["aoss:ReadDocument"]))
    assert "no data access policy lets" in refusal(knowledge, collection)
    collection.grants((DEPLOYER, ["aoss:*"]), (knowledge.role, ["aoss:*"]))
    knowledge.cloud.allow(knowledge.role, knowledge.statements())
    assert "aoss:APIAccessAll" in refusal(knowledge, collection)


def test_a_role_that_may_only_read_ingests_nothing(knowledge: Knowledge, collection: Collection):
    collection.create_index()
    collection.grants((DEPLOYER, ["aoss:*"]), (knowledge.role, ["aoss:DescribeIndex", "aoss:ReadDocument"]))
    knowledge.create(storageConfiguration=collection.storage)
    knowledge.add_source()
    knowledge.put("refunds.md", REFUNDS)
    job = knowledge.ingest()
    assert job["status"] == "FAILED"
    assert "aoss:WriteDocument" in job["failureReasons"][0]
    assert "Amazon OpenSearch Serverless" in job["failureReasons"][0]


def test_an_index_is_made_by_whom_the_policy_names_and_once(own_cloud: OwnCloud):
    collection = Collection(own_cloud)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        collection.create_index()
    collection.deploy()
    with pytest.raises(ClientError, match="AccessDeniedException"):
        collection.create_index()
    collection.grants((DEPLOYER, ["aoss:CreateIndex", "aoss:DescribeIndex", "aoss:DeleteIndex"]))
    collection.create_index()
    with pytest.raises(ClientError, match="ConflictException"):
        collection.create_index()
    client = own_cloud.client("opensearchserverless")
    found = client.get_index(id=collection.id, indexName="documents")["indexSchema"]
    assert found["mappings"]["properties"]["embedding"]["dimension"] == DIMENSION
    client.delete_index(id=collection.id, indexName="documents")
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        client.get_index(id=collection.id, indexName="documents")


def test_an_index_of_vectors_needs_its_settings(knowledge: Knowledge, collection: Collection):
    client = knowledge.cloud.client("opensearchserverless")
    schema = {"mappings": {"properties": {"embedding": {"type": "knn_vector", "dimension": 4}}}}
    with pytest.raises(ClientError, match=r"index\.knn"):
        client.create_index(id=collection.id, indexName="documents", indexSchema=schema)
    with pytest.raises(ClientError, match="lowercase"):
        client.create_index(id=collection.id, indexName="Documents")
