"""Stack config as arguments: every field of `ThreeTierArgs` is a config key of the same name."""

from typing import Any, cast

import pulumi

from .args import ThreeTierArgs
from .validation import InvalidArgumentsError

PLAIN = {
    "retain_data": pulumi.Config.get_bool,
    "log_retention_days": pulumi.Config.get_int,
    "alarm_topic": pulumi.Config.get,
    "account_log_role": pulumi.Config.get_bool,
    "graphql": pulumi.Config.get_bool,
}
"""How keys are read that hold a plain value; all others hold a list or an object."""


def three_tier_args(config: pulumi.Config) -> ThreeTierArgs:
    """The arguments in a stack's config. An empty text is as good as none, since every key has a default."""
    args: dict[str, Any] = {}
    for key in ThreeTierArgs.__annotations__:
        value = PLAIN.get(key, pulumi.Config.get_object)(config, key)
        if value is not None and value != "":
            args[key] = value
    return cast("ThreeTierArgs", args)


def require_choice(config: pulumi.Config, key: str, choices: tuple[str, ...]) -> str:
    """A config value that must be one of the choices."""
    value = config.require(key)
    if value not in choices:
        expected = " or ".join(choices)
        raise InvalidArgumentsError("stack config", [f"{key} is {value!r}: expected {expected}"])
    return value
