"""Buckets, their settings and objects, and vector indexes."""

import json

import pytest
from botocore.exceptions import ClientError
from sandbox_cloud import SandboxCloud, create, delete, imported, tagged, update

from pulumi_sandbox.plugin.assets import Asset
from pulumi_sandbox.plugin.handlers import handler_for

BUCKET = "aws:s3/bucket:Bucket"
OBJECT = "aws:s3/bucketObjectv2:BucketObjectv2"
PUBLIC_ACCESS = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
POLICY = "aws:s3/bucketPolicy:BucketPolicy"
OWNERSHIP = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
CORS = "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration"
VECTOR_BUCKET = "aws:s3/vectorsVectorBucket:VectorsVectorBucket"
VECTOR_INDEX = "aws:s3/vectorsIndex:VectorsIndex"


def test_bucket_lives(cloud: SandboxCloud) -> None:
    bucket = create(cloud, BUCKET, tagged({"bucket": "documents-1", "tags": {"a": "1"}}))
    assert bucket.id == "documents-1"
    assert bucket.outputs["arn"] == "arn:aws:s3:::documents-1"
    assert bucket.outputs["bucketRegionalDomainName"] == "documents-1.s3.eu-central-1.amazonaws.com"
    imported(cloud, BUCKET, "documents-1", bucket)
    bucket = update(cloud, BUCKET, bucket, tagged({"bucket": "documents-1", "tags": {"b": "2"}}))
    assert bucket.outputs["tagsAll"] == {"b": "2"}
    cloud.client("s3").put_object(Bucket="documents-1", Key="a", Body=b"1")
    with pytest.raises(ClientError, match="BucketNotEmpty"):
        handler_for(BUCKET).delete(cloud, bucket)
    bucket = update(cloud, BUCKET, bucket, tagged({"bucket": "documents-1", "forceDestroy": True}))
    delete(cloud, BUCKET, bucket)


def test_a_setting_with_its_own_resource_is_refused_inline(cloud: SandboxCloud) -> None:
    with pytest.raises(ValueError, match=r"corsRules.*BucketCorsConfiguration"):
        handler_for(BUCKET).create(cloud, tagged({"bucket": "cors-1", "corsRules": [{"allowedMethods": ["GET"]}]}))


SETTINGS = {
    PUBLIC_ACCESS: (
        {"blockPublicAcls": True, "blockPublicPolicy": True, "ignorePublicAcls": True, "restrictPublicBuckets": True},
        {"blockPublicAcls": True, "restrictPublicBuckets": False},
    ),
    ENCRYPTION: (
        {"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]},
        {
            "rules": [
                {
                    "applyServerSideEncryptionByDefault": {
                        "sseAlgorithm": "aws:kms",
                        "kmsMasterKeyId": "arn:aws:kms:eu-central-1:123456789012:key/k",
                    },
                    "bucketKeyEnabled": True,
                }
            ]
        },
    ),
    OWNERSHIP: (
        {"rule": {"objectOwnership": "BucketOwnerEnforced"}},
        {"rule": {"objectOwnership": "BucketOwnerPreferred"}},
    ),
    POLICY: (
        {"policy": json.dumps({"Version": "2012-10-17", "Statement": [{"Sid": "One", "Effect": "Deny"}]})},
        {"policy": json.dumps({"Version": "2012-10-17", "Statement": [{"Sid": "Two", "Effect": "Deny"}]}, indent=2)},
    ),
    LIFECYCLE: (
        {"rules": [{"id": "old", "status": "Enabled", "expiration": {"days": 30}, "filter": {"prefix": "tmp/"}}]},
        {
            "rules": [
                {
                    "id": "parts",
                    "status": "Enabled",
                    "abortIncompleteMultipartUpload": {"daysAfterInitiation": 3},
                },
                {
                    "id": "versions",
                    "status": "Disabled",
                    "filter": {"and": {"prefix": "a/", "tags": {"k": "v", "l": "w"}}},
                    "noncurrentVersionExpiration": {"noncurrentDays": 7},
                    "transitions": [{"days": 40, "storageClass": "GLACIER"}],
                },
            ]
        },
    ),
    CORS: (
        {"corsRules": [{"allowedMethods": ["GET"], "allowedOrigins": ["*"], "maxAgeSeconds": 30}]},
        {"corsRules": [{"allowedMethods": ["PUT", "GET"], "allowedOrigins": ["https://a.example"]}]},
    ),
}


@pytest.mark.parametrize("token", SETTINGS)
def test_bucket_setting_lives(cloud: SandboxCloud, token: str) -> None:
    name = token.rpartition(":")[2].lower()[:50]
    cloud.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": cloud.region})
    first, second = SETTINGS[token]
    setting = create(cloud, token, {"bucket": name, **first})
    assert setting.id == name
    imported(cloud, token, name, setting)
    setting = update(cloud, token, setting, {"bucket": name, **second})
    delete(cloud, token, setting)
    cloud.client("s3").delete_bucket(Bucket=name)
    assert handler_for(token).read(cloud, name, {"bucket": name, **first}) is None


def test_versioning_lives(cloud: SandboxCloud) -> None:
    cloud.client("s3").create_bucket(
        Bucket="versions-1", CreateBucketConfiguration={"LocationConstraint": cloud.region}
    )

    def inputs(status: str) -> dict[str, object]:
        return {"bucket": "versions-1", "versioningConfiguration": {"status": status}}

    setting = create(cloud, VERSIONING, inputs("Enabled"))
    imported(cloud, VERSIONING, "versions-1", setting)
    with pytest.raises(ValueError, match="Suspended"):
        update(cloud, VERSIONING, setting, inputs("Disabled"))
    setting = update(cloud, VERSIONING, setting, inputs("Suspended"))
    handler_for(VERSIONING).delete(cloud, setting)
    cloud.client("s3").delete_bucket(Bucket="versions-1")
    assert handler_for(VERSIONING).read(cloud, "versions-1", inputs("Enabled")) is None


def test_object_lives(cloud: SandboxCloud) -> None:
    client = cloud.client("s3")
    client.create_bucket(Bucket="objects-1", CreateBucketConfiguration={"LocationConstraint": cloud.region})
    client.put_bucket_versioning(Bucket="objects-1", VersioningConfiguration={"Status": "Enabled"})
    source = Asset(text="hello", hash="1")
    inputs = tagged(
        {
            "bucket": "objects-1",
            "key": "docs/a.md",
            "source": source,
            "contentType": "text/markdown",
            "metadata": {"tenant": "t1"},
            "tags": {"a": "1"},
        }
    )
    item = create(cloud, OBJECT, inputs)
    assert item.id == "objects-1/docs/a.md"
    assert item.outputs["etag"] == "5d41402abc4b2a76b9719d911017c592"
    first_version = item.outputs["versionId"]
    imported(cloud, OBJECT, "objects-1/docs/a.md", item)
    item = update(cloud, OBJECT, item, {**inputs, "source": Asset(text="hello again", hash="2")})
    assert item.outputs["versionId"] != first_version
    assert client.get_object(Bucket="objects-1", Key="docs/a.md")["Body"].read() == b"hello again"
    second_version = item.outputs["versionId"]
    item = update(cloud, OBJECT, item, {**item.inputs, "tags": {"b": "2"}, "tagsAll": {"b": "2"}})
    assert item.outputs["versionId"] == second_version
    delete(cloud, OBJECT, item)
    assert not client.list_object_versions(Bucket="objects-1").get("Versions")


def test_vector_bucket_and_index_live(cloud: SandboxCloud) -> None:
    bucket = create(cloud, VECTOR_BUCKET, tagged({"vectorBucketName": "vectors-1", "tags": {"a": "1"}}))
    assert bucket.outputs["vectorBucketArn"] == "arn:aws:s3vectors:eu-central-1:123456789012:bucket/vectors-1"
    imported(cloud, VECTOR_BUCKET, bucket.id, bucket)
    inputs = tagged(
        {
            "vectorBucketName": "vectors-1",
            "indexName": "passages",
            "dataType": "float32",
            "dimension": 256,
            "distanceMetric": "cosine",
            "metadataConfiguration": {"nonFilterableMetadataKeys": ["AMAZON_BEDROCK_TEXT"]},
            "tags": {"a": "1"},
        }
    )
    index = create(cloud, VECTOR_INDEX, inputs)
    assert index.outputs["indexArn"] == f"{bucket.id}/index/passages"
    imported(cloud, VECTOR_INDEX, index.id, index)
    index = update(cloud, VECTOR_INDEX, index, {**inputs, "tags": {"b": "2"}, "tagsAll": {"b": "2"}})
    with pytest.raises(ClientError, match="Conflict"):
        handler_for(VECTOR_BUCKET).delete(cloud, bucket)
    delete(cloud, VECTOR_INDEX, index)
    delete(cloud, VECTOR_BUCKET, bucket)
