"""Put something around a method of moto's, and check that the method is still there to be wrapped."""

import functools
from collections.abc import Callable
from typing import Any


def wrap(owner: Any, name: str, around: Callable[..., Any]) -> None:
    """Replace ``owner.name`` by ``around(original, *arguments)``.

    Raises AttributeError when moto has no such method, since then the gap has to be looked at again.
    """
    original = getattr(owner, name)

    @functools.wraps(original)
    def wrapped(*arguments: Any, **named: Any) -> Any:
        return around(original, *arguments, **named)

    setattr(owner, name, wrapped)


def add(owner: Any, name: str, method: Callable[..., Any]) -> None:
    """Give ``owner`` a method that moto lacks. Raises AttributeError when it has one by now."""
    if hasattr(owner, name):
        raise AttributeError(f"moto's {owner.__name__} has a {name} of its own by now; take ours out")
    setattr(owner, name, method)
