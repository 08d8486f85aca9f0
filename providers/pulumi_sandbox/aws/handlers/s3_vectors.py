"""S3 Vectors: vector buckets and their indexes."""

from typing import Any

from pulumi_sandbox.aws.handlers import shapes, state, tags
from pulumi_sandbox.aws.handlers.presence import found, remove
from pulumi_sandbox.plugin.handler import Cloud, Handler, Properties, Resource

BUCKET = "aws:s3/vectorsVectorBucket:VectorsVectorBucket"
INDEX = "aws:s3/vectorsIndex:VectorsIndex"

_DEFAULT_ENCRYPTION = [{"sseType": "AES256", "kmsKeyArn": ""}]


def _arguments(client: Any, operation: str, inputs: Properties) -> dict[str, Any]:
    arguments = shapes.arguments(client, operation, {**inputs, "tags": inputs.get("tagsAll") or None})
    encryption = arguments.get("encryptionConfiguration", {})
    if not encryption.get("kmsKeyArn"):
        encryption.pop("kmsKeyArn", None)
    return arguments


def _tags(client: Any, inputs: Properties, arn: str) -> Properties:
    return tags.outputs(inputs, client.list_tags_for_resource(resourceArn=arn).get("tags"))


def _encryption(values: Properties) -> list[Properties]:
    return [{"kmsKeyArn": "", **item} for item in values.get("encryptionConfigurations") or _DEFAULT_ENCRYPTION]


def _create_bucket(cloud: Cloud, inputs: Properties) -> Resource:
    client, name = cloud.client("s3vectors"), inputs["vectorBucketName"]
    client.create_vector_bucket(**_arguments(client, "create_vector_bucket", inputs))
    arn = f"arn:{cloud.partition}:s3vectors:{cloud.region}:{cloud.account_id}:bucket/{name}"
    return state.finish(cloud, _read_bucket, arn, inputs)


def _read_bucket(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
    client = cloud.client("s3vectors")
    answer = found(client.get_vector_bucket, vectorBucketArn=resource_id)
    if answer is None:
        return None
    values = shapes.properties(BUCKET, answer["vectorBucket"])
    values["encryptionConfigurations"] = _encryption(values)
    values |= _tags(client, inputs, resource_id)
    outputs = state.describe(cloud, BUCKET, inputs, values, unreadable=("forceDestroy",))
    return state.resource(BUCKET, resource_id, inputs, outputs, ("encryptionConfigurations",))


def _update_tags(cloud: Cloud, resource: Resource, inputs: Properties, read: state.Read) -> Properties:
    client = cloud.client("s3vectors")
    before, after = resource.outputs.get("tagsAll"), inputs.get("tagsAll")
    return state.finish(cloud, read, resource.id, inputs, lambda: tags.sync(client, resource.id, before, after)).outputs


def _update_bucket(cloud: Cloud, resource: Resource, inputs: Properties) -> Properties:
    return _update_tags(cloud, resource, inputs, _read_bucket)


def _delete_bucket(cloud: Cloud, resource: Resource) -> None:
    client = cloud.client("s3vectors")
    if found(client.get_vector_bucket, vectorBucketArn=resource.id) is None:
        return
    if resource.outputs.get("forceDestroy"):
        for page in client.get_paginator("list_indexes").paginate(vectorBucketArn=resource.id):
            for index in page["indexes"]:
                remove(client.delete_index, indexArn=index["indexArn"])
    # Without forceDestroy the API refuses a bucket that has indexes.
    remove(client.delete_vector_bucket, vectorBucketName=resource.outputs["vectorBucketName"])


def _create_index(cloud: Cloud, inputs: Properties) -> Resource:
    client, name = cloud.client("s3vectors"), inputs["indexName"]
    client.create_index(**_arguments(client, "create_index", inputs))
    bucket = inputs["vectorBucketName"]
    arn = f"arn:{cloud.partition}:s3vectors:{cloud.region}:{cloud.account_id}:bucket/{bucket}/index/{name}"
    return state.finish(cloud, _read_index, arn, inputs)


def _read_index(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
    client = cloud.client("s3vectors")
    answer = found(client.get_index, indexArn=resource_id)
    if answer is None:
        return None
    values = shapes.properties(INDEX, answer["index"])
    values["encryptionConfigurations"] = _encryption(values)
    if not values.get("metadataConfiguration"):
        values.pop("metadataConfiguration", None)
    values |= _tags(client, inputs, resource_id)
    outputs = state.describe(cloud, INDEX, inputs, values)
    return state.resource(INDEX, resource_id, inputs, outputs, ("encryptionConfigurations",))


def _update_index(cloud: Cloud, resource: Resource, inputs: Properties) -> Properties:
    return _update_tags(cloud, resource, inputs, _read_index)


def _delete_index(cloud: Cloud, resource: Resource) -> None:
    remove(cloud.client("s3vectors").delete_index, indexArn=resource.id)


HANDLERS = {
    BUCKET: Handler(_create_bucket, _read_bucket, _update_bucket, _delete_bucket),
    INDEX: Handler(_create_index, _read_index, _update_index, _delete_index),
}
