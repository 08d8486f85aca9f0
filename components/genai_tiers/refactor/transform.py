"""The one line in a program that applies `refactor.yaml`."""

import os
from collections.abc import Mapping
from pathlib import Path

import pulumi

from genai_tiers.refactor.identity import STACK_TYPE, child_identity, identity_of, urn_of
from genai_tiers.refactor.moves_file import FILE_NAME, Moves, read_moves

FILE_VARIABLE = "GENAI_TIERS_MOVES"
"""Names another file, or none when it is empty: the planner looks at a program with and without its moves."""


def apply_moves(path: str | os.PathLike[str] | None = None) -> None:
    """Give every resource that the file names an alias of its former identity. Call it before the first resource.

    Args:
        path: the file; `refactor.yaml` in the project's directory if left out. Without the file nothing happens.

    Raises:
        RefactorError: the file cannot be read; the message says where.
    """
    override = os.environ.get(FILE_VARIABLE)
    if override is not None:
        # The planner's own line has come before this one.
        if getattr(pulumi.runtime, "_genai_tiers_moves", None) == override:
            return
        setattr(pulumi.runtime, "_genai_tiers_moves", override)  # noqa: B010 - not an attribute that type checkers know
    file = Path(override if override is not None else path or Path(pulumi.runtime.get_root_directory()) / FILE_NAME)
    former = former_identities(read_moves(file)) if override != "" else {}
    if former:
        pulumi.runtime.register_resource_transform(_transform(former))


def former_identities(moves: Moves) -> dict[str, list[str]]:
    """Identity -> the ones before it, the latest first: a stack may have missed some of several moves."""
    before = {each.new: each.old for each in moves.moves}
    found: dict[str, list[str]] = {}
    for new in before:
        chain = [new]
        while chain[-1] in before:
            chain.append(before[chain[-1]])
        found[new] = chain[1:]
    return found


def _transform(former: Mapping[str, list[str]]) -> pulumi.ResourceTransform:
    async def add_alias(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        parent = args.opts.parent
        above = await pulumi.Output.from_input(parent.urn).future() if parent else None
        below = identity_of(above) if above and f"::{STACK_TYPE}::" not in above else None
        olds = former.get(child_identity(below, args.type_, args.name))
        if olds is None:
            return None
        aliases = [urn_of(old, pulumi.get_stack(), pulumi.get_project()) for old in olds]
        # Before the program's own: an entry is the newer word.
        args.opts.aliases = [*aliases, *(args.opts.aliases or [])]
        return pulumi.ResourceTransformResult(args.props, args.opts)

    return add_alias
