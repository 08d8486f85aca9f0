"""Functions of the aws package: what a program asks the cloud without owning it."""

import functools
import importlib.util
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from pulumi_sandbox.plugin import endpoint
from pulumi_sandbox.plugin.cloud import SandboxCloud
from pulumi_sandbox.plugin.errors import UserError
from pulumi_sandbox.plugin.policy_document import policy_document

Arguments = Mapping[str, Any]
_REVERSED = {"amazonaws.com": "com.amazonaws", "amazonaws.com.cn": "cn.com.amazonaws"}


@functools.cache
def _partitions() -> list[dict[str, Any]]:
    """Return botocore's table of partitions and regions, read as data because importing botocore is slow."""
    found = importlib.util.find_spec("botocore")
    if found is None or found.origin is None:
        raise UserError("botocore is not installed; install the project's requirements.lock")
    return json.loads((Path(found.origin).parent / "data" / "partitions.json").read_text())["partitions"]


def _partition(cloud: SandboxCloud) -> dict[str, Any]:
    return next(item for item in _partitions() if item["id"] == cloud.partition)


def _caller_identity(cloud: SandboxCloud, _arguments: Arguments) -> dict[str, Any]:
    # One plain request: making a botocore client for it would cost a preview most of a second.
    key = cloud.config.get("accessKey") or "sandbox"
    scope = f"Credential={key}/20260101/{cloud.region}/sts/aws4_request"
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0",
        "X-Amz-Date": "20260101T000000Z",
    }
    body = "Action=GetCallerIdentity&Version=2011-06-15"
    status, content = endpoint.request(cloud.endpoint, "POST", "/", body, headers)
    if status != 200:
        raise UserError(f"sts:GetCallerIdentity on the sandbox gave HTTP {status}: {content[:300].decode()}")
    root = ElementTree.fromstring(content)  # noqa: S314 - the sandbox's own answer
    found = {element.tag.rpartition("}")[2]: element.text or "" for element in root.iter()}
    account = found["Account"]
    return {"accountId": account, "arn": found["Arn"], "userId": found["UserId"], "id": account}


def _region(cloud: SandboxCloud, arguments: Arguments) -> dict[str, Any]:
    wanted = arguments.get("region") or arguments.get("name") or cloud.region
    if arguments.get("endpoint"):
        wanted = str(arguments["endpoint"]).removeprefix("ec2.").split(".")[0]
    for partition in _partitions():
        known = partition["regions"].get(wanted)
        if known is not None:
            suffix = partition["outputs"]["dnsSuffix"]
            return {
                "id": wanted,
                "name": wanted,
                "region": wanted,
                "description": known.get("description", wanted),
                "endpoint": f"ec2.{wanted}.{suffix}",
            }
    raise UserError(f"region: there is no AWS region {wanted!r}")


def _get_partition(cloud: SandboxCloud, _arguments: Arguments) -> dict[str, Any]:
    suffix = _partition(cloud)["outputs"]["dnsSuffix"]
    reverse = _REVERSED.get(suffix, ".".join(reversed(suffix.split("."))))
    return {
        "id": cloud.partition,
        "partition": cloud.partition,
        "dnsSuffix": suffix,
        "reverseDnsPrefix": reverse,
    }


def _availability_zones(cloud: SandboxCloud, arguments: Arguments) -> dict[str, Any]:
    filters = [{"Name": entry["name"], "Values": entry["values"]} for entry in arguments.get("filters") or ()]
    found = cloud.client("ec2").describe_availability_zones(Filters=filters)["AvailabilityZones"]
    excluded = {*(arguments.get("excludeNames") or ()), *(arguments.get("excludeZoneIds") or ())}
    zones = [
        zone
        for zone in sorted(found, key=lambda zone: zone["ZoneName"])
        if not excluded & {zone["ZoneName"], zone["ZoneId"]} and arguments.get("state") in (None, zone["State"])
    ]
    return {
        **arguments,
        "id": cloud.region,
        "names": [zone["ZoneName"] for zone in zones],
        "zoneIds": [zone["ZoneId"] for zone in zones],
        "groupNames": sorted({zone.get("GroupName") or cloud.region for zone in zones}),
    }


def _regions(cloud: SandboxCloud, arguments: Arguments) -> dict[str, Any]:
    found = cloud.client("ec2").describe_regions(AllRegions=bool(arguments.get("allRegions")))["Regions"]
    return {**arguments, "id": cloud.partition, "names": sorted(item["RegionName"] for item in found)}


def _default_tags(cloud: SandboxCloud, _arguments: Arguments) -> dict[str, Any]:
    return {"id": cloud.partition, "tags": dict(cloud.config.get("defaultTags", {}).get("tags", {}))}


def _arn(_cloud: SandboxCloud, arguments: Arguments) -> dict[str, Any]:
    arn = str(arguments["arn"])
    found = re.fullmatch(r"arn:([^:]*):([^:]*):([^:]*):([^:]*):(.+)", arn)
    if found is None:
        raise UserError(f"arn: expected arn:partition:service:region:account:resource, got {arn!r}")
    names = ("partition", "service", "region", "account", "resource")
    return {"arn": arn, "id": arn, **dict(zip(names, found.groups(), strict=True))}


def _service_principal(cloud: SandboxCloud, arguments: Arguments) -> dict[str, Any]:
    name = str(arguments["serviceName"])
    region = str(arguments.get("region") or cloud.region)
    # All but a few services of the Chinese partition go by the international suffix.
    return {
        "id": f"{name}.{region}.amazonaws.com",
        "name": f"{name}.amazonaws.com",
        "region": region,
        "serviceName": name,
        "suffix": "amazonaws.com",
    }


def _policy_document(_cloud: SandboxCloud, arguments: Arguments) -> dict[str, Any]:
    return policy_document(arguments)


def _role(cloud: SandboxCloud, arguments: Arguments) -> dict[str, Any]:
    role = cloud.client("iam").get_role(RoleName=arguments["name"])["Role"]
    return {
        "id": role["RoleName"],
        "name": role["RoleName"],
        "arn": role["Arn"],
        "path": role["Path"],
        "uniqueId": role["RoleId"],
        "createDate": role["CreateDate"].isoformat(),
        "description": role.get("Description", ""),
        "maxSessionDuration": role.get("MaxSessionDuration", 3600),
        "permissionsBoundary": role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", ""),
        "assumeRolePolicy": json.dumps(role["AssumeRolePolicyDocument"]),
        "roleLastUseds": [],
        "tags": {tag["Key"]: tag["Value"] for tag in role.get("Tags", ())},
    }


def _session_context(_cloud: SandboxCloud, arguments: Arguments) -> dict[str, Any]:
    arn = str(arguments["arn"])
    found = re.fullmatch(r"arn:([^:]+):sts::(\d+):assumed-role/([^/]+)/(.+)", arn)
    if found is None:
        return {"arn": arn, "id": arn, "issuerArn": arn, "issuerId": "", "issuerName": "", "sessionName": ""}
    partition, account, role, session = found.groups()
    issuer = f"arn:{partition}:iam::{account}:role/{role}"
    return {"arn": arn, "id": arn, "issuerArn": issuer, "issuerId": "", "issuerName": role, "sessionName": session}


def _parameter(cloud: SandboxCloud, arguments: Arguments) -> dict[str, Any]:
    decrypt = arguments.get("withDecryption", True)
    found = cloud.client("ssm").get_parameter(Name=arguments["name"], WithDecryption=decrypt)["Parameter"]
    secret = found["Type"] == "SecureString"
    return {
        **arguments,
        "id": found["Name"],
        "name": found["Name"],
        "arn": found["ARN"],
        "type": found["Type"],
        "value": found["Value"],
        "insecureValue": "" if secret else found["Value"],
        "version": found["Version"],
        "region": cloud.region,
    }


def _secret_version(cloud: SandboxCloud, arguments: Arguments) -> dict[str, Any]:
    wanted = {"SecretId": arguments["secretId"]}
    for name, key in (("versionId", "VersionId"), ("versionStage", "VersionStage")):
        if arguments.get(name):
            wanted[key] = arguments[name]
    found = cloud.client("secretsmanager").get_secret_value(**wanted)
    return {
        **arguments,
        "id": f"{arguments['secretId']}|{arguments.get('versionStage', 'AWSCURRENT')}",
        "arn": found["ARN"],
        "versionId": found["VersionId"],
        "versionStages": found["VersionStages"],
        "secretString": found.get("SecretString", ""),
        "secretBinary": found.get("SecretBinary", b"").decode(),
        "createdDate": found["CreatedDate"].isoformat(),
        "region": cloud.region,
    }


def _kms_alias(cloud: SandboxCloud, arguments: Arguments) -> dict[str, Any]:
    client = cloud.client("kms")
    for page in client.get_paginator("list_aliases").paginate():
        for alias in page["Aliases"]:
            if alias["AliasName"] == arguments["name"]:
                key = client.describe_key(KeyId=alias["TargetKeyId"])["KeyMetadata"]
                arn = alias["AliasArn"]
                return {
                    "id": arn,
                    "arn": arn,
                    "name": alias["AliasName"],
                    "targetKeyArn": key["Arn"],
                    "targetKeyId": key["KeyId"],
                    "region": cloud.region,
                }
    raise UserError(f"name: there is no KMS alias {arguments['name']!r} in {cloud.region}")


INVOKES: Mapping[str, Callable[[SandboxCloud, Arguments], Mapping[str, Any]]] = {
    "aws:index/getArn:getArn": _arn,
    "aws:index/getAvailabilityZones:getAvailabilityZones": _availability_zones,
    "aws:index/getCallerIdentity:getCallerIdentity": _caller_identity,
    "aws:index/getDefaultTags:getDefaultTags": _default_tags,
    "aws:index/getPartition:getPartition": _get_partition,
    "aws:index/getRegion:getRegion": _region,
    "aws:index/getRegions:getRegions": _regions,
    "aws:index/getServicePrincipal:getServicePrincipal": _service_principal,
    "aws:iam/getPolicyDocument:getPolicyDocument": _policy_document,
    "aws:iam/getRole:getRole": _role,
    "aws:iam/getSessionContext:getSessionContext": _session_context,
    "aws:kms/getAlias:getAlias": _kms_alias,
    "aws:secretsmanager/getSecretVersion:getSecretVersion": _secret_version,
    "aws:ssm/getParameter:getParameter": _parameter,
}

# Results that must not be shown, whatever the arguments were.
SECRET_RESULTS: Mapping[str, frozenset[str]] = {
    "aws:secretsmanager/getSecretVersion:getSecretVersion": frozenset({"secretString", "secretBinary"}),
    "aws:ssm/getParameter:getParameter": frozenset({"value"}),
}
