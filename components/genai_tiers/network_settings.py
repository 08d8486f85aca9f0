"""The network that functions run in, in the argument `network`."""

import ipaddress
from collections.abc import Collection
from dataclasses import dataclass

from .choices import Pattern
from .refs import NetworkRefs
from .validation import Reader

SUBNETS = 4
"""A network's addresses are divided into as many parts, so that a zone can be added without moving the others."""

LARGEST_PREFIX, SMALLEST_PREFIX = 16, 26
"""A VPC has from 16 to 65,536 addresses (Amazon VPC quotas), and so does each part of it."""

PUSHING = frozenset({Pattern.ASYNC_REQUEST_RESPONSE, Pattern.STREAMING_RESPONSE})
"""Patterns that push over a WebSocket."""


@dataclass(frozen=True)
class Network:
    """The network of functions; `existing` takes precedence over one that would be made."""

    private: bool = False
    zones: int = 2
    cidr_block: str = "10.0.0.0/24"
    existing: NetworkRefs | None = None

    @property
    def subnet_blocks(self) -> list[str]:
        """The addresses of each zone's subnet."""
        parts = ipaddress.ip_network(self.cidr_block).subnets(prefixlen_diff=SUBNETS.bit_length() - 1)
        return [str(part) for part in parts][: self.zones]


def read_network(reader: Reader, patterns: Collection[Pattern]) -> Network:
    """The settings in the argument `network`, for these patterns."""
    default = Network()
    network = Network(
        private=reader.flag("private", default.private),
        zones=reader.whole("zones", default.zones, 1, 3, "zones"),
        cidr_block=_block(reader, default.cidr_block),
        existing=_existing(reader),
    )
    pushing = sorted(PUSHING.intersection(patterns))
    if network.private and network.existing is None and pushing:
        reader.say(
            "private",
            f"{' and '.join(pushing)} push over a WebSocket, whose connections are reached over the internet alone; "
            "leave them out, or give network.existing, a network that has a way there",
        )
    reader.finish()
    return network


def _block(reader: Reader, default: str) -> str:
    text = reader.text("cidr_block", default)
    try:
        block = ipaddress.IPv4Network(text)
    except ValueError:
        block = None
    if block is None or not block.is_private or not LARGEST_PREFIX <= block.prefixlen <= SMALLEST_PREFIX:
        reader.say(
            "cidr_block", f"expected private addresses from /{LARGEST_PREFIX} to /{SMALLEST_PREFIX}, such as {default}"
        )
        return default
    return text


def _existing(reader: Reader) -> NetworkRefs | None:
    given = reader.nested("existing")
    if not given.raw:
        return None
    for name in NetworkRefs.__annotations__:
        given.known.add(name)
        if not given.raw.get(name):
            given.problems.append(f"{given.where(name)} is missing: a network of your own has both; give a list of ids")
    given.finish()
    return NetworkRefs(
        subnet_ids=given.raw.get("subnet_ids") or [], security_group_ids=given.raw.get("security_group_ids") or []
    )
