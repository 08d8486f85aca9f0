"""What an expression can see: the state's input, its result or error, the context object, and variables."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Scope:
    """The data of one evaluation. ``root`` is what ``$`` means in JSONPath."""

    root: Any
    context: Mapping[str, Any]
    variables: Mapping[str, Any] = field(default_factory=dict[str, Any])
    states: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Members of ``$states`` in JSONata beside the context: input, result, errorOutput."""

    def at(self, root: Any, **states: Any) -> "Scope":
        """Return a scope with another root, and more members of ``$states``."""
        return Scope(root, self.context, self.variables, {**self.states, **states})


def independent(value: Any) -> Any:
    """Return a copy that shares nothing with the original."""
    return copy.deepcopy(value)
