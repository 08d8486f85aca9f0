"""A file of requests in the order in which they changed a backend since its last snapshot."""

import pickle
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pulumi_sandbox.aws.snapshot_blobs import Blobs
from pulumi_sandbox.aws.wsgi_call import HttpRequest

_LENGTH = struct.Struct(">I")
_LARGEST_INLINE = 64 * 1024


class Entry(NamedTuple):
    """One request, with the time and the seed that make it repeatable; ``blob`` stands for a large body."""

    seed: int
    now: float
    request: HttpRequest
    blob: str | None = None


class Journal:
    """Appends entries; each is in the file when ``append`` returns."""

    def __init__(self, path: Path, blobs: Blobs) -> None:
        self._blobs = blobs
        self._file = path.open("ab", buffering=0)
        self.path = path
        self.entries = 0

    def append(self, seed: int, now: float, request: HttpRequest) -> None:
        """Add one request."""
        blob = None
        if len(request.body) > _LARGEST_INLINE:
            blob = self._blobs.put(request.body)
            request = request.with_body(b"")
        content = pickle.dumps(Entry(seed, now, request, blob), protocol=5)
        self._file.write(_LENGTH.pack(len(content)) + content)
        self.entries += 1

    def close(self, *, delete: bool) -> None:
        """Close the file, and delete it when a snapshot holds what it said."""
        self._file.close()
        if delete:
            self.path.unlink(missing_ok=True)


def read_journal(path: Path) -> Iterator[Entry]:
    """Return the entries of a journal; a last one that a killed process left unfinished was never acknowledged."""
    content = path.read_bytes()
    position = 0
    while position + _LENGTH.size <= len(content):
        (length,) = _LENGTH.unpack_from(content, position)
        position += _LENGTH.size
        if position + length > len(content):
            return
        yield pickle.loads(content[position : position + length])  # noqa: S301 - our own file
        position += length
