"""Moto keeps every model that it ever made in a list for its dashboard: in a daemon, a leak of each deleted item."""

from typing import Any


def _untracked(cls: type, *_: Any, **__: Any) -> Any:
    return object.__new__(cls)


def install() -> None:
    """Make models without keeping them."""
    from moto.core.common_models import BaseModel

    BaseModel.__new__ = _untracked
