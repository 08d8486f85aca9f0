"""Ingestion jobs: what they read, count, skip, remove and refuse."""

import pytest
from botocore.exceptions import ClientError
from knowledge import REFUNDS, SHIPPING, Knowledge, made
from own_cloud import OwnCloud


@pytest.fixture
def knowledge(own_cloud: OwnCloud) -> Knowledge:
    return made(own_cloud)


def test_documents_are_found_after_ingestion(knowledge: Knowledge):
    knowledge.put("refunds.md", REFUNDS)
    knowledge.put("shipping.md", SHIPPING)
    assert knowledge.counts() == {"NewDocumentsIndexed": 2}
    assert knowledge.documents("How long may I return an item?")[0] == "refunds.md"
    assert knowledge.documents("When do express parcels arrive?")[0] == "shipping.md"
    best = knowledge.retrieve("When do express parcels arrive?", numberOfResults=1)
    assert [each["content"] for each in best] == [{"text": SHIPPING.strip(), "type": "TEXT"}]
    assert 0 < best[0]["score"] <= 1
    assert best[0]["metadata"]["x-amz-bedrock-kb-source-uri"] == f"s3://{knowledge.bucket}/shipping.md"


def test_only_what_changed_is_ingested_again(knowledge: Knowledge):
    knowledge.put("refunds.md", REFUNDS, topic="returns")
    knowledge.put("shipping.md", SHIPPING)
    assert knowledge.counts() == {"NewDocumentsIndexed": 2}
    assert knowledge.counts() == {}
    knowledge.put("shipping.md", "Nothing is shipped on public holidays.")
    assert knowledge.counts() == {"ModifiedDocumentsIndexed": 1}
    texts = [each["content"]["text"] for each in knowledge.retrieve("Is anything shipped on holidays?")]
    assert texts[0] == "Nothing is shipped on public holidays."
    assert SHIPPING.strip() not in texts
    knowledge.put("refunds.md", REFUNDS, topic="money")
    assert knowledge.counts() == {"MetadataDocumentsModified": 1}
    assert [each["metadata"]["topic"] for each in knowledge.retrieve("refunds", numberOfResults=1)] == ["money"]


def test_deleted_documents_leave_the_index(knowledge: Knowledge):
    knowledge.put("refunds.md", REFUNDS)
    knowledge.put("shipping.md", SHIPPING)
    knowledge.ingest()
    knowledge.remove("refunds.md")
    assert knowledge.counts() == {"DocumentsDeleted": 1}
    assert knowledge.documents("How long may I return an item?") == ["shipping.md"]
    left = knowledge.cloud.client("s3vectors").list_vectors(indexArn=knowledge.index)["vectors"]
    assert len(left) == 1


def test_unreadable_documents_are_counted_and_named(knowledge: Knowledge):
    knowledge.put("refunds.md", REFUNDS)
    knowledge.put("scan.pdf", b"%PDF-1.7")
    knowledge.put("broken.json", "{")
    knowledge.put("latin.txt", "caf\xe9".encode("latin-1"))
    job = knowledge.ingest()
    assert job["status"] == "COMPLETE"
    assert job["statistics"]["numberOfDocumentsScanned"] == 4
    assert job["statistics"]["numberOfDocumentsFailed"] == 3
    for key in ("scan.pdf", "broken.json", "latin.txt"):
        assert any(f"s3://{knowledge.bucket}/{key}" in reason for reason in job["failureReasons"]), key


def test_a_broken_sidecar_fails_its_document(knowledge: Knowledge):
    knowledge.put("refunds.md", REFUNDS)
    knowledge.put("refunds.md.metadata.json", '{"tenant": "a"}')
    job = knowledge.ingest()
    assert job["status"] == "FAILED"
    assert "metadataAttributes" in job["failureReasons"][0]
    assert knowledge.retrieve("refunds") == []


def test_html_csv_and_json_become_text(knowledge: Knowledge):
    knowledge.put(
        "a.html", "<html><head><title>no</title></head><body><h1>Opening</h1><p>Open on Sunday.</p></body></html>"
    )
    knowledge.put("b.csv", "product,price\nlamp,30 euros\n")
    knowledge.put("c.json", '{"office": {"city": "Lisbon"}}')
    assert knowledge.counts() == {"NewDocumentsIndexed": 3}
    texts = {each["content"]["text"] for each in knowledge.retrieve("office city product Sunday", numberOfResults=9)}
    assert texts == {
        "# Opening\n\nOpen on Sunday.",
        "product, price\nproduct: lamp; price: 30 euros.",
        "office.city: Lisbon",
    }


def test_inclusion_prefix_limits_what_is_read(own_cloud: OwnCloud):
    knowledge = made(own_cloud)
    bucket = {"bucketArn": f"arn:aws:s3:::{knowledge.bucket}", "inclusionPrefixes": ["public/"]}
    knowledge.add_source(dataSourceConfiguration={"type": "S3", "s3Configuration": bucket})
    knowledge.put("public/refunds.md", REFUNDS)
    knowledge.put("private/shipping.md", SHIPPING)
    assert knowledge.counts() == {"NewDocumentsIndexed": 1}
    assert knowledge.documents("express parcels") == ["public/refunds.md"]


@pytest.mark.parametrize(
    ("chunking", "count"),
    [
        ({"chunkingStrategy": "NONE"}, 1),
        (
            {
                "chunkingStrategy": "FIXED_SIZE",
                "fixedSizeChunkingConfiguration": {"maxTokens": 20, "overlapPercentage": 10},
            },
            10,
        ),
        (
            {
                "chunkingStrategy": "HIERARCHICAL",
                "hierarchicalChunkingConfiguration": {
                    "levelConfigurations": [{"maxTokens": 60}, {"maxTokens": 20}],
                    "overlapTokens": 1,
                },
            },
            10,
        ),
    ],
)
def test_chunking(own_cloud: OwnCloud, chunking: dict[str, object], count: int):
    knowledge = made(own_cloud, vectorIngestionConfiguration={"chunkingConfiguration": chunking})
    knowledge.put(
        "rules.txt", " ".join(f"Rule {n} is about the matter of subject number {n} alone." for n in range(10))
    )
    knowledge.ingest()
    assert len(knowledge.cloud.client("s3vectors").list_vectors(indexArn=knowledge.index)["vectors"]) == count


def test_of_a_parent_chunk_the_child_is_found_and_the_whole_is_given_once(own_cloud: OwnCloud):
    levels = {"levelConfigurations": [{"maxTokens": 60}, {"maxTokens": 20}], "overlapTokens": 1}
    chunking = {"chunkingStrategy": "HIERARCHICAL", "hierarchicalChunkingConfiguration": levels}
    knowledge = made(own_cloud, vectorIngestionConfiguration={"chunkingConfiguration": chunking})
    knowledge.put("rules.txt", " ".join(f"Rule {n} is about the matter of subject {n} alone." for n in range(10)))
    knowledge.ingest()
    found = [each["content"]["text"] for each in knowledge.retrieve("Rule 4 and subject 4", numberOfResults=10)]
    assert "Rule 4 " in found[0]
    assert found[0].count("Rule") > 1
    assert len(found) == len(set(found)) < 10


def test_chunks_by_meaning_end_where_the_subject_changes(own_cloud: OwnCloud):
    settings = {"maxTokens": 300, "bufferSize": 0, "breakpointPercentileThreshold": 70}
    chunking = {"chunkingStrategy": "SEMANTIC", "semanticChunkingConfiguration": settings}
    knowledge = made(own_cloud, vectorIngestionConfiguration={"chunkingConfiguration": chunking})
    laptops = "A lost laptop is reported at once. A lost laptop is replaced within a week."
    meals = "Meals of a journey are paid up to 40 euros. Meals of guests are paid in full."
    knowledge.put("rules.txt", f"{laptops} {meals}")
    knowledge.ingest()
    found = {each["content"]["text"] for each in knowledge.retrieve("laptop meals", numberOfResults=10)}
    assert found == {laptops, meals}


@pytest.mark.parametrize(
    ("action", "told"),
    [
        ("s3:ListBucket", "Call to Amazon S3 Source did not succeed."),
        ("s3:GetObject", "Call to Amazon S3 Source did not succeed."),
        ("s3vectors:PutVectors", "not authorized to perform: s3vectors:PutVectors"),
    ],
)
def test_the_role_must_be_allowed_to_read_and_store(knowledge: Knowledge, action: str, told: str):
    knowledge.put("refunds.md", REFUNDS)
    knowledge.deny(action)
    job = knowledge.ingest()
    assert job["status"] == "FAILED"
    assert told in job["failureReasons"][0]
    assert "Status Code: 403" in job["failureReasons"][0]


def test_the_role_must_be_allowed_to_remove(knowledge: Knowledge):
    knowledge.put("refunds.md", REFUNDS)
    knowledge.ingest()
    knowledge.deny("s3vectors:DeleteVectors")
    knowledge.remove("refunds.md")
    job = knowledge.ingest()
    assert job["status"] == "FAILED"
    assert "not authorized to perform: s3vectors:DeleteVectors" in job["failureReasons"][0]
    # Allowed again, the next run does what the failed one left.
    knowledge.cloud.allow(knowledge.role, knowledge.statements())
    assert knowledge.counts() == {"DocumentsDeleted": 1}


def test_a_job_does_not_start_without_the_model(knowledge: Knowledge):
    knowledge.deny("bedrock:InvokeModel")
    with pytest.raises(ClientError, match="is not able to call specified embedding model"):
        knowledge.ingest()


def test_too_much_filterable_metadata_fails_the_document(knowledge: Knowledge):
    knowledge.put("long.txt", REFUNDS, note="x" * 2100)
    job = knowledge.ingest()
    assert job["status"] == "FAILED"
    assert "Filterable metadata must have at most 2048 bytes" in job["failureReasons"][0]


def test_jobs_are_listed_newest_first(knowledge: Knowledge):
    first, second = knowledge.ingest()["ingestionJobId"], knowledge.ingest()["ingestionJobId"]
    listed = knowledge.cloud.client("bedrock-agent").list_ingestion_jobs(**knowledge.source)["ingestionJobSummaries"]
    assert [job["ingestionJobId"] for job in listed] == [second, first]


def test_deleting_the_data_source_deletes_its_vectors(knowledge: Knowledge):
    knowledge.put("refunds.md", REFUNDS)
    knowledge.ingest()
    agent = knowledge.cloud.client("bedrock-agent")
    knowledge.deny("s3vectors:DeleteVectors")
    agent.delete_data_source(**knowledge.source)
    stuck = agent.get_data_source(**knowledge.source)["dataSource"]
    assert stuck["status"] == "DELETE_UNSUCCESSFUL"
    assert "s3vectors:DeleteVectors" in stuck["failureReasons"][0]
    knowledge.cloud.allow(knowledge.role, knowledge.statements())
    agent.delete_data_source(**knowledge.source)
    with pytest.raises(agent.exceptions.ResourceNotFoundException):
        agent.get_data_source(**knowledge.source)
    assert knowledge.cloud.client("s3vectors").list_vectors(indexArn=knowledge.index)["vectors"] == []


def test_a_retained_data_source_goes_without_the_role(own_cloud: OwnCloud):
    knowledge = made(own_cloud, dataDeletionPolicy="RETAIN")
    knowledge.put("refunds.md", REFUNDS)
    knowledge.ingest()
    knowledge.cloud.allow(knowledge.role, [])
    agent = knowledge.cloud.client("bedrock-agent")
    agent.delete_data_source(**knowledge.source)
    with pytest.raises(agent.exceptions.ResourceNotFoundException):
        agent.get_data_source(**knowledge.source)
    assert len(knowledge.cloud.client("s3vectors").list_vectors(indexArn=knowledge.index)["vectors"]) == 1
