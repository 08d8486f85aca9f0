"""Objects in S3 buckets that a program declares, e.g. documents and pages."""

import base64
from pathlib import Path
from typing import Any

from pulumi_sandbox.aws.handlers import shapes, state, tags
from pulumi_sandbox.aws.handlers.presence import found, remove
from pulumi_sandbox.plugin.handler import Cloud, Handler, Properties, Resource

TOKENS = ("aws:s3/bucketObjectv2:BucketObjectv2", "aws:s3/bucketObject:BucketObject")

_RENAMES = {
    "kmsKeyId": "SSEKMSKeyId",
    "websiteRedirect": "WebsiteRedirectLocation",
    "etag": "ETag",
    "tags": "",
    "content": "",
    "source": "",
    "checksumCrc32": "ChecksumCRC32",
    "checksumCrc32c": "ChecksumCRC32C",
    "checksumCrc64nvme": "ChecksumCRC64NVME",
}
_HEADERS = (
    "bucketKeyEnabled",
    "cacheControl",
    "checksumAlgorithm",
    "contentDisposition",
    "contentEncoding",
    "contentLanguage",
    "contentType",
    "kmsKeyId",
    "metadata",
    "objectLockLegalHoldStatus",
    "objectLockMode",
    "objectLockRetainUntilDate",
    "serverSideEncryption",
    "storageClass",
    "websiteRedirect",
)
_CONTENT = ("content", "contentBase64", "source", "sourceHash", "etag", *_HEADERS)
# The API does not tell them; the content itself is compared by the hash in the state.
_UNREADABLE = (
    "acl",
    "checksumAlgorithm",
    "content",
    "contentBase64",
    "forceDestroy",
    "overrideProvider",
    "source",
    "sourceHash",
)


def _body(inputs: Properties) -> bytes:
    if inputs.get("contentBase64"):
        return base64.b64decode(inputs["contentBase64"])
    source = inputs.get("source")
    if source is None:
        return (inputs.get("content") or "").encode()
    return Path(source).read_bytes() if isinstance(source, str) else source.bytes()


def _upload(client: Any, inputs: Properties) -> None:
    given = {name: inputs[name] for name in (*_HEADERS, "acl") if inputs.get(name) is not None}
    arguments = shapes.arguments(client, "put_object", given, _RENAMES)
    client.put_object(**arguments, Bucket=inputs["bucket"], Key=_key(inputs), Body=_body(inputs))


def _key(inputs: Properties) -> str:
    # The provider takes leading slashes away, as the SDK that it was first written on did.
    return inputs["key"].removeprefix("./").lstrip("/")


def _retag(client: Any, inputs: Properties) -> None:
    place = {"Bucket": inputs["bucket"], "Key": _key(inputs)}
    if inputs.get("tagsAll"):
        client.put_object_tagging(**place, Tagging={"TagSet": tags.pairs(inputs["tagsAll"])})
    else:
        remove(client.delete_object_tagging, **place)


def _handler(token: str) -> Handler:
    def read(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
        client = cloud.client("s3")
        given_bucket, _, given_key = resource_id.removeprefix("s3://").partition("/")
        bucket, key = (inputs["bucket"], _key(inputs)) if inputs else (given_bucket, given_key)
        answer = found(client.head_object, Bucket=bucket, Key=key)
        if answer is None:
            return None
        own_tags = client.get_object_tagging(Bucket=bucket, Key=key).get("TagSet")
        values: Properties = {
            "storageClass": "STANDARD",
            "serverSideEncryption": "AES256",
            "bucketKeyEnabled": False,
            **shapes.properties(token, answer, _RENAMES),
            "bucket": bucket,
            "key": inputs.get("key", key),
            "arn": f"arn:{cloud.partition}:s3:::{bucket}/{key}",
            "etag": answer["ETag"].strip('"'),
            "versionId": answer.get("VersionId", ""),
            **tags.outputs(inputs, tags.from_pairs(own_tags)),
        }
        outputs = state.describe(cloud, token, inputs, values, unreadable=_UNREADABLE)
        return state.resource(token, f"{bucket}/{key}", inputs, outputs, ("etag",))

    def create(cloud: Cloud, inputs: Properties) -> Resource:
        client = cloud.client("s3")
        _upload(client, inputs)
        resource_id = f"{inputs['bucket']}/{_key(inputs)}"
        return state.finish(cloud, read, resource_id, inputs, lambda: _retag(client, inputs))

    def update(cloud: Cloud, resource: Resource, inputs: Properties) -> Properties:
        client = cloud.client("s3")

        def content() -> None:
            if state.changed(resource, inputs, *_CONTENT):
                _upload(client, inputs)
            elif inputs.get("acl") and state.changed(resource, inputs, "acl"):
                client.put_object_acl(Bucket=inputs["bucket"], Key=_key(inputs), ACL=inputs["acl"])

        return state.finish(cloud, read, resource.id, inputs, content, lambda: _retag(client, inputs)).outputs

    def delete(cloud: Cloud, resource: Resource) -> None:
        client = cloud.client("s3")
        bucket, key = resource.outputs["bucket"], _key(resource.outputs)
        if found(client.head_bucket, Bucket=bucket) is None:
            return
        if resource.outputs.get("versionId"):
            _delete_versions(client, bucket, key)
        else:
            remove(client.delete_object, Bucket=bucket, Key=key)

    return Handler(create, read, update, delete)


def _delete_versions(client: Any, bucket: str, key: str) -> None:
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=key):
        for item in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
            if item["Key"] == key:
                remove(client.delete_object, Bucket=bucket, Key=key, VersionId=item["VersionId"])


HANDLERS = {token: _handler(token) for token in TOKENS}
