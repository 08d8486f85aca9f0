"""What the queue of batches carries: which batch, and what to do for it."""

import json
from collections.abc import Mapping
from typing import Any, Final

from genai_runtime.core.batches import BatchKey, Chunk

PLAN: Final = "plan"
CHUNK: Final = "chunk"
FINISH: Final = "finish"
OBJECT: Final = "object"


_BATCH: Final = ("tenant", "user", "batch")
_NEEDED: Final = {PLAN: _BATCH, CHUNK: _BATCH, FINISH: _BATCH, OBJECT: ("tenant", "object", "run")}


class UnreadableMessageError(ValueError):
    """The message is none of these."""


def plan(key: BatchKey) -> dict[str, Any]:
    """Check the input of a batch, and divide it."""
    return {"kind": PLAN, **_named(key)}


def chunk(key: BatchKey, part: Chunk) -> dict[str, Any]:
    """Answer the lines of a part."""
    return {"kind": CHUNK, **_named(key), "chunk": vars(part)}


def finish(key: BatchKey) -> dict[str, Any]:
    """Write the results of a batch."""
    return {"kind": FINISH, **_named(key)}


def read_message(body: str) -> Mapping[str, Any]:
    """Return a message, whose kind is one of these, or one of a bucket's notifications.

    Raises:
        UnreadableMessageError: it is none.
    """
    try:
        message = json.loads(body)
    except ValueError as error:
        raise UnreadableMessageError("the message is no JSON") from error
    if not isinstance(message, dict):
        raise UnreadableMessageError("the message is no JSON object")
    needed = _NEEDED.get(str(message.get("kind")), ())
    if not needed and "Records" not in message and message.get("Event") != "s3:TestEvent":
        raise UnreadableMessageError("the message is neither about a batch nor about an object of the bucket")
    if wrong := [name for name in needed if not isinstance(message.get(name), str)]:
        raise UnreadableMessageError(f"{', '.join(wrong)} of the message is no text")
    return message


def key_of(message: Mapping[str, Any]) -> BatchKey:
    """Return the batch that a message is about."""
    return BatchKey(message["tenant"], message["user"], message["batch"])


def chunk_of(message: Mapping[str, Any]) -> Chunk:
    """Return the part that a message is about.

    Raises:
        UnreadableMessageError: it names none.
    """
    try:
        values = {name: int(message["chunk"][name]) for name in ("number", "start", "end", "first_line")}
    except (KeyError, TypeError, ValueError) as error:
        raise UnreadableMessageError("the message names no part of the batch") from error
    return Chunk(**values)


def _named(key: BatchKey) -> dict[str, str]:
    return {"tenant": key.tenant, "user": key.user, "batch": key.id}
