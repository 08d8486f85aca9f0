"""What matching looks at: every resource of both sides with fingerprints of its contents and its neighbours."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from genai_tiers.refactor.graph import Resource, Sides, unchanged
from genai_tiers.refactor.identity import name_of, role_of
from genai_tiers.refactor.normal_inputs import digest, leaves, normal_inputs, tells_apart

IDENTITY_INPUTS = frozenset(
    {"bucket", "clusterIdentifier", "domain", "functionName", "identifier", "name", "tableName"}
)
"""Inputs that name the physical thing: two of one type cannot have the same at once."""


@dataclass(slots=True, eq=False)
class Node:
    """A resource of one side while it is being matched."""

    resource: Resource
    old: bool
    kind: tuple[str, bool]
    """The type (after type aliases), and whether a provider manages it."""
    name: str
    role: str
    inputs: dict[str, Any]
    own: int
    """Fingerprint of its inputs; references in them count as such, whatever they point to."""
    relative: int
    """The same, with its own name taken out of texts."""
    relative_tells: bool
    tells: bool
    """Whether its inputs, or those of what it uses, say enough to know it by."""
    physical_name: tuple[tuple[str, str], ...]
    """The inputs that name the physical thing, if there are any."""
    closure: int = 0
    """Fingerprint of its inputs and of all that it uses, directly or not."""
    contents: int = 0
    """Fingerprint of a component's children, theirs and their roles."""
    contents_tell: bool = False
    parent: "Node | None" = None
    children: list["Node"] = field(default_factory=list["Node"])
    uses: list[tuple[str, "Node"]] = field(default_factory=list[tuple[str, "Node"]])
    users: list[tuple[str, "Node"]] = field(default_factory=list[tuple[str, "Node"]])
    pair: int | None = None
    """The number of its pair; equal on both sides."""
    uses_mark: int = 0
    users_mark: int = 0
    """Fingerprints of the neighbours as known so far: pairs by number, others by type."""
    unpaired_uses: int = 0
    paired_uses: int = 0
    paired_users: int = 0


@dataclass(slots=True)
class Nodes:
    """Both sides, linked."""

    olds: dict[str, Node]
    news: dict[str, Node]
    pairs: int
    """How many pairs are given already; their numbers are below it."""


def make_nodes(sides: Sides, pairs: Mapping[str, str], type_aliases: Mapping[str, str]) -> Nodes:
    """Make the nodes of both sides.

    Args:
        sides: what the preview says.
        pairs: new identity -> old identity of what is settled before matching starts.
        type_aliases: former type -> type.
    """
    settled_news = {new for new in pairs if new in sides.steps and unchanged(sides.steps[new])}
    settled_olds = {pairs[new] for new in settled_news}
    paired = set(pairs.values())
    olds = {i: _node(r, settled_olds, type_aliases, i in paired, old=True) for i, r in sides.olds.items()}
    news = {i: _node(r, settled_news, type_aliases, i in pairs, old=False) for i, r in sides.news.items()}
    numbered = [(new, old) for new, old in pairs.items() if new in news and old in olds]
    for number, (new, old) in enumerate(numbered):
        news[new].pair = olds[old].pair = number
    for side in (olds, news):
        _link(side)
        _each_after(side.values(), lambda node: [used for _, used in node.uses], _add_closure)
        _each_after(side.values(), lambda node: node.children, _add_contents)
    return Nodes(olds, news, len(numbered))


def user_mark(label: str, node: Node) -> int:
    """What a neighbour contributes to the fingerprint of neighbours."""
    return hash((label, node.kind)) if node.pair is None else hash((label, node.pair))


def _node(resource: Resource, settled: set[str], type_aliases: Mapping[str, str], paired: bool, *, old: bool) -> Node:
    waiting = {name for name, used in resource.uses if used not in settled}
    # What is paired is known by that; most of a large stack is, and need not be looked at.
    inputs = {} if paired else normal_inputs(resource.inputs, waiting)
    name = name_of(resource.identity)
    # Normalising twice is for the few whose name is in their inputs.
    named = not paired and any(isinstance(leaf, str) and name in leaf for leaf in leaves(inputs))
    relative = normal_inputs(resource.inputs, waiting, name) if named else inputs
    own = 0 if paired else digest(inputs)
    tells = tells_apart(inputs)
    return Node(
        resource=resource,
        old=old,
        kind=(type_aliases.get(resource.type, resource.type), resource.custom),
        name=name,
        role=role_of(resource.identity, resource.parent),
        inputs=inputs,
        own=own,
        relative=digest(relative) if named else own,
        relative_tells=tells_apart(relative) if named else tells,
        tells=tells,
        physical_name=_physical_name(inputs),
    )


def _physical_name(inputs: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    named = ((name, inputs[name]) for name in sorted(IDENTITY_INPUTS & inputs.keys()))
    return tuple((name, value) for name, value in named if isinstance(value, str))


def _link(side: Mapping[str, Node]) -> None:
    for node in side.values():
        parent = side.get(node.resource.parent or "")
        if parent:
            node.parent = parent
            parent.children.append(node)
        for label, identity in node.resource.uses:
            used = side.get(identity)
            if used and used is not node:
                node.uses.append((label, used))
                used.users.append((label, node))
    for node in side.values():
        for label, used in node.uses:
            node.uses_mark += user_mark(label, used)
            used.users_mark += user_mark(label, node)
            # A provider is used by everything and tells nothing.
            if used.pair is None:
                node.unpaired_uses += 1
            elif label != "provider":
                node.paired_uses += 1
            if node.pair is not None:
                used.paired_users += 1


def _each_after(nodes: Iterable[Node], before: Callable[[Node], Iterable[Node]], visit: Callable[[Node], None]) -> None:
    """Visit every node once, after those that `before` names; without recursion, as chains may be long."""
    done: set[int] = set()
    for start in nodes:
        stack = [(start, False)]
        while stack:
            node, ready = stack.pop()
            if ready:
                visit(node)
            elif id(node) not in done:
                done.add(id(node))
                stack.append((node, True))
                stack.extend((each, False) for each in before(node))


def _add_closure(node: Node) -> None:
    if node.pair is not None:
        node.closure = -1 - node.pair  # no fingerprint is negative
        return
    below = sorted((label, used.closure) for label, used in node.uses)
    node.closure = digest([list(node.kind), node.own, below])
    node.tells = node.tells or any(used.tells for label, used in node.uses if label != "provider" and used.pair is None)


def _add_contents(node: Node) -> None:
    if node.pair is not None:
        node.contents, node.contents_tell = -1 - node.pair, True
        return
    if node.resource.custom and not node.children:
        node.contents, node.contents_tell = node.own, node.tells
        return
    below = sorted((child.role, *map(str, child.kind), child.contents) for child in node.children)
    node.contents = digest([node.own, below])
    node.contents_tell = len(below) >= 2 or any(child.contents_tell for child in node.children)
