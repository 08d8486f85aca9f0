"""File operations that leave either the old state or the new one, whenever they are interrupted."""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from tools.toolchain.progress import say


def fingerprint(*parts: Path | str) -> str:
    """A hash of the contents of files and of strings, in order."""
    digest = hashlib.sha256()
    for part in parts:
        content = part.read_bytes() if isinstance(part, Path) else part.encode()
        digest.update(len(content).to_bytes(8, "big"))
        digest.update(content)
    return digest.hexdigest()


def write_atomically(path: Path, text: str, *, executable: bool = False) -> None:
    """Write a file so that a reader sees the old content or the new, never a part. An equal file stays."""
    if path.is_file() and not path.is_symlink() and path.read_text() == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text)
    temporary.chmod(0o755 if executable else 0o644)
    temporary.replace(path)


def link_or_copy(source: Path, target: Path) -> None:
    """Make ``target`` the same file as ``source``: a hard link where the file system allows, else a copy."""
    if target.is_file() and target.samefile(source):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    try:
        temporary.hardlink_to(source)
    except OSError:  # another file system, or one without hard links
        shutil.copy2(source, temporary)
    temporary.replace(target)


@contextmanager
def exclusive(path: Path, busy: str) -> Generator[None]:
    """Hold a lock between processes; the kernel frees it however the holder ends. Waiting says ``busy``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(busy)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files below a directory (links counted as links)."""
    if not path.is_dir():
        return path.lstat().st_size if path.exists() else 0
    return sum(entry.lstat().st_size for entry in path.rglob("*"))
