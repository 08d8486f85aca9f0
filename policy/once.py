"""Lets the SDK read a resource once, not once for each rule.

`pulumi_policy` converts the properties of the resource anew for every policy, and all properties of all resources for
every policy over the stack: of a preview of 500 resources with 60 rules, that was most of the pack's time.
"""

import threading
from collections.abc import Callable
from typing import Any

from google.protobuf import json_format
from pulumi_policy import policy

KEPT = 65_536
"""Conversions that are remembered, more than a stack of 10,000 resources takes; then all are forgotten."""


class Remembered(threading.local):
    """Results by the identity of what they were made of, which is kept so that no other object gets its identity."""

    def __init__(self) -> None:
        """Remembers nothing yet."""
        self.results: dict[tuple[str, int], tuple[Any, Any]] = {}

    def call(self, name: str, function: Callable[[Any], Any], argument: Any) -> Any:
        """The result of the function for the argument, from before if there is one under this name."""
        key = (name, id(argument))
        if key not in self.results:
            if len(self.results) >= KEPT:
                self.results.clear()
            self.results[key] = (argument, function(argument))
        return self.results[key][1]


class _JsonFormat:
    """What the SDK uses of protobuf's module of this name."""

    def __init__(self, remembered: Remembered) -> None:
        self._remembered = remembered

    def MessageToDict(self, message: Any) -> Any:  # noqa: N802 - the module's own name
        """The message as a dictionary."""
        return self._remembered.call("message", json_format.MessageToDict, message)


def _read_once(remembered: Remembered, name: str, read: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda servicer, request: remembered.call(name, lambda given: read(servicer, given), request)


def read_once() -> None:
    """Changes the SDK in this process. Without these names in it, it would read as before, only slower."""
    sdk: Any = policy
    remembered = Remembered()
    deserialize = sdk.deserialize_properties
    proxy = sdk.unknown_checking_proxy

    def deserialize_once(properties: Any, proxy_secrets: bool = False) -> Any:
        if proxy_secrets:
            # A remediation changes what it is given.
            return deserialize(properties, proxy_secrets)
        return remembered.call("properties", deserialize, properties)

    sdk.json_format = _JsonFormat(remembered)
    sdk.deserialize_properties = deserialize_once
    servicer = sdk._PolicyAnalyzerServicer
    for name in ("_get_resource_options", "_get_provider_resource"):
        setattr(servicer, name, _read_once(remembered, name, getattr(servicer, name)))
    sdk.unknown_checking_proxy = lambda properties: remembered.call("proxy", proxy, properties)
