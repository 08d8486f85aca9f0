"""What a remediation hands back to the engine: all properties, with those that mend a violation."""

from collections.abc import Mapping
from typing import Any

from pulumi_policy import Secret

from known import Unknown, has_unknown
from rule import Resource, Rule


def remedied(properties: Any, rule: Rule, resource: Resource) -> Mapping[str, Any] | None:
    """The properties as the SDK handed them over, with the remedy in them; nothing where there is none to set.

    A property whose value is not known yet, or a part of it, stays as it is. One that was or held a secret stays one:
    the SDK keeps that mark for a value of its own only, and loses it in lists.
    """
    assert rule.remedy is not None  # noqa: S101 - only rules with a remedy have a remediation
    changed = False
    for name, value in rule.remedy(resource).items():
        before = resource.properties.get(name)
        if isinstance(before, Unknown) or has_unknown(before):
            continue
        raw = properties["__target"].get(name)
        properties["__target"][name] = Secret(value) if _holds_secret(raw) else value
        changed = True
    return properties if changed else None


def _holds_secret(value: Any) -> bool:
    if isinstance(value, Secret):
        return True
    if isinstance(value, Mapping):
        target = value["__target"] if type(value).__module__.startswith("pulumi_policy") else value
        return any(_holds_secret(each) for each in target.values())
    return isinstance(value, list) and any(_holds_secret(each) for each in value)
