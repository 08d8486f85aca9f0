"""What a knowledge base needs of the store that its vectors are in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from .iam_roles import Statement


@dataclass(frozen=True)
class Store:
    """A vector store. `configuration` is the knowledge base's `storage_configuration`, `statements` are what its role
    may do there. `admit` lets in the role of an ARN and returns what must be there before the knowledge base."""

    configuration: Any
    statements: Sequence[Statement]
    admit: Callable[[pulumi.Output[str]], Sequence[pulumi.Resource]]
