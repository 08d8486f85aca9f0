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


@dataclass(frozen=True)
class FormerParent:
    """The component that a child belonged to, when that stood beside the one it belongs to now."""

    component: str
    """Its class, such as "AwsMiddleware"."""
    role: str
    """Its role in the component above both, such as "middleware"."""
    own_role: str
    """The present parent's role there, such as "backend". One that stands alone has no former parent beside it."""


@dataclass(frozen=True)
class Former:
    """A former identity of a child; what is left out was as it is now."""

    role: str | None = None
    type_: str | None = None
    """The type token, of a resource that the provider has renamed or that was replaced by its successor."""
    parent: FormerParent | None = None


FORMER_CHILDREN: Mapping[tuple[str, str], tuple[Former, ...]] = {}
"""(Component class, role) -> what the child was before, such as {("AwsBackend", "key"): (Former(role="cmk"),)}."""


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
        """Options that make the resource this component's child and carry its former identities. `more` are options
        such as `depends_on` or `protect`."""
        former = FORMER_CHILDREN.get((type(self.parent).__name__, role), ())
        aliases = [alias for each in former if (alias := self._alias(role, each))]
        return pulumi.ResourceOptions(parent=self.parent, aliases=aliases or None, **more)

    def _alias(self, role: str, former: Former) -> pulumi.Alias | None:
        old_role = former.role or role
        more: dict[str, Any] = {"type_": former.type_} if former.type_ else {}
        if former.parent is None:
            return pulumi.Alias(name=self.named(old_role), **more)
        if not self.name.endswith(f"-{former.parent.own_role}"):
            return None
        name = self.name.removesuffix(former.parent.own_role) + former.parent.role
        token = f"{PACKAGE}:index:{former.parent.component}"
        above = self.parent.urn.apply(lambda urn: _beside(urn, token, name))
        return pulumi.Alias(name=f"{name}-{old_role}", parent=above, **more)


def _beside(urn: str, token: str, name: str) -> str:
    """The URN of another component below the same parent."""
    stack, types, _ = urn.rsplit("::", 2)
    parents, dollar, _ = types.rpartition("$")
    return f"{stack}::{parents}{dollar}{token}::{name}"
