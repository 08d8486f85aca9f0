"""Retrieve: filters, tenants, limits and permissions."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from knowledge import Knowledge, made
from own_cloud import ACCOUNT, REGION, OwnCloud

DOCUMENTS: dict[str, dict[str, Any]] = {
    "acme.md": {"tenant": "acme", "year": 2024, "tags": ["price", "list"], "public": False},
    "globex.md": {"tenant": "globex", "year": 2025, "tags": ["list"], "public": False},
    "shared.md": {"tenant": "shared", "year": 2026, "tags": ["rules"], "public": True},
    "bare.md": {},
}


@pytest.fixture(scope="module")
def shelf(own_cloud: OwnCloud) -> Iterator[Knowledge]:
    knowledge = made(own_cloud)
    for key, metadata in DOCUMENTS.items():
        knowledge.put(key, f"The price list of {key} says that lamps cost 30 euros.", **metadata)
    assert knowledge.counts() == {"NewDocumentsIndexed": len(DOCUMENTS)}
    yield knowledge


def value(key: str, given: Any) -> dict[str, Any]:
    return {"key": key, "value": given}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"equals": value("tenant", "acme")}, {"acme.md"}),
        ({"notEquals": value("tenant", "acme")}, {"globex.md", "shared.md", "bare.md"}),
        ({"in": value("tenant", ["acme", "shared"])}, {"acme.md", "shared.md"}),
        ({"notIn": value("tenant", ["acme", "shared"])}, {"globex.md", "bare.md"}),
        ({"greaterThan": value("year", 2024)}, {"globex.md", "shared.md"}),
        ({"greaterThanOrEquals": value("year", 2025)}, {"globex.md", "shared.md"}),
        ({"lessThan": value("year", 2025)}, {"acme.md"}),
        ({"lessThanOrEquals": value("year", 2025)}, {"acme.md", "globex.md"}),
        ({"listContains": value("tags", "list")}, {"acme.md", "globex.md"}),
        ({"equals": value("public", True)}, {"shared.md"}),
        ({"equals": value("year", "2024")}, set[str]()),
        (
            {"orAll": [{"equals": value("tenant", "globex")}, {"equals": value("tenant", "shared")}]},
            {"globex.md", "shared.md"},
        ),
        ({"andAll": [{"greaterThan": value("year", 2024)}, {"equals": value("public", False)}]}, {"globex.md"}),
    ],
)
def test_filters(shelf: Knowledge, condition: dict[str, Any], expected: set[str]):
    assert set(shelf.documents("What do lamps cost?", filter=condition, numberOfResults=10)) == expected


def test_another_tenants_document_is_never_found(shelf: Knowledge):
    tenant = {"orAll": [{"equals": value("tenant", "acme")}, {"equals": value("tenant", "shared")}]}
    for question in ("What does the price list of globex.md say?", "globex", "lamps"):
        assert "globex.md" not in shelf.documents(question, filter=tenant, numberOfResults=100)


def test_number_of_results(shelf: Knowledge):
    assert len(shelf.retrieve("lamps", numberOfResults=2)) == 2
    scores = [each["score"] for each in shelf.retrieve("What does the price list of acme.md say?")]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize(
    ("search", "told"),
    [
        ({"filter": {"startsWith": value("tenant", "ac")}}, "startsWith is not supported"),
        ({"filter": {"equals": value("AMAZON_BEDROCK_TEXT", "x")}}, "not filterable"),
        ({"overrideSearchType": "HYBRID"}, "HYBRID"),
        ({"numberOfResults": 101}, "less than or equal to 100"),
    ],
)
def test_what_s3_vectors_cannot_search_is_refused(shelf: Knowledge, search: dict[str, Any], told: str):
    with pytest.raises(ClientError, match=told) as refused:
        shelf.retrieve("lamps", **search)
    assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_unknown_knowledge_base(own_cloud: OwnCloud):
    runtime = own_cloud.client("bedrock-agent-runtime")
    with pytest.raises(runtime.exceptions.ResourceNotFoundException):
        runtime.retrieve(knowledgeBaseId="ABCDEFGHIJ", retrievalQuery={"text": "x"})


def test_the_caller_needs_retrieve_on_this_knowledge_base(shelf: Knowledge):
    arn = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:knowledge-base/"
    allowed = shelf.cloud.role([{"Action": "bedrock:Retrieve", "Resource": arn + shelf.base_id}])
    elsewhere = shelf.cloud.role([{"Action": "bedrock:Retrieve", "Resource": arn + "ABCDEFGHIJ"}])
    assert shelf.retrieve("lamps", allowed)
    with pytest.raises(ClientError, match=f"bedrock:Retrieve on resource: {arn}{shelf.base_id}") as refused:
        shelf.retrieve("lamps", elsewhere)
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"


@pytest.mark.parametrize("action", ["bedrock:InvokeModel", "s3vectors:QueryVectors", "s3vectors:GetVectors"])
def test_the_knowledge_bases_own_role_is_asked_too(own_cloud: OwnCloud, action: str):
    knowledge = made(own_cloud)
    knowledge.put("a.txt", "Lamps cost 30 euros.")
    knowledge.ingest()
    knowledge.deny(action)
    with pytest.raises(ClientError, match=action) as refused:
        knowledge.retrieve("lamps")
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"


def test_faults_reach_retrieve(shelf: Knowledge):
    shelf.cloud.fault(target=shelf.base_id, kind="throttle")
    with pytest.raises(ClientError) as refused:
        shelf.retrieve("lamps")
    assert refused.value.response["Error"]["Code"] == "ThrottlingException"
    assert shelf.retrieve("lamps")
