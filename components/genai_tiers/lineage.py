"""Every former identity of every component and child, as data, and the resource options that carry it.

A resource's identity is its logical name, its type and its parent. Whoever changes one of them adds a line to a table
here in the same commit; the engine then finds the old state and nothing is replaced. Entries stay for two major
versions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

PACKAGE = "genai-tiers"

FORMER_TYPES: Mapping[str, tuple[str, ...]] = {}
"""Component class -> the type tokens it had before, such as {"AwsBackend": ("genai-tiers:index:AwsData",)}."""

FORMER_ROLES: Mapping[tuple[str, str], tuple[str, ...]] = {}
"""(Component class, role) -> the roles the child had before, such as {("AwsBackend", "key"): ("cmk",)}."""


def type_token(component: type[pulumi.ComponentResource]) -> str:
    """The type of a component. The component provider host derives the same one, so that a component constructed
    from another language is the same resource."""
    return f"{PACKAGE}:index:{component.__name__}"


def component_options(
    component: type[pulumi.ComponentResource], options: pulumi.ResourceOptions | None
) -> pulumi.ResourceOptions:
    """The caller's options with the component's former types put before the caller's own aliases."""
    former = [pulumi.Alias(type_=token) for token in FORMER_TYPES.get(component.__name__, ())]
    given = options or pulumi.ResourceOptions()
    return (
        pulumi.ResourceOptions.merge(given, pulumi.ResourceOptions(aliases=[*former, *(given.aliases or [])]))
        if former
        else given
    )


@dataclass(frozen=True)
class Children:
    """Names and options for the children of one component. A caller's options are never forwarded to children: an
    alias or an `import_` among them would hit every one."""

    parent: pulumi.ComponentResource
    name: str

    def named(self, role: str) -> str:
        """The logical name of the child with this role."""
        return f"{self.name}-{role}"

    def options(self, role: str, **more: Any) -> pulumi.ResourceOptions:
        """Options that make the resource this component's child and carry its former roles. `more` are options such
        as `depends_on` or `protect`."""
        former = FORMER_ROLES.get((type(self.parent).__name__, role), ())
        aliases = [pulumi.Alias(name=self.named(old)) for old in former]
        return pulumi.ResourceOptions(parent=self.parent, aliases=aliases or None, **more)
