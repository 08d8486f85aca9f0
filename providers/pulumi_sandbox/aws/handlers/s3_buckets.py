"""S3 buckets. Their settings are resources of their own, see ``s3_bucket_settings``."""

from typing import Any

from pulumi_sandbox.aws.handlers import shapes, state, tags
from pulumi_sandbox.aws.handlers.presence import found, remove
from pulumi_sandbox.plugin.handler import Cloud, Handler, Properties, Resource

BUCKET = "aws:s3/bucket:Bucket"

# Older, deprecated ways to set what has a resource of its own.
_ELSEWHERE = {
    "accelerationStatus": "BucketAccelerateConfiguration",
    "corsRules": "BucketCorsConfiguration",
    "grants": "BucketAcl",
    "lifecycleRules": "BucketLifecycleConfiguration",
    "logging": "BucketLogging",
    "objectLockConfiguration": "BucketObjectLockConfiguration",
    "replicationConfiguration": "BucketReplicationConfig",
    "requestPayer": "BucketRequestPaymentConfiguration",
    "website": "BucketWebsiteConfiguration",
}
# Fixed by the service, of which each region's website endpoint is a zone.
_HOSTED_ZONES = {
    "ap-northeast-1": "Z2M4EHUR26P7ZW",
    "ap-south-1": "Z11RGJOFQNVJUP",
    "ap-southeast-1": "Z3O0J2DXBE1FTB",
    "ap-southeast-2": "Z1WCIGYICN2BYD",
    "ca-central-1": "Z1QDHH18159H29",
    "eu-central-1": "Z21DNDUVLTQW6Q",
    "eu-north-1": "Z3BAZG2TWCNX0D",
    "eu-west-1": "Z1BKCTXD74EZPE",
    "eu-west-2": "Z3GKZC51ZF0DB4",
    "eu-west-3": "Z3R1K369G5AVDG",
    "sa-east-1": "Z7KQH4QJS55SO",
    "us-east-1": "Z3AQBSTGFJSTF",
    "us-east-2": "Z2O1EMRO9K5GLX",
    "us-west-1": "Z2F56UZL2M1ACD",
    "us-west-2": "Z3BJ6K6RIION7M",
}


def _refuse_elsewhere(inputs: Properties) -> None:
    for name, resource in _ELSEWHERE.items():
        if inputs.get(name):
            raise ValueError(
                f"{name}: deprecated on a bucket, and the sandbox does not have it there; use aws.s3.{resource}"
            )


def _inline(client: Any, bucket: str, inputs: Properties, before: Properties) -> None:
    """Write the few settings that buckets still carry inline."""
    if inputs.get("versioning") or before.get("versioning"):
        on = bool((inputs.get("versioning") or {}).get("enabled"))
        if on or (before.get("versioning") or {}).get("enabled"):
            status = {"Status": "Enabled" if on else "Suspended"}
            client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=status)
    encryption = inputs.get("serverSideEncryptionConfiguration")
    if encryption:
        call, name = "put_bucket_encryption", "ServerSideEncryptionConfiguration"
        client.put_bucket_encryption(Bucket=bucket, **{name: shapes.member(client, call, name, encryption)})
    if inputs.get("policy"):
        client.put_bucket_policy(Bucket=bucket, Policy=inputs["policy"])
    elif before.get("policy"):
        client.delete_bucket_policy(Bucket=bucket)
    if inputs.get("acl"):
        client.put_bucket_acl(Bucket=bucket, ACL=inputs["acl"])


def _create(cloud: Cloud, inputs: Properties) -> Resource:
    _refuse_elsewhere(inputs)
    client, bucket = cloud.client("s3"), inputs["bucket"]
    arguments: dict[str, Any] = {"Bucket": bucket}
    if cloud.region != "us-east-1":
        arguments["CreateBucketConfiguration"] = {"LocationConstraint": cloud.region}
    if inputs.get("objectLockEnabled"):
        arguments["ObjectLockEnabledForBucket"] = True
    client.create_bucket(**arguments)
    return state.finish(
        cloud,
        _read,
        bucket,
        inputs,
        lambda: _inline(client, bucket, inputs, {}),
        lambda: _retag(client, bucket, inputs),
    )


def _retag(client: Any, bucket: str, inputs: Properties) -> None:
    wanted = inputs.get("tagsAll")
    if wanted:
        client.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags.pairs(wanted)})
    else:
        remove(client.delete_bucket_tagging, Bucket=bucket)


def _declared_settings(client: Any, bucket: str, inputs: Properties) -> Properties:
    """Read the inline settings that the program declares; the others are other resources' business."""
    values: Properties = {}
    if "versioning" in inputs:
        status = client.get_bucket_versioning(Bucket=bucket).get("Status")
        values["versioning"] = {"enabled": status == "Enabled", "mfaDelete": False}
    if "serverSideEncryptionConfiguration" in inputs:
        answer = found(client.get_bucket_encryption, Bucket=bucket) or {}
        values |= shapes.properties(BUCKET, answer)
    if "policy" in inputs:
        values["policy"] = (found(client.get_bucket_policy, Bucket=bucket) or {}).get("Policy")
    return values


def _read(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
    client = cloud.client("s3")
    if found(client.head_bucket, Bucket=resource_id) is None:
        return None
    region = client.get_bucket_location(Bucket=resource_id).get("LocationConstraint") or "us-east-1"
    own_tags = (found(client.get_bucket_tagging, Bucket=resource_id) or {}).get("TagSet")
    lock = found(client.get_object_lock_configuration, Bucket=resource_id) or {}
    values: Properties = {
        "bucket": resource_id,
        "arn": f"arn:{cloud.partition}:s3:::{resource_id}",
        "bucketDomainName": f"{resource_id}.s3.amazonaws.com",
        "bucketRegionalDomainName": f"{resource_id}.s3.{region}.amazonaws.com",
        "bucketRegion": region,
        "hostedZoneId": _HOSTED_ZONES.get(region, ""),
        "objectLockEnabled": (lock.get("ObjectLockConfiguration") or {}).get("ObjectLockEnabled") == "Enabled",
        **_declared_settings(client, resource_id, inputs),
        **tags.outputs(inputs, tags.from_pairs(own_tags)),
    }
    unreadable = ("forceDestroy", "bucketPrefix", "acl", "bucketNamespace")
    outputs = state.describe(cloud, BUCKET, inputs, values, unreadable=unreadable)
    return state.resource(BUCKET, resource_id, inputs, outputs)


def _update(cloud: Cloud, resource: Resource, inputs: Properties) -> Properties:
    _refuse_elsewhere(inputs)
    client, bucket = cloud.client("s3"), resource.id
    return state.finish(
        cloud,
        _read,
        bucket,
        inputs,
        lambda: _inline(client, bucket, inputs, resource.inputs),
        lambda: _retag(client, bucket, inputs),
    ).outputs


def _empty(client: Any, bucket: str) -> None:
    """Remove every version of every object."""
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
        gone = [
            {"Key": item["Key"], "VersionId": item["VersionId"]}
            for item in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        ]
        if gone:
            client.delete_objects(Bucket=bucket, Delete={"Objects": gone, "Quiet": True})


def _delete(cloud: Cloud, resource: Resource) -> None:
    client, bucket = cloud.client("s3"), resource.id
    if found(client.head_bucket, Bucket=bucket) is None:
        return
    if resource.outputs.get("forceDestroy"):
        _empty(client, bucket)
    # Without forceDestroy the API refuses a bucket that has objects: BucketNotEmpty.
    remove(client.delete_bucket, Bucket=bucket)


HANDLERS = {BUCKET: Handler(_create, _read, _update, _delete)}
