"""OpenSearch Serverless collections: recorded, but only where an encryption policy covers the name, as in the cloud."""

import functools
import json
from typing import Any
from urllib.parse import quote

from pulumi_sandbox.plugin import endpoint, recorded
from pulumi_sandbox.plugin.errors import UserError
from pulumi_sandbox.plugin.facts import type_facts
from pulumi_sandbox.plugin.handler import Handler, Properties, Resource
from pulumi_sandbox.plugin.schema import resource_schema

COLLECTION = "aws:opensearch/serverlessCollection:ServerlessCollection"
SECURITY_POLICY = "aws:opensearch/serverlessSecurityPolicy:ServerlessSecurityPolicy"


@functools.cache
def _recorder() -> Handler:
    return recorded.handler(resource_schema(COLLECTION), type_facts(COLLECTION))


def _create(cloud: Any, inputs: Properties) -> Resource:
    path = f"/_sandbox/recorded/{quote(SECURITY_POLICY, safe='')}"
    deployed: Any = endpoint.request_json(cloud.endpoint, "GET", path) or []
    policies = [each["resource"]["outputs"] for each in deployed]
    rules = [
        rule
        for policy in policies
        if policy["type"] == "encryption"
        for rule in json.loads(policy["policy"])["Rules"]
        if rule["ResourceType"] == "collection"
    ]
    if not any(_covers(rule["Resource"], f"collection/{inputs['name']}") for rule in rules):
        raise UserError(
            f"ValidationException: No matching security policy of encryption type found for collection name: "
            f"{inputs['name']}. Please create security policy of encryption type for this collection."
        )
    return _recorder().create(cloud, inputs)


def _covers(patterns: list[str], resource: str) -> bool:
    return any(resource.startswith(each[:-1]) if each.endswith("*") else resource == each for each in patterns)


def _read(cloud: Any, resource_id: str, inputs: Properties) -> Resource | None:
    return _recorder().read(cloud, resource_id, inputs)


def _update(cloud: Any, resource: Resource, inputs: Properties) -> Any:
    update = _recorder().update
    if update is None:
        raise RuntimeError("recorded resources can be updated")
    return update(cloud, resource, inputs)


def _delete(cloud: Any, resource: Resource) -> None:
    _recorder().delete(cloud, resource)


HANDLERS = {COLLECTION: Handler(_create, _read, _update, _delete)}
