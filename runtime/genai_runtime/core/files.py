"""Files of a user: what is kept of each, and where their contents are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol

from genai_runtime.core.batches import Source


@dataclass(frozen=True)
class FileKey:
    """Where a file is: tenant and user are part of it, so no key of another one can name it."""

    tenant: str
    user: str
    id: str


@dataclass(frozen=True)
class File:
    """One file. Times are in seconds since the epoch; `purpose` is "batch" or "batch_output"."""

    key: FileKey
    filename: str
    purpose: str
    size_bytes: int
    created_at: int
    expires_at: int
    source: Source


class FileStore(Protocol):
    """Keeps what is known of files until they expire."""

    def create(self, file: File) -> None:
        """Keep a file, in place of one with the same key."""
        ...

    def get(self, key: FileKey, now: float) -> File | None:
        """Return a file that has not expired."""
        ...

    def listed(self, tenant: str, user: str, now: float) -> Sequence[File]:
        """Return a user's files, oldest first."""
        ...

    def delete(self, key: FileKey) -> None:
        """Forget a file."""
        ...


class Objects(Protocol):
    """Keeps contents under names; each is below its tenant's own prefix."""

    def put(self, name: str, content: bytes | BinaryIO) -> str:
        """Keep a content and return its version."""
        ...

    def size_bytes(self, source: Source) -> int:
        """Return how large a content is."""
        ...

    def blocks(self, source: Source) -> Iterator[bytes]:
        """Yield a content in blocks."""
        ...

    def read(self, source: Source, start: int, end: int) -> bytes:
        """Return the bytes of a content from `start` up to `end`."""
        ...

    def newest(self, name: str) -> Source | None:
        """Return the content that has this name now."""
        ...

    def delete(self, name: str) -> None:
        """Take the name off."""
        ...

    def url(self, source: Source, seconds: int) -> str:
        """Return a URL that gives the content to whoever has it, for some seconds."""
        ...


def show(file: File) -> dict[str, Any]:
    """Return the `file` object."""
    return {
        "id": file.key.id,
        "object": "file",
        "bytes": file.size_bytes,
        "created_at": file.created_at,
        "expires_at": file.expires_at,
        "filename": file.filename,
        "purpose": file.purpose,
        "status": "processed",
        "status_details": None,
    }


def object_name(key: FileKey) -> str:
    """Return the name of what a user uploaded. It ends with no suffix that the bucket tells of."""
    return f"{key.tenant}/files/{key.id}"
