"""What a Task's ``Resource`` names: a function, or an integration with a pattern.

Source: Step Functions developer guide, "Integrating services" and "Discover service integration patterns".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_ARN = re.compile(r"arn:(?P<partition>aws[\w-]*):(?P<service>[\w-]+):(?P<region>[\w-]*):(?P<account>\d*):(?P<rest>.+)")
_PATTERNS = ("waitForTaskToken", "sync", "sync:2")
WAITING = ("waitForTaskToken", "sync", "sync:2")

OPTIMISED: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "lambda": {"invoke": ("", "waitForTaskToken")},
    "dynamodb": {"getItem": ("",), "putItem": ("",), "updateItem": ("",), "deleteItem": ("",)},
    "sqs": {"sendMessage": ("", "waitForTaskToken")},
    "sns": {"publish": ("", "waitForTaskToken")},
    "events": {"putEvents": ("", "waitForTaskToken")},
    "states": {"startExecution": ("", "sync", "sync:2", "waitForTaskToken")},
    "bedrock": {"invokeModel": ("", "waitForTaskToken")},
}
"""Service -> action -> the patterns that it has ("" is request and response); those that the sandbox runs."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A parsed resource. ``kind`` is ``lambda`` (a function's ARN), ``optimised`` or ``aws-sdk``."""

    arn: str
    kind: str
    service: str
    action: str
    pattern: str = ""


def parse(text: str) -> Resource:
    """Return what a resource means. Raises ValueError that says why it means nothing that the sandbox runs."""
    match = _ARN.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a valid resource ARN")
    if match["service"] == "lambda" and match["rest"].startswith("function:"):
        return Resource(text, "lambda", "lambda", "invoke")
    if match["service"] != "states" or match["region"] or match["account"]:
        reason = "activities are not modelled by the sandbox" if ":activity:" in text else "it is not an integration"
        raise ValueError(f"{text!r}: {reason}")
    name, _, pattern = match["rest"].partition(".")
    if pattern and pattern not in _PATTERNS:
        raise ValueError(f"{text!r}: there is no integration pattern {pattern!r}")
    parts = name.split(":")
    if parts[0] == "aws-sdk" and len(parts) == 3:
        if pattern in ("sync", "sync:2"):
            raise ValueError(f"{text!r}: AWS SDK integrations do not have .{pattern}")
        return Resource(text, "aws-sdk", parts[1], parts[2], pattern)
    if len(parts) != 2 or parts[1] not in OPTIMISED.get(parts[0], {}):
        raise ValueError(f"{text!r} is no integration that the sandbox has")
    if pattern not in OPTIMISED[parts[0]][parts[1]]:
        raise ValueError(f"{text!r}: {parts[0]}:{parts[1]} does not have .{pattern}")
    return Resource(text, "optimised", parts[0], parts[1], pattern)
