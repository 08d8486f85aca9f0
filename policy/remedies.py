"""What a remediation hands back to the engine: all properties, with those that mend a violation."""

from collections.abc import Mapping
from typing import Any

from pulumi_policy import Secret

from known import Unknown, has_unknown
from rule import Resource, Rule


def remedied(properties: Any, rule: Rule, resource: Resource) -> Mapping[str, Any] | None:
    """The properties as the SDK handed them over, with the remedy in them; nothing where there is none to set.

    A value that is not known yet stays as it is; to a map of which a part is not known, names are added. A property
    that was or held a secret stays one: the SDK keeps that mark for a value of its own only, and loses it in lists.
    """
    assert rule.remedy is not None  # noqa: S101 - only rules with a remedy have a remediation
    changed = False
    for name, value in rule.remedy(resource).items():
        before = resource.properties.get(name)
        raw = properties["__target"].get(name)
        if isinstance(before, Unknown):
            continue
        if has_unknown(before):
            changed = _added(raw, before, value) or changed
        else:
            properties["__target"][name] = Secret(value) if _holds_secret(raw) else value
            changed = True
    return properties if changed else None


def _added(raw: Any, before: Any, value: Any) -> bool:
    """Adds to a map of which a part is not known yet; what it has stays as it is."""
    if not isinstance(raw, Mapping) or not isinstance(before, Mapping) or not isinstance(value, Mapping):
        return False
    added = {name: each for name, each in value.items() if name not in before}
    _target(raw).update(added)
    return bool(added)


def _holds_secret(value: Any) -> bool:
    if isinstance(value, Secret):
        return True
    if isinstance(value, Mapping):
        return any(_holds_secret(each) for each in _target(value).values())
    return isinstance(value, list) and any(_holds_secret(each) for each in value)


def _target(value: Any) -> Any:
    """The map behind the SDK's view of one."""
    return value["__target"] if type(value).__module__.startswith("pulumi_policy") else value
