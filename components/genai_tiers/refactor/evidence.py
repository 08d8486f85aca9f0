"""What makes a match certain: kinds of evidence, the strongest first.

Each kind has a key that a resource of the state and one of the program must share, with nobody else on either side, and
a condition on the two. A kind is tried again for a resource whenever one of its neighbours has been matched.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from genai_tiers.refactor.nodes import Node

Key = tuple[Any, ...]


class Meeting(NamedTuple):
    """Two that share a key with nobody else."""

    old: Node
    new: Node
    balanced: bool
    """Whether those like them stand in the same places on both sides."""


class Evidence(NamedTuple):
    """A kind of evidence."""

    text: str
    """As in refactor.yaml."""
    key: Callable[[Node], Key | None]
    """What the two must share; none where this kind does not apply."""
    enough: Callable[[Meeting], bool]
    """Whether it suffices for these two."""


def similarity(old: Node, new: Node) -> float:
    """The share of inputs that are equal, of all that either has."""
    names = old.inputs.keys() | new.inputs.keys()
    return sum(old.inputs.get(name) == new.inputs.get(name) for name in names) / len(names) if names else 0.0


def place(node: Node) -> Any:
    """Where it stands, as far as is known: the number of its parent's pair, or the parent's type."""
    if node.parent is None:
        return "stack"
    return node.parent.kind if node.parent.pair is None else node.parent.pair


def _uses_agree(two: Meeting) -> bool:
    """Whether what the two use is the same as far as can be known."""
    old, new, _ = two
    return old.closure == new.closure or (old.unpaired_uses == new.unpaired_uses == 0)


def _known_place(two: Meeting) -> bool:
    """Whether the parent, with the matched neighbours, tells the two from others like them. It does only if none of
    those others came or went or has another parent now: a deleted one and a renamed one would look the same."""
    old = two.old
    known = old.paired_uses + old.paired_users > 0 or (old.parent is not None and old.parent.pair is not None)
    return two.balanced and known and _uses_agree(two)


def _left_its_place(two: Meeting) -> bool:
    """Whether a name says something: short ones, such as `main`, are in many components, and may come and go with
    them. So the inputs must tell, or the old parent must be there still."""
    parent = two.old.parent
    return two.old.tells or parent is None or parent.pair is not None


def _custom(key: Callable[[Node], Key | None]) -> Callable[[Node], Key | None]:
    return lambda node: key(node) if node.resource.custom else None


def _component(key: Callable[[Node], Key | None]) -> Callable[[Node], Key | None]:
    return lambda node: key(node) if not node.resource.custom and node.children else None


EVIDENCE = (
    Evidence(
        "same name and equal inputs",
        lambda n: (n.kind, n.name, n.own),
        lambda two: _left_its_place(two) and _uses_agree(two),
    ),
    Evidence(
        "its former name below another component, equal inputs",
        _custom(lambda n: (n.kind, n.name if n.old else n.role, n.own)),
        lambda two: two.new.name != two.new.role and _left_its_place(two) and _uses_agree(two),
    ),
    Evidence(
        "its role as a name of its own, equal inputs",
        _custom(lambda n: (n.kind, n.role if n.old else n.name, n.own)),
        lambda two: two.old.name != two.old.role and two.old.tells and _uses_agree(two),
    ),
    Evidence(
        "equal inputs, same parent, same neighbours",
        _custom(lambda n: (n.kind, n.own, place(n), n.uses_mark, n.users_mark)),
        _known_place,
    ),
    Evidence(
        "equal inputs, same parent, uses the same",
        _custom(lambda n: (n.kind, n.own, place(n), n.uses_mark)),
        lambda two: two.old.paired_uses > 0 and _known_place(two),
    ),
    Evidence(
        "equal inputs, uses the same",
        _custom(lambda n: (n.kind, n.own, n.uses_mark)),
        lambda two: two.old.paired_uses > 0 and _uses_agree(two),
    ),
    Evidence(
        "equal inputs, used by the same",
        _custom(lambda n: (n.kind, n.own, n.users_mark)),
        lambda two: two.old.paired_users > 0 and _uses_agree(two),
    ),
    Evidence(
        "equal inputs, found nowhere else",
        _custom(lambda n: (n.kind, n.closure)),
        lambda two: two.old.tells and two.new.tells,
    ),
    Evidence(
        "same children, same parent",
        _component(lambda n: (n.kind, n.contents, place(n))),
        lambda two: two.old.contents_tell and (two.old.parent is None or two.old.parent.pair is not None),
    ),
    Evidence(
        "same children",
        _component(lambda n: (n.kind, n.contents)),
        lambda two: two.old.contents_tell,
    ),
    Evidence(
        "another type of component with the same name and children",
        _component(lambda n: (n.name, n.contents)),
        lambda two: two.old.contents_tell,
    ),
    Evidence(
        "the same child of a matched component",
        lambda n: (n.kind, n.parent.pair, n.role) if n.parent and n.parent.pair is not None else None,
        lambda _: True,
    ),
    Evidence(
        "the same role in another component, equal inputs",
        _custom(lambda n: (n.kind, n.own, n.role)),
        lambda two: two.old.tells and _uses_agree(two),
    ),
    Evidence(
        "inputs equal but for the resource's own name",
        _custom(lambda n: (n.kind, n.relative, n.uses_mark)),
        lambda two: (
            two.old.own != two.new.own
            and two.old.relative_tells
            and two.old.unpaired_uses == two.new.unpaired_uses == 0
        ),
    ),
    Evidence(
        "same physical name",
        _custom(lambda n: (n.kind, n.physical_name, n.uses_mark) if n.physical_name else None),
        lambda two: two.old.unpaired_uses == two.new.unpaired_uses == 0,
    ),
    Evidence(
        "same name and type, inputs alike",
        _custom(lambda n: (n.kind, n.name)),
        lambda two: similarity(two.old, two.new) >= 0.5,
    ),
)
