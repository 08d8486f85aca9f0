"""Which resources of a stack belong together: what one is computed from, or names."""

from collections.abc import Iterator
from typing import Any

from known import Unknown
from rule import Resource

NAMES = ("id", "arn", "name", "bucket", "url", "selfLink")
"""Properties by which others name a resource."""


def made_from(resource: Resource, property_name: str) -> Iterator[Resource]:
    """The resources that a property was computed from, or that its value names."""
    urns = resource.references.get(property_name, ())
    value = resource.properties.get(property_name)
    for other in resource.stack:
        if other.urn in urns or (other.urn != resource.urn and names(other, value)):
            yield other


def users(resource: Resource, resource_type: str, property_name: str) -> Iterator[Resource]:
    """The resources of a type that have this one in a property, by reference or by name."""
    for other in resource.stack:
        if other.type != resource_type:
            continue
        value = other.properties.get(property_name)
        if resource.urn in other.references.get(property_name, ()) or (
            isinstance(value, str) and names(resource, value)
        ):
            yield other


def may_be_elsewhere(resource: Resource, resource_type: str, property_name: str) -> bool:
    """Whether a resource of the type has a property whose value is not known and of which nothing is known."""
    return any(
        other.type == resource_type
        and isinstance(other.properties.get(property_name), Unknown)
        and not other.references.get(property_name)
        for other in resource.stack
    )


def names(resource: Resource, value: Any) -> bool:
    """Whether a value is one of the texts by which others name the resource."""
    return isinstance(value, str) and any(value == resource.properties.get(name) for name in NAMES)


def of_type(resource: Resource, *types: str) -> list[Resource]:
    """All resources of the stack that are of one of the types."""
    return [other for other in resource.stack if other.type in types]
