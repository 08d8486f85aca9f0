"""Settings of S3 buckets, each a resource of its own: one object of the bucket that is put, got and deleted whole."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pulumi_sandbox.aws.handlers import shapes, state
from pulumi_sandbox.aws.handlers.presence import found, remove
from pulumi_sandbox.plugin.handler import Cloud, Handler, Properties, Resource

PUBLIC_ACCESS = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
POLICY = "aws:s3/bucketPolicy:BucketPolicy"
OWNERSHIP = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
CORS = "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration"


@dataclass(frozen=True, slots=True)
class Setting:
    """How one setting is written, read and taken away.

    ``put`` and ``delete`` get the client and the bucket; ``get`` returns the setting's properties, or None
    when the bucket, or the setting, is not there. ``unreadable`` names inputs that the API never tells.
    """

    token: str
    put: Callable[[Any, str, Properties], None]
    get: Callable[[Any, str], Properties | None]
    delete: Callable[[Any, str, Properties], None]
    unreadable: tuple[str, ...] = ()


def _whole(client: Any, operation: str, member: str, inputs: Properties, renames: dict[str, str]) -> Any:
    """Return the API object that holds a setting's inputs, but for those that say whose setting it is."""
    own = {name: value for name, value in inputs.items() if name not in ("bucket", "expectedBucketOwner", "region")}
    renamed = {f"{member}.{path}": name for path, name in renames.items()}
    return shapes.member(client, operation, member, own, renamed)


def _put_public_access(client: Any, bucket: str, inputs: Properties) -> None:
    names = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    own = {name: bool(inputs.get(name)) for name in names}
    call, member = "put_public_access_block", "PublicAccessBlockConfiguration"
    client.put_public_access_block(Bucket=bucket, **{member: shapes.member(client, call, member, own)})


def _get_public_access(client: Any, bucket: str) -> Properties | None:
    answer = found(client.get_public_access_block, Bucket=bucket)
    return shapes.properties(PUBLIC_ACCESS, answer["PublicAccessBlockConfiguration"]) if answer else None


def _delete_public_access(client: Any, bucket: str, outputs: Properties) -> None:
    if not outputs.get("skipDestroy"):
        remove(client.delete_public_access_block, Bucket=bucket)


def _put_encryption(client: Any, bucket: str, inputs: Properties) -> None:
    call, member = "put_bucket_encryption", "ServerSideEncryptionConfiguration"
    client.put_bucket_encryption(Bucket=bucket, **{member: _whole(client, call, member, inputs, {})})


def _get_encryption(client: Any, bucket: str) -> Properties | None:
    answer = found(client.get_bucket_encryption, Bucket=bucket)
    return shapes.properties(ENCRYPTION, answer["ServerSideEncryptionConfiguration"]) if answer else None


def _delete_encryption(client: Any, bucket: str, _: Properties) -> None:
    remove(client.delete_bucket_encryption, Bucket=bucket)


def _put_versioning(client: Any, bucket: str, inputs: Properties) -> None:
    config = inputs["versioningConfiguration"]
    before = (client.get_bucket_versioning(Bucket=bucket) or {}).get("Status")
    if config["status"] == "Disabled":
        if before:
            raise ValueError(
                f"versioningConfiguration.status: cannot go from {before} to Disabled once a bucket had versions; "
                "use Suspended"
            )
        return
    arguments = {"Status": config["status"]}
    if config.get("mfaDelete"):
        arguments["MFADelete"] = config["mfaDelete"]
    mfa = {"MFA": inputs["mfa"]} if inputs.get("mfa") else {}
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=arguments, **mfa)


def _get_versioning(client: Any, bucket: str) -> Properties | None:
    answer = found(client.get_bucket_versioning, Bucket=bucket)
    if answer is None:
        return None
    config = {"status": answer.get("Status", "Disabled")}
    if answer.get("MFADelete"):
        config["mfaDelete"] = answer["MFADelete"]
    return {"versioningConfiguration": config}


def _delete_versioning(client: Any, bucket: str, outputs: Properties) -> None:
    if outputs["versioningConfiguration"]["status"] != "Disabled":
        # A bucket that had versions cannot be made one that had none.
        suspended = {"Status": "Suspended"}
        remove(client.put_bucket_versioning, Bucket=bucket, VersioningConfiguration=suspended)


def _put_policy(client: Any, bucket: str, inputs: Properties) -> None:
    client.put_bucket_policy(Bucket=bucket, Policy=inputs["policy"])


def _get_policy(client: Any, bucket: str) -> Properties | None:
    answer = found(client.get_bucket_policy, Bucket=bucket)
    return {"policy": answer["Policy"]} if answer else None


def _delete_policy(client: Any, bucket: str, _: Properties) -> None:
    remove(client.delete_bucket_policy, Bucket=bucket)


def _put_ownership(client: Any, bucket: str, inputs: Properties) -> None:
    rule = {"ObjectOwnership": inputs["rule"]["objectOwnership"]}
    client.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": [rule]})


def _get_ownership(client: Any, bucket: str) -> Properties | None:
    answer = found(client.get_bucket_ownership_controls, Bucket=bucket)
    if answer is None or not answer["OwnershipControls"].get("Rules"):
        return None
    return {"rule": {"objectOwnership": answer["OwnershipControls"]["Rules"][0]["ObjectOwnership"]}}


def _delete_ownership(client: Any, bucket: str, _: Properties) -> None:
    remove(client.delete_bucket_ownership_controls, Bucket=bucket)


def _put_lifecycle(client: Any, bucket: str, inputs: Properties) -> None:
    rules = [_lifecycle_rule(rule) for rule in inputs.get("rules") or ()]
    call, member = "put_bucket_lifecycle_configuration", "LifecycleConfiguration"
    config = _whole(client, call, member, {"rules": rules}, {"rules.id": "ID"})
    size = inputs.get("transitionDefaultMinimumObjectSize")
    more = {"TransitionDefaultMinimumObjectSize": size} if size else {}
    client.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration=config, **more)


def _lifecycle_rule(rule: Properties) -> Properties:
    # The API wants a filter or a prefix in every rule; an empty prefix is the whole bucket.
    return rule if rule.get("filter") or rule.get("prefix") else {**rule, "filter": {"prefix": ""}}


def _get_lifecycle(client: Any, bucket: str) -> Properties | None:
    answer = found(client.get_bucket_lifecycle_configuration, Bucket=bucket)
    if answer is None:
        return None
    renames = {"rules.id": "ID"}
    size = answer.get("TransitionDefaultMinimumObjectSize", "all_storage_classes_128K")
    return {**shapes.properties(LIFECYCLE, answer, renames), "transitionDefaultMinimumObjectSize": size}


def _delete_lifecycle(client: Any, bucket: str, _: Properties) -> None:
    remove(client.delete_bucket_lifecycle, Bucket=bucket)


def _put_cors(client: Any, bucket: str, inputs: Properties) -> None:
    call, member = "put_bucket_cors", "CORSConfiguration"
    client.put_bucket_cors(Bucket=bucket, **{member: _whole(client, call, member, inputs, {"corsRules.id": "ID"})})


def _get_cors(client: Any, bucket: str) -> Properties | None:
    answer = found(client.get_bucket_cors, Bucket=bucket)
    return shapes.properties(CORS, answer, {"corsRules.id": "ID"}) if answer else None


def _delete_cors(client: Any, bucket: str, _: Properties) -> None:
    remove(client.delete_bucket_cors, Bucket=bucket)


SETTINGS = (
    Setting(PUBLIC_ACCESS, _put_public_access, _get_public_access, _delete_public_access, ("skipDestroy",)),
    Setting(ENCRYPTION, _put_encryption, _get_encryption, _delete_encryption),
    Setting(VERSIONING, _put_versioning, _get_versioning, _delete_versioning, ("mfa",)),
    Setting(POLICY, _put_policy, _get_policy, _delete_policy),
    Setting(OWNERSHIP, _put_ownership, _get_ownership, _delete_ownership),
    Setting(LIFECYCLE, _put_lifecycle, _get_lifecycle, _delete_lifecycle),
    Setting(CORS, _put_cors, _get_cors, _delete_cors),
)


def _handler(setting: Setting) -> Handler:
    def read(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
        bucket, _, owner = resource_id.partition(",")
        values = setting.get(cloud.client("s3"), bucket)
        if values is None:
            return None
        values = {**values, "bucket": bucket, **({"expectedBucketOwner": owner} if owner else {})}
        outputs = state.describe(cloud, setting.token, inputs, values, unreadable=setting.unreadable)
        return state.resource(setting.token, resource_id, inputs, outputs)

    def create(cloud: Cloud, inputs: Properties) -> Resource:
        bucket, owner = inputs["bucket"], inputs.get("expectedBucketOwner")
        setting.put(cloud.client("s3"), bucket, inputs)
        return state.finish(cloud, read, f"{bucket},{owner}" if owner else bucket, inputs)

    def update(cloud: Cloud, resource: Resource, inputs: Properties) -> Properties:
        setting.put(cloud.client("s3"), inputs["bucket"], inputs)
        return state.finish(cloud, read, resource.id, inputs).outputs

    def delete(cloud: Cloud, resource: Resource) -> None:
        setting.delete(cloud.client("s3"), resource.outputs["bucket"], resource.outputs)

    return Handler(create, read, update, delete)


HANDLERS = {setting.token: _handler(setting) for setting in SETTINGS}
