"""Tags: the many forms in which services take them, and the two forms in which a state holds them."""

from collections.abc import Iterable, Mapping
from typing import Any

from pulumi_sandbox.plugin.handler import Properties

Tags = dict[str, str]


def pairs(tags: Mapping[str, str] | None, key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    """Return tags as the list of pairs that most services take."""
    return [{key: name, value: text} for name, text in (tags or {}).items()]


def from_pairs(items: Iterable[Mapping[str, str]] | None) -> Tags:
    """Return a list of pairs, under whatever member names, as a mapping."""
    result: Tags = {}
    for item in items or ():
        lower = {name.lower().removeprefix("tag"): text for name, text in item.items()}
        result[lower["key"]] = lower.get("value", "")
    return result


def outputs(inputs: Properties, found: Mapping[str, str] | None) -> Properties:
    """Return ``tags`` and ``tagsAll`` for a state, from the tags that the API has.

    ``tagsAll`` is everything but the service's own ``aws:`` tags; ``tags`` leaves out those that come from
    the provider's default tags alone.
    """
    every = {name: text for name, text in (found or {}).items() if not name.startswith("aws:")}
    own: Mapping[str, str] = inputs.get("tags") or {}
    default: Mapping[str, str] = inputs.get("tagsAll") or {}
    mine = {name: text for name, text in every.items() if name in own or default.get(name) != text}
    return {"tags": mine, "tagsAll": every}


def sync(client: Any, identifier: str, old: Mapping[str, str] | None, new: Mapping[str, str] | None) -> None:
    """Make the tags of the resource ``identifier`` go from ``old`` to ``new`` by the service's tag operations."""
    before, after = dict(old or {}), dict(new or {})
    gone = [name for name in before if name not in after]
    fresh = {name: text for name, text in after.items() if before.get(name) != text}
    for operation, tags in (("untag", gone), ("tag", fresh)):
        if tags:
            name = _operation(client, operation)
            getattr(client, name)(**_arguments(client, name, identifier, tags))


def _operation(client: Any, verb: str) -> str:
    known = client.meta.method_to_api_mapping
    return next(name for name in (f"{verb}_resource", f"{verb}_queue") if name in known)


def _arguments(client: Any, operation: str, identifier: str, tags: Any) -> dict[str, Any]:
    """Fill an operation that takes an identifier and tags, whatever it calls them."""
    api = client.meta.method_to_api_mapping[operation]
    shape = client.meta.service_model.operation_model(api).input_shape
    result: dict[str, Any] = {}
    for name, kind in shape.members.items():
        if kind.type_name == "string":
            result[name] = identifier
        elif kind.type_name == "map" or operation.startswith("untag"):
            result[name] = tags
        else:
            key = next(item for item in kind.member.members if "key" in item.lower())
            value = next(item for item in kind.member.members if "value" in item.lower())
            result[name] = pairs(tags, key, value)
    return result
