"""Rules called as the pack calls them: on the SDK's view of a resource, which raises at unknown values."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, unknown_checking_proxy

from configuration import configured
from judgement import Judgement, judge
from known import plain
from rule import Resource, Rule
from rules import RULES

UNKNOWN = UNKNOWN_STRING_VALUE


def rule(identifier: str) -> Rule:
    (found,) = [rule for rule in RULES if rule.id == identifier]
    return found


def resource(
    resource_type: str,
    name: str,
    properties: dict[str, Any],
    references: Mapping[str, list[str]] | None = None,
    stack: list[Resource] | None = None,
) -> Resource:
    """A resource with properties as the SDK shows them. Given a `stack`, it becomes a part of it."""
    seen = plain(unknown_checking_proxy(properties))
    made = Resource(resource_type, urn(resource_type, name), seen, references or {}, [] if stack is None else stack)
    if stack is not None:
        stack.append(made)
    return made


def urn(resource_type: str, name: str) -> str:
    return f"urn:pulumi:dev::project::{resource_type}::{name}"


def judged(identifier: str, resource_type: str, properties: dict[str, Any]) -> Judgement:
    """What a rule says of one resource, with the rule's settings as they are without a configuration."""
    judging = rule(identifier)
    made = resource(resource_type, "it", properties)
    return judge(judging, replace(made, settings=configured(judging, {}).settings))
