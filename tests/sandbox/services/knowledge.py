"""A knowledge base in a running sandbox, over a bucket that the test fills."""

import json
import time
from dataclasses import dataclass
from typing import Any

from own_cloud import DIMENSION, EMBEDDING_MODEL, OwnCloud, unique

REFUNDS = "# Refunds\nCustomers may return an item within 30 days of delivery. Refunds are paid to the original card.\n"
SHIPPING = "# Shipping\nExpress parcels arrive on the next working day. Standard shipping is free above 50 euros.\n"


@dataclass
class Knowledge:
    """One knowledge base with one data source."""

    cloud: OwnCloud
    bucket: str
    role: str
    index: str
    base_id: str = ""
    source_id: str = ""

    def statements(self) -> list[dict[str, Any]]:
        """Return all that the role needs."""
        return [
            {"Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{self.bucket}"},
            {"Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{self.bucket}/*"},
            {"Action": "bedrock:InvokeModel", "Resource": EMBEDDING_MODEL},
            *({"Action": f"s3vectors:{name}", "Resource": self.index} for name in _VECTOR_ACTIONS),
        ]

    def deny(self, action: str) -> None:
        """Take one action off the role."""
        self.cloud.allow(self.role, [each for each in self.statements() if each["Action"] != action])

    def create(self, **more: Any) -> dict[str, Any]:
        """Create the knowledge base."""
        created = self.cloud.client("bedrock-agent").create_knowledge_base(**{**self.request(), **more})
        self.base_id = created["knowledgeBase"]["knowledgeBaseId"]
        return created["knowledgeBase"]

    def request(self) -> dict[str, Any]:
        model = {"dimensions": DIMENSION, "embeddingDataType": "FLOAT32"}
        return {
            "name": unique("base"),
            "roleArn": self.role,
            "knowledgeBaseConfiguration": {
                "type": "VECTOR",
                "vectorKnowledgeBaseConfiguration": {
                    "embeddingModelArn": EMBEDDING_MODEL,
                    "embeddingModelConfiguration": {"bedrockEmbeddingModelConfiguration": model},
                },
            },
            "storageConfiguration": {"type": "S3_VECTORS", "s3VectorsConfiguration": {"indexArn": self.index}},
        }

    def add_source(self, **more: Any) -> dict[str, Any]:
        """Create the data source."""
        bucket = {"bucketArn": f"arn:aws:s3:::{self.bucket}"}
        created = self.cloud.client("bedrock-agent").create_data_source(
            knowledgeBaseId=self.base_id,
            name=unique("source"),
            **{"dataSourceConfiguration": {"type": "S3", "s3Configuration": bucket}, **more},
        )["dataSource"]
        self.source_id = created["dataSourceId"]
        return created

    def put(self, key: str, text: str | bytes, **metadata: Any) -> None:
        """Put a document into the bucket, with a sidecar file if there is metadata."""
        s3 = self.cloud.client("s3")
        s3.put_object(Bucket=self.bucket, Key=key, Body=text)
        if metadata:
            sidecar = json.dumps({"metadataAttributes": metadata})
            s3.put_object(Bucket=self.bucket, Key=f"{key}.metadata.json", Body=sidecar)

    def remove(self, key: str) -> None:
        self.cloud.client("s3").delete_object(Bucket=self.bucket, Key=key)

    @property
    def source(self) -> dict[str, str]:
        return {"knowledgeBaseId": self.base_id, "dataSourceId": self.source_id}

    def ingest(self) -> dict[str, Any]:
        """Run an ingestion job to its end and return it."""
        agent = self.cloud.client("bedrock-agent")
        job = agent.start_ingestion_job(**self.source)["ingestionJob"]
        deadline = time.monotonic() + 30
        while job["status"] in {"STARTING", "IN_PROGRESS", "STOPPING"}:
            assert time.monotonic() < deadline, job
            time.sleep(0.05)
            job = agent.get_ingestion_job(**self.source, ingestionJobId=job["ingestionJobId"])["ingestionJob"]
        return job

    def counts(self) -> dict[str, int]:
        """Run an ingestion job and return those of its counts that are not zero, without what was scanned."""
        job = self.ingest()
        assert job["status"] == "COMPLETE", job
        return {
            name.removeprefix("numberOf"): count
            for name, count in job["statistics"].items()
            if count and "Scanned" not in name
        }

    def retrieve(self, text: str, role: str | None = None, **search: Any) -> list[dict[str, Any]]:
        """Return the passages for a question."""
        given = {"retrievalConfiguration": {"vectorSearchConfiguration": search}} if search else {}
        found = self.cloud.client("bedrock-agent-runtime", role).retrieve(
            knowledgeBaseId=self.base_id, retrievalQuery={"text": text}, **given
        )
        return found["retrievalResults"]

    def documents(self, text: str, **search: Any) -> list[str]:
        """Return the keys of the documents that a question finds, the best first, each once."""
        uris = (each["location"]["s3Location"]["uri"] for each in self.retrieve(text, **search))
        return list(dict.fromkeys(uri.removeprefix(f"s3://{self.bucket}/") for uri in uris))


_VECTOR_ACTIONS = ("GetIndex", "PutVectors", "GetVectors", "QueryVectors", "DeleteVectors")


def prepared(cloud: OwnCloud) -> Knowledge:
    """Return a bucket, an index and a role, without a knowledge base yet."""
    bucket = unique("documents")
    cloud.client("s3").create_bucket(Bucket=bucket)
    knowledge = Knowledge(cloud, bucket, "", cloud.index())
    knowledge.role = cloud.role(knowledge.statements())
    return knowledge


def made(cloud: OwnCloud, **source: Any) -> Knowledge:
    """Return a knowledge base with a data source and nothing ingested."""
    knowledge = prepared(cloud)
    knowledge.create()
    knowledge.add_source(**source)
    return knowledge
