"""Bedrock: tags of guardrails and inference profiles (TagResource, UntagResource, ListTagsForResource)."""

from collections.abc import Mapping, Sequence
from typing import Any

from pulumi_sandbox.durable import open_map

from .control_plane import permissions_for
from .rest_json import Call, NotFoundError, routes_for

SIGNING_NAME = "bedrock"
_tags = open_map("bedrock.tags")


def set_tags(arn: str, tags: Mapping[str, str]) -> None:
    """Make these all the tags that a new resource has; a resource without an entry cannot be tagged later."""
    _tags[arn] = dict(tags)


def drop_tags(arn: str) -> None:
    """Forget a deleted resource's tags."""
    _tags.pop(arn, None)


def tags_of(arn: str) -> dict[str, str]:
    """Return the tags of a resource; raises ResourceNotFoundException if there is none of this ARN."""
    found = _tags.get(arn)
    if found is None:
        raise NotFoundError(f"The resource {arn} does not exist.")
    return found


def add_tags(arn: str, tags: Mapping[str, str]) -> None:
    """Add tags to a resource, over those of the same keys."""
    _tags[arn] = {**tags_of(arn), **tags}


def remove_tags(arn: str, keys: Sequence[str]) -> None:
    """Take the tags of these keys off a resource."""
    _tags[arn] = {key: value for key, value in tags_of(arn).items() if key not in keys}


def from_pairs(pairs: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Return Bedrock's list of key and value as a mapping."""
    return {pair["key"]: pair["value"] for pair in pairs}


def _tag(call: Call) -> dict[str, Any]:
    add_tags(call.parameters["resourceARN"], from_pairs(call.parameters["tags"]))
    return {}


def _untag(call: Call) -> dict[str, Any]:
    remove_tags(call.parameters["resourceARN"], call.parameters["tagKeys"])
    return {}


def _list(call: Call) -> dict[str, Any]:
    tags = tags_of(call.parameters["resourceARN"])
    return {"tags": [{"key": key, "value": value} for key, value in tags.items()]}


routes = routes_for("bedrock", {"TagResource": _tag, "UntagResource": _untag, "ListTagsForResource": _list})
# The resource is in the body, which is not read yet when permissions are asked for.
actions = permissions_for(routes, "bedrock", lambda _operation, _labels, _caller: ["*"])
