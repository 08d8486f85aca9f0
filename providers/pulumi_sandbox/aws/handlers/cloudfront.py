"""CloudFront distributions: recorded, and served by ``aws/edge`` on a port of their own."""

import functools
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from pulumi_sandbox.plugin import endpoint, recorded
from pulumi_sandbox.plugin.facts import type_facts
from pulumi_sandbox.plugin.handler import Handler, Properties, Resource
from pulumi_sandbox.plugin.schema import resource_schema

DISTRIBUTION = "aws:cloudfront/distribution:Distribution"


@functools.cache
def _recorder() -> Handler:
    return recorded.handler(resource_schema(DISTRIBUTION), type_facts(DISTRIBUTION))


def _site(cloud: Any, method: str, identifier: str) -> Mapping[str, Any]:
    path = f"/_sandbox/edge/distribution/{quote(identifier, safe='')}"
    return endpoint.request_json(cloud.endpoint, method, path) or {}


def _addressed(cloud: Any, identifier: str) -> Any:
    """Return the cloud, with the distribution's id and address among what templates may name."""
    address = _site(cloud, "PUT", identifier)["address"]
    return replace(cloud, places={**cloud.places, "edge_id": identifier, "edge_address": address})


def _create(cloud: Any, inputs: Properties) -> Resource:
    identifier = f"E{uuid.uuid4().hex[:13].upper()}"
    return _recorder().create(_addressed(cloud, identifier), inputs)


def _read(cloud: Any, resource_id: str, inputs: Properties) -> Resource | None:
    return _recorder().read(cloud, resource_id, inputs)


def _update(cloud: Any, resource: Resource, inputs: Properties) -> Mapping[str, Any]:
    update = _recorder().update
    if update is None:
        raise RuntimeError("recorded resources can be updated")
    return update(_addressed(cloud, resource.id), resource, inputs)


def _delete(cloud: Any, resource: Resource) -> None:
    _recorder().delete(cloud, resource)
    _site(cloud, "DELETE", resource.id)


HANDLERS = {DISTRIBUTION: Handler(_create, _read, _update, _delete)}
