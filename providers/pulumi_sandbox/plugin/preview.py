"""What a preview says of a resource's outputs: known, unknown until it is deployed, or absent."""

from collections.abc import Mapping
from typing import Any

from pulumi_sandbox.plugin.diff import equal
from pulumi_sandbox.plugin.facts import TypeFacts, split
from pulumi_sandbox.plugin.schema import ResourceSchema
from pulumi_sandbox.plugin.values import DEFAULTS, UNKNOWN, Secret, unwrap


def created(
    schema: ResourceSchema, facts: TypeFacts, inputs: Mapping[str, Any], known: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the outputs of a resource to be created.

    Inputs are echoed, what the cloud will compute is unknown, optional inputs left out are absent. ``known``
    are outputs that follow from the provider's configuration alone, such as the region.
    """
    outputs = {name: _echo(facts, value, name) for name, value in inputs.items() if name != DEFAULTS}
    for name in schema.outputs:
        if name in outputs:
            continue
        if name in known:
            outputs[name] = known[name]
        elif schema.is_computed(name) or facts.at(name).get("computed"):
            outputs[name] = UNKNOWN
    return outputs


def updated(
    schema: ResourceSchema,
    facts: TypeFacts,
    old_inputs: Mapping[str, Any],
    old_outputs: Mapping[str, Any],
    inputs: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the outputs of a resource to be changed in place: the old ones, with the new inputs over them."""
    removed = {name for name in old_inputs if name not in inputs and not schema.is_computed(name)}
    kept = {name: value for name, value in old_outputs.items() if name not in removed}
    outputs = {**kept, **{name: value for name, value in inputs.items() if name != DEFAULTS}}
    for rule in facts.recompute:
        changed = any(not equal(facts, old_inputs.get(name), inputs.get(name), name) for name in rule["when_changed"])
        if changed and all(unwrap(inputs.get(name)) == value for name, value in rule.get("if", {}).items()):
            outputs.update(dict.fromkeys(rule["outputs"], UNKNOWN))
    return outputs


def _echo(facts: TypeFacts, value: Any, path: str) -> Any:
    """Return an input as the output will have it: parts of it that the cloud fills in are unknown."""
    if isinstance(value, Secret):
        return Secret(_echo(facts, value.value, path))
    if isinstance(value, list):
        return [_echo(facts, item, f"{path}[]") for item in value]
    if not isinstance(value, dict):
        return value
    result = {key: _echo(facts, item, f"{path}.{key}") for key, item in value.items() if key != DEFAULTS}
    for other, known in facts.properties.items():
        parent, name = split(other)
        if parent == path and known.get("computed"):
            result.setdefault(name, UNKNOWN)
    return result
