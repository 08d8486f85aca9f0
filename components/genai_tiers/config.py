"""Stack config as arguments: every field of `ThreeTierArgs` is a config key of the same name."""

from typing import Any, cast

import pulumi

from .args import ThreeTierArgs
from .validation import InvalidArgumentsError

PLAIN = {"retain_data": bool, "log_retention_days": int}
"""Keys that hold a plain value; all others hold a list or an object."""


def three_tier_args(config: pulumi.Config) -> ThreeTierArgs:
    """The arguments in a stack's config."""
    args: dict[str, Any] = {}
    for key in ThreeTierArgs.__annotations__:
        if (kind := PLAIN.get(key)) is bool:
            value = config.get_bool(key)
        elif kind is int:
            value = config.get_int(key)
        else:
            value = config.get_object(key)
        if value is not None:
            args[key] = value
    return cast("ThreeTierArgs", args)


def require_choice(config: pulumi.Config, key: str, choices: tuple[str, ...]) -> str:
    """A config value that must be one of the choices."""
    value = config.require(key)
    if value not in choices:
        expected = " or ".join(choices)
        raise InvalidArgumentsError("stack config", [f"{key} is {value!r}: expected {expected}"])
    return value
