"""Identities: what the engine knows a resource by, without the names of the stack and the project.

An identity is the types of the parents and of the resource itself, joined by `$`, then `::` and the logical name, such
as `my:index:Group$aws:sqs/queue:Queue::group-queue`. The names of the parents are not part of it.
"""

STACK_TYPE = "pulumi:pulumi:Stack"


def identity_of(urn: str) -> str:
    """The identity in a URN."""
    return urn.split("::", 3)[2] + "::" + urn.split("::", 3)[3]


def urn_of(identity: str, stack: str, project: str) -> str:
    """The URN that an identity has in a stack."""
    return f"urn:pulumi:{stack}::{project}::{identity}"


def name_of(identity: str) -> str:
    """The logical name."""
    return identity.split("::", 1)[1]


def types_of(identity: str) -> str:
    """The types of the parents and of the resource."""
    return identity.split("::", 1)[0]


def type_of(identity: str) -> str:
    """The resource's own type."""
    return types_of(identity).rsplit("$", 1)[-1]


def is_identity(text: str) -> bool:
    """Whether a text has the form of one."""
    kinds, _, name = text.partition("::")
    return bool(name) and all(kind.count(":") == 2 for kind in kinds.split("$"))


def renamed(identity: str, name: str) -> str:
    """The identity with another logical name."""
    return f"{types_of(identity)}::{name}"


def child_identity(parent: str | None, kind: str, name: str) -> str:
    """The identity of a resource below a parent, or below the stack itself."""
    return f"{types_of(parent)}${kind}::{name}" if parent else f"{kind}::{name}"


def inherited(child: str, parent: str, old_parent: str) -> str:
    """The identity under which the engine looks for a child whose parent was found under `old_parent`.

    A leading name of the parent is replaced in the child's name, wherever it ends: the engine looks for no separator.
    """
    name = name_of(child)
    if name.startswith(name_of(parent)):
        name = name_of(old_parent) + name.removeprefix(name_of(parent))
    return child_identity(old_parent, type_of(child), name)


def role_of(identity: str, parent: str | None) -> str:
    """What remains of the name without the parent's, such as `queue` of `orders-queue` below `orders`."""
    name = name_of(identity)
    if parent and name.startswith(name_of(parent)):
        return name.removeprefix(name_of(parent)).strip("-_./") or name
    return name
