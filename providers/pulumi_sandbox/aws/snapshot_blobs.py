"""Large contents (objects of buckets, archives of functions) as files named by their SHA-256, each written once."""

import hashlib
import os
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that readers, and a process that is killed meanwhile, see the old or the new, whole."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
    temporary.write_bytes(content)
    temporary.replace(path)


class Blobs:
    """Content-addressed files in one directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(parents=True, exist_ok=True)

    def _path(self, digest: str) -> Path:
        return self._directory / digest

    def put(self, content: bytes) -> str:
        """Keep a content and return its digest."""
        digest = hashlib.sha256(content).hexdigest()
        path = self._path(digest)
        if not path.exists():
            write_whole(path, content)
        return digest

    def get(self, digest: str) -> bytes:
        """Return a content. Raises FileNotFoundError when it was never kept."""
        return self._path(digest).read_bytes()

    def keep_only(self, digests: set[str]) -> int:
        """Delete the files of all other contents, and what a killed process left; returns how many."""
        unused = [path for path in self._directory.iterdir() if path.name not in digests]
        for path in unused:
            path.unlink()
        return len(unused)
