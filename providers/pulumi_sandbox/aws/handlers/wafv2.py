"""Web ACLs: recorded, under the ARN of their scope."""

import functools
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pulumi_sandbox.plugin import recorded
from pulumi_sandbox.plugin.facts import type_facts
from pulumi_sandbox.plugin.handler import Handler, Properties, Resource
from pulumi_sandbox.plugin.schema import resource_schema

WEB_ACL = "aws:wafv2/webAcl:WebAcl"
_PLACES = {"CLOUDFRONT": "global", "REGIONAL": "regional"}


@functools.cache
def _recorder() -> Handler:
    return recorded.handler(resource_schema(WEB_ACL), type_facts(WEB_ACL))


def _placed(cloud: Any, inputs: Properties) -> Any:
    """Return the cloud, with the place of the scope among what templates may name."""
    return replace(cloud, places={**cloud.places, "acl_place": _PLACES[inputs["scope"]]})


def _create(cloud: Any, inputs: Properties) -> Resource:
    return _recorder().create(_placed(cloud, inputs), inputs)


def _update(cloud: Any, resource: Resource, inputs: Properties) -> Mapping[str, Any]:
    update = _recorder().update
    if update is None:
        raise RuntimeError("recorded resources can be updated")
    return update(_placed(cloud, inputs), resource, inputs)


def _read(cloud: Any, resource_id: str, inputs: Properties) -> Resource | None:
    return _recorder().read(cloud, resource_id, inputs)


def _delete(cloud: Any, resource: Resource) -> None:
    _recorder().delete(cloud, resource)


HANDLERS = {WEB_ACL: Handler(_create, _read, _update, _delete)}
