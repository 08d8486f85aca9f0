"""How far each event source mapping has read its stream; on disk, so that a restart goes on from there."""

from typing import Any

from pulumi_sandbox.durable import open_map

_positions = open_map("stream-positions")


def begin(uuid: str, shard: Any, position: str) -> None:
    """Set where a new mapping begins: at ``TRIM_HORIZON`` or at ``LATEST``. Moto's state is held."""
    first: int = shard.starting_sequence_number
    _positions[uuid] = first if position == "TRIM_HORIZON" else first + len(shard.items)


def position(uuid: str) -> int | None:
    """Return the sequence number of the next record to read; None for a mapping that is not known."""
    return _positions.get(uuid)


def advance(uuid: str, following: int) -> None:
    """Say that everything before a sequence number is done."""
    _positions[uuid] = following


def forget(uuid: str) -> None:
    """Forget a mapping that was deleted."""
    _positions.pop(uuid, None)
