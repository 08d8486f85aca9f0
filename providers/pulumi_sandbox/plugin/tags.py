"""Provider-wide tags and labels: how they merge with a resource's own."""

from collections.abc import Mapping
from typing import Any

from pulumi_sandbox.plugin.schema import ResourceSchema
from pulumi_sandbox.plugin.values import UNKNOWN, Secret, has_secret, has_unknown, plain, unwrap

# The real gcp provider marks what it creates, unless addPulumiAttributionLabel is false.
_ATTRIBUTION = {"goog-pulumi-provisioned": "true"}


def _default_tags(config: Mapping[str, Any]) -> dict[str, Any]:
    return dict(unwrap(unwrap(config.get("defaultTags", {})).get("tags", {})))


def takes_tags(schema: ResourceSchema) -> bool:
    """Tell whether the type has AWS tags that the provider's default tags are merged into."""
    return "tags" in schema.inputs and "tagsAll" in schema.outputs


def with_all_tags(inputs: Mapping[str, Any], config: Mapping[str, Any], schema: ResourceSchema) -> dict[str, Any]:
    """Return ``inputs`` with ``tagsAll``: the provider's default tags, overridden by the resource's own.

    Ignored tags (``ignoreTags``) are left out. The result is unknown when any part of it is.
    """
    if not takes_tags(schema):
        return dict(inputs)
    own = inputs.get("tags", {})
    if has_unknown(own) or has_unknown(config.get("defaultTags")):
        return {**inputs, "tagsAll": UNKNOWN}
    merged = {**plain(_default_tags(config)), **plain(own)}
    ignored = plain(config.get("ignoreTags", {}))
    kept = {
        key: value
        for key, value in merged.items()
        if key not in ignored.get("keys", ()) and not key.startswith(tuple(ignored.get("keyPrefixes", ())))
    }
    secret = has_secret(own) or has_secret(config.get("defaultTags"))
    return {**inputs, "tagsAll": Secret(kept) if secret else kept}


def own_tags(every: Mapping[str, str], known: Mapping[str, str], config: Mapping[str, Any]) -> dict[str, str]:
    """Return the tags of a resource that are its own: all that it has, less the provider's defaults.

    A default that ``known`` (the last known own tags) repeats counts as the resource's own.
    """
    defaults = plain(_default_tags(config))
    return {key: value for key, value in every.items() if key in known or defaults.get(key) != value}


def with_labels(outputs: Mapping[str, Any], config: Mapping[str, Any], schema: ResourceSchema) -> dict[str, Any]:
    """Return gcp ``outputs`` with ``pulumiLabels`` and ``effectiveLabels`` where the type has them."""
    if "effectiveLabels" not in schema.outputs:
        return dict(outputs)
    labels = {**config.get("defaultLabels", {}), **(outputs.get("labels") or {})}
    attribution = {} if config.get("addPulumiAttributionLabel") is False else _ATTRIBUTION
    return {**outputs, "pulumiLabels": labels, "effectiveLabels": {**attribution, **labels}}
