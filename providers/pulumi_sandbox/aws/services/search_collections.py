"""OpenSearch Serverless collections as they are deployed, and what their policies allow.

Source: OpenSearch Service developer guide, "Data access control" and "Network access" of OpenSearch Serverless.
"""

import fnmatch
import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from pulumi_sandbox.durable import open_map
from pulumi_sandbox.iam import AccessDeniedError, authorize

COLLECTION = "aws:opensearch/serverlessCollection:ServerlessCollection"
SECURITY_POLICY = "aws:opensearch/serverlessSecurityPolicy:ServerlessSecurityPolicy"
ACCESS_POLICY = "aws:opensearch/serverlessAccessPolicy:ServerlessAccessPolicy"
_resources = open_map("recorded")


class ForbiddenError(Exception):
    """A principal may not reach a collection, or not do this in it."""


def collection_name(collection_arn: str) -> str:
    """Return a collection's name, which its policies go by. Raises LookupError when it is not deployed."""
    for found in _deployed(COLLECTION):
        if found["arn"] == collection_arn:
            return found["name"]
    raise LookupError(f"the collection {collection_arn} is not there")


def require_access(
    principal_arn: str, collection_arn: str, index: str, permission: str, region: str, session_name: str
) -> None:
    """Return if Bedrock may do this in the index as the role; raises ForbiddenError, or LookupError without collection.

    It takes the role's `aoss:APIAccessAll`, a data access policy that names the role, and a network policy that lets
    Bedrock in.
    """
    try:
        authorize(principal_arn, "aoss:APIAccessAll", collection_arn, session_name=session_name, region=region)
    except AccessDeniedError as error:
        raise ForbiddenError(str(error)) from error
    name = collection_name(collection_arn)
    if not any(_lets_bedrock_in(policy, name) for policy in _policies(SECURITY_POLICY, "network")):
        raise ForbiddenError(f"no network policy lets bedrock.amazonaws.com into the collection {name}")
    require_permission(principal_arn, collection_arn, index, permission)


def require_permission(principal_arn: str, collection_arn: str, index: str, permission: str) -> None:
    """Return if a data access policy lets the principal do this in the index; raises ForbiddenError or LookupError."""
    resource = f"index/{collection_name(collection_arn)}/{index}"
    for policy in _policies(ACCESS_POLICY, "data"):
        if principal_arn in policy["Principal"] and _covers(policy["Rules"], "index", resource, permission):
            return
    raise ForbiddenError(f"no data access policy lets {principal_arn} perform {permission} on {resource}")


def _deployed(token: str) -> Iterator[Mapping[str, Any]]:
    prefix = quote(token, safe="") + "/"
    return (entry["outputs"] for key, entry in _resources.snapshot().items() if key.startswith(prefix))


def _policies(token: str, kind: str) -> Iterator[Mapping[str, Any]]:
    for found in _deployed(token):
        if found["type"] == kind:
            document = json.loads(found["policy"])
            yield from document if isinstance(document, list) else [document]


def _lets_bedrock_in(policy: Mapping[str, Any], name: str) -> bool:
    open_to_it = policy.get("AllowFromPublic") or "bedrock.amazonaws.com" in policy.get("SourceServices", ())
    return bool(open_to_it) and _covers(policy["Rules"], "collection", f"collection/{name}")


def _covers(rules: list[Mapping[str, Any]], kind: str, resource: str, permission: str | None = None) -> bool:
    return any(
        rule["ResourceType"] == kind
        and any(fnmatch.fnmatchcase(resource, pattern) for pattern in rule["Resource"])
        and (permission is None or any(fnmatch.fnmatchcase(permission, each) for each in rule["Permission"]))
        for rule in rules
    )
