"""What was added to moto's S3 Vectors: queries, filters, limits, the metadata configuration of an index."""

import math
from typing import Any

import pytest
from botocore.exceptions import ClientError
from own_cloud import OwnCloud, unique


def vector(key: str, *values: float, **metadata: Any) -> dict[str, Any]:
    return {"key": key, "data": {"float32": list(values)}, **({"metadata": metadata} if metadata else {})}


@pytest.fixture(scope="module")
def compass(own_cloud: OwnCloud) -> str:
    index = own_cloud.index(2)
    own_cloud.client("s3vectors").put_vectors(
        indexArn=index,
        vectors=[
            vector("north", 0, 1, colour="red", size=1),
            vector("east", 2, 0, colour="green", size=2),
            vector("south", 0, -3, colour="red"),
        ],
    )
    return index


def query(cloud: OwnCloud, index: str, *values: float, **more: Any) -> dict[str, Any]:
    asked = {"topK": 3, "returnDistance": True, **more}
    return cloud.client("s3vectors").query_vectors(indexArn=index, queryVector={"float32": list(values)}, **asked)


def test_cosine(own_cloud: OwnCloud, compass: str):
    answer = query(own_cloud, compass, 1, 1)
    assert answer["distanceMetric"] == "cosine"
    found = {each["key"]: each["distance"] for each in answer["vectors"]}
    assert found == pytest.approx(
        {"north": 1 - math.sqrt(0.5), "east": 1 - math.sqrt(0.5), "south": 1 + math.sqrt(0.5)}
    )
    assert query(own_cloud, compass, 0.1, 1, topK=1)["vectors"][0]["key"] == "north"


def test_euclidean(own_cloud: OwnCloud):
    index = own_cloud.index(2, "euclidean")
    own_cloud.client("s3vectors").put_vectors(indexArn=index, vectors=[vector("a", 3, 4), vector("b", 0, 1)])
    found = query(own_cloud, index, 0, 0)["vectors"]
    assert [(each["key"], each["distance"]) for each in found] == [("b", pytest.approx(1)), ("a", pytest.approx(5))]


@pytest.mark.parametrize(
    ("condition", "keys"),
    [
        ({"colour": "red"}, {"north", "south"}),
        ({"colour": {"$ne": "red"}}, {"east"}),
        ({"size": {"$gte": 1, "$lt": 2}}, {"north"}),
        ({"size": {"$exists": False}}, {"south"}),
        ({"$or": [{"colour": "green"}, {"size": {"$in": [1]}}]}, {"north", "east"}),
        ({"$and": [{"colour": "red"}, {"size": {"$exists": True}}]}, {"north"}),
        ({"colour": {"$nin": ["red"]}}, {"east"}),
    ],
)
def test_filter(own_cloud: OwnCloud, compass: str, condition: dict[str, Any], keys: set[str]):
    answer = query(own_cloud, compass, 1, 1, filter=condition, returnMetadata=True)
    assert {each["key"] for each in answer["vectors"]} == keys
    assert all("colour" in each["metadata"] for each in answer["vectors"])


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"filter": {"colour": {"$like": "r"}}}, "unknown operator"),
        ({"filter": {"AMAZON_BEDROCK_TEXT": "r"}}, "not filterable"),
        ({"filter": {"size": {"$gt": "big"}}}, "does not take"),
        ({"topK": 101}, "between 1 and 100"),
        ({"queryVector": {"float32": [1.0]}}, "must have length 2, but has length 1"),
    ],
)
def test_wrong_queries(own_cloud: OwnCloud, compass: str, asked: dict[str, Any], told: str):
    given = {"topK": 1, "queryVector": {"float32": [1.0, 1.0]}, **asked}
    with pytest.raises(ClientError, match=told) as refused:
        own_cloud.client("s3vectors").query_vectors(indexArn=compass, **given)
    assert refused.value.response["Error"]["Code"] == "ValidationException"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (vector("k", 1, 2, 3), "must have length 2, but has length 3"),
        (vector("k", 0, 0), "all zeros"),
        (vector("k", 1, 2, note="x" * 2048), "Filterable metadata must have at most 2048 bytes"),
        (vector("k", 1, 2, AMAZON_BEDROCK_TEXT="x" * 41000), "Metadata must have at most 40960 bytes"),
        (vector("k", 1, 2, **{f"m{n}": n for n in range(51)}), "at most 50 keys"),
    ],
)
def test_wrong_vectors_are_refused_by_key(own_cloud: OwnCloud, compass: str, wrong: dict[str, Any], told: str):
    with pytest.raises(ClientError, match=f"Invalid record for key 'k': .*{told}"):
        own_cloud.client("s3vectors").put_vectors(indexArn=compass, vectors=[wrong])


def test_text_may_be_long_where_it_is_not_filterable(own_cloud: OwnCloud):
    index = own_cloud.index(2)
    long = vector("k", 1, 2, AMAZON_BEDROCK_TEXT="x" * 30000)
    own_cloud.client("s3vectors").put_vectors(indexArn=index, vectors=[long])
    assert [each["key"] for each in query(own_cloud, index, 1, 2)["vectors"]] == ["k"]


def test_an_index_keeps_its_configuration(own_cloud: OwnCloud):
    vectors, bucket = own_cloud.client("s3vectors"), unique("vectors")
    assert vectors.create_vector_bucket(vectorBucketName=bucket)["vectorBucketArn"].endswith(f":bucket/{bucket}")
    given = {"vectorBucketName": bucket, "indexName": "one", "dataType": "float32", "distanceMetric": "cosine"}
    configuration = {"nonFilterableMetadataKeys": ["text"]}
    vectors.create_index(**given, dimension=4096, metadataConfiguration=configuration)
    found = vectors.get_index(vectorBucketName=bucket, indexName="one")["index"]
    assert found["metadataConfiguration"] == configuration
    assert found["encryptionConfiguration"] == {"sseType": "AES256"}
    assert found["creationTime"]
    with pytest.raises(vectors.exceptions.ConflictException):
        vectors.create_index(**given, dimension=4)
    with pytest.raises(ClientError, match="between 1 and 4096, inclusive"):
        vectors.create_index(**{**given, "indexName": "two"}, dimension=4097)


def test_a_role_needs_query_vectors(own_cloud: OwnCloud, compass: str):
    statement = {"Action": ["s3vectors:QueryVectors", "s3vectors:GetVectors"], "Resource": compass}
    allowed, other = own_cloud.role([statement]), own_cloud.role([{**statement, "Action": "s3vectors:GetVectors"}])
    asked = {"indexArn": compass, "topK": 1, "queryVector": {"float32": [1.0, 1.0]}}
    assert own_cloud.client("s3vectors", allowed).query_vectors(**asked)["vectors"]
    with pytest.raises(ClientError, match="s3vectors:QueryVectors"):
        own_cloud.client("s3vectors", other).query_vectors(**asked)


def test_a_search_that_tells_of_vectors_needs_get_vectors(own_cloud: OwnCloud, compass: str):
    may_search = own_cloud.role([{"Action": "s3vectors:QueryVectors", "Resource": compass}])
    vectors = own_cloud.client("s3vectors", may_search)
    asked = {"indexArn": compass, "topK": 1, "queryVector": {"float32": [1.0, 1.0]}}
    assert vectors.query_vectors(**asked)["vectors"]
    for more in ({"filter": {"colour": "red"}}, {"returnMetadata": True}):
        with pytest.raises(ClientError, match="s3vectors:GetVectors"):
            vectors.query_vectors(**asked, **more)


def test_an_index_with_a_customers_key_needs_it(own_cloud: OwnCloud):
    vectors, bucket = own_cloud.client("s3vectors"), unique("vectors")
    key = own_cloud.client("kms").create_key()["KeyMetadata"]["Arn"]
    encryption = {"sseType": "aws:kms", "kmsKeyArn": key}
    vectors.create_vector_bucket(vectorBucketName=bucket, encryptionConfiguration=encryption)
    given = {"vectorBucketName": bucket, "indexName": "one", "dataType": "float32", "distanceMetric": "cosine"}
    index = vectors.create_index(**given, dimension=2)["indexArn"]
    use = {"Action": ["s3vectors:PutVectors", "s3vectors:QueryVectors"], "Resource": index}
    decrypt = {"Action": "kms:Decrypt", "Resource": key}
    reader = own_cloud.client("s3vectors", own_cloud.role([use, decrypt]))
    with pytest.raises(ClientError, match="kms:GenerateDataKey"):
        reader.put_vectors(indexArn=index, vectors=[vector("a", 1, 1)])
    asked = {"indexArn": index, "topK": 1, "queryVector": {"float32": [1.0, 1.0]}}
    assert reader.query_vectors(**asked)["vectors"] == []
    with pytest.raises(ClientError, match="kms:Decrypt"):
        own_cloud.client("s3vectors", own_cloud.role([use])).query_vectors(**asked)
