"""Stores that anyone could read."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from joins import may_be_elsewhere, users
from known import Unknown, blocks, value_at
from resource_types import BUCKETS
from rule import Finding, Resource, Rule, Severity

from .exposure import ANYONE, is_everywhere
from .resource_policies import public_statements

PUBLIC_ACCESS_BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"


SEARCH_DOMAIN = "aws:opensearch/domain:Domain"


BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"


BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


def _access_block(resource: Resource) -> Iterator[Finding]:
    for name in BLOCKS:
        value = resource.properties.get(name)
        if isinstance(value, Unknown):
            yield value
        elif not value:
            yield f"{name} is not true"


def _bucket_public(resource: Resource) -> Iterator[Finding]:
    if resource.type == PUBLIC_ACCESS_BLOCK:
        yield from _access_block(resource)
    elif resource.type in ("aws:s3/bucketAcl:BucketAcl", "aws:s3/bucketAclV2:BucketAclV2", *BUCKETS):
        acl = resource.properties.get("acl")
        if str(acl).startswith("public-") or acl == "authenticated-read":
            yield f"acl is {acl}"
        for grant in blocks(resource.properties, "accessControlPolicy.grants"):
            uri = value_at(grant, "grantee.uri")
            if str(uri).endswith(("/AllUsers", "/AuthenticatedUsers")):
                yield f"a grant is for {uri}"
    elif resource.type == BUCKET_POLICY:
        yield from public_statements("policy", resource.properties.get("policy"))
    elif resource.type == "gcp:storage/bucket:Bucket":
        yield from _gcp_bucket(resource)
    else:
        for member in [*blocks(resource.properties, "member"), *blocks(resource.properties, "members")]:
            if member in ANYONE:
                yield f"{member} has {resource.properties.get('role')}"


def _gcp_bucket(resource: Resource) -> Iterator[Finding]:
    prevention = resource.properties.get("publicAccessPrevention")
    uniform = resource.properties.get("uniformBucketLevelAccess")
    for value in (prevention, uniform):
        if isinstance(value, Unknown):
            yield value
    if not isinstance(prevention, Unknown) and prevention != "enforced":
        yield f"publicAccessPrevention is {prevention or 'not set'}"
    if not isinstance(uniform, Unknown) and not uniform:
        yield "uniformBucketLevelAccess is not true, so that single objects can be made public"


def _bucket_remedy(resource: Resource) -> Mapping[str, Any]:
    if resource.type == PUBLIC_ACCESS_BLOCK:
        return dict.fromkeys(BLOCKS, True)
    if resource.type == "gcp:storage/bucket:Bucket":
        return {"publicAccessPrevention": "enforced", "uniformBucketLevelAccess": True}
    return {}


def _block_missing(resource: Resource) -> Iterator[Finding]:
    if not any(users(resource, PUBLIC_ACCESS_BLOCK, "bucket")):
        if may_be_elsewhere(resource, PUBLIC_ACCESS_BLOCK, "bucket"):
            yield Unknown("bucket of the public access blocks")
        else:
            yield "the bucket has no public access block"


def _database_public(resource: Resource) -> Iterator[Finding]:
    if resource.type == "gcp:sql/databaseInstance:DatabaseInstance":
        settings = value_at(resource.properties, "settings.ipConfiguration")
        if value_at(settings, "ipv4Enabled") is not False and not resource.properties.get("masterInstanceName"):
            yield "settings.ipConfiguration.ipv4Enabled is not false, so that the database has a public address"
        for network in blocks(settings, "authorizedNetworks"):
            if is_everywhere(value_at(network, "value")):
                yield "authorizedNetworks has everyone"
        return
    public = resource.properties.get("publiclyAccessible")
    if isinstance(public, Unknown):
        yield public
    elif public:
        yield "publiclyAccessible is true"


def _database_remedy(resource: Resource) -> Mapping[str, Any]:
    # Of a replication instance it would be a replacement.
    return {"publiclyAccessible": False} if resource.type.startswith("aws:rds/") else {}


def _vectors_public(resource: Resource) -> Iterator[Finding]:
    if resource.type.startswith("gcp:"):
        if resource.properties.get("publicEndpointEnabled"):
            yield "publicEndpointEnabled is true"
        return
    if resource.type == SEARCH_DOMAIN:
        subnets = value_at(resource.properties, "vpcOptions.subnetIds")
        if not subnets:
            yield "vpcOptions name no subnets, so that the domain has a public address"
        return
    if resource.properties.get("type") != "network":
        return
    document = resource.properties.get("policy")
    if isinstance(document, Unknown):
        yield document
        return
    try:
        rules = json.loads(document) if isinstance(document, str) else document
    except ValueError:
        yield "policy is no JSON, so that nobody can tell whom it lets in"
        return
    for rule in rules if isinstance(rules, list) else [rules]:
        if value_at(rule, "AllowFromPublic") and any(
            value_at(each, "ResourceType") == "collection" for each in blocks(rule, "Rules")
        ):
            yield "AllowFromPublic is true for a collection"


RULES = (
    Rule(
        id="bucket-not-public",
        title="No bucket is public",
        why="Documents, uploads and answers of tenants are in buckets.",
        mend="Block all public access; on Google Cloud enforce public access prevention with uniform access.",
        severity=Severity.CRITICAL,
        frameworks=("CIS AWS 2.1.4", "CIS GCP 5.1", "CIS GCP 5.2"),
        types=(
            PUBLIC_ACCESS_BLOCK,
            "aws:s3/bucketAcl:BucketAcl",
            "aws:s3/bucketAclV2:BucketAclV2",
            BUCKET_POLICY,
            *BUCKETS,
            "gcp:storage/bucket:Bucket",
            "gcp:storage/bucketIAMMember:BucketIAMMember",
            "gcp:storage/bucketIAMBinding:BucketIAMBinding",
        ),
        check=_bucket_public,
        remedy=_bucket_remedy,
    ),
    Rule(
        id="bucket-public-access-block",
        title="Every bucket has a public access block",
        why="Without it, one policy or one object's grant makes the bucket public.",
        mend="Add a BucketPublicAccessBlock for the bucket.",
        severity=Severity.HIGH,
        frameworks=("CIS AWS 2.1.4",),
        types=BUCKETS,
        check=_block_missing,
        over_stack=True,
    ),
    Rule(
        id="database-not-public",
        title="No database has a public address",
        why="A database that is reached from outside is one password away from everybody.",
        mend="Switch the public address off, and reach it through the network.",
        severity=Severity.CRITICAL,
        frameworks=("CIS AWS 2.3.3", "CIS GCP 6.5", "CIS GCP 6.6"),
        types=(
            "aws:dms/replicationInstance:ReplicationInstance",
            "aws:rds/clusterInstance:ClusterInstance",
            "aws:rds/instance:Instance",
            "aws:redshift/cluster:Cluster",
            "gcp:sql/databaseInstance:DatabaseInstance",
        ),
        check=_database_public,
        remedy=_database_remedy,
    ),
    Rule(
        id="vector-store-private",
        title="No vector store is public",
        why="Documents can be read back from their vectors.",
        mend="Reach it through a private endpoint; for OpenSearch Serverless name the source services or endpoints.",
        severity=Severity.HIGH,
        frameworks=("OWASP LLM08",),
        types=(
            SEARCH_DOMAIN,
            "aws:opensearch/serverlessSecurityPolicy:ServerlessSecurityPolicy",
            "gcp:vertex/aiIndexEndpoint:AiIndexEndpoint",
        ),
        check=_vectors_public,
    ),
)
