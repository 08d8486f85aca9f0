"""Directories that a function's process sees: its archive, its layers, and the AWS SDK that Lambda provides."""

import base64
import hashlib
import importlib.metadata
import io
import shutil
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PROVIDED_DISTRIBUTIONS = ("boto3", "botocore", "s3transfer", "jmespath", "urllib3", "python-dateutil", "six")
"""What Lambda's Python runtimes hold beside the standard library."""


@dataclass(frozen=True, slots=True)
class Archive:
    """A zip file and the base64 SHA-256 that Lambda names it by."""

    content: bytes
    sha256: str


def unpack(archives: Sequence[Archive], directory: Path) -> Path:
    """Return a directory below ``directory`` that holds the archives, later ones over earlier ones.

    The same archives give the same directory, and are unpacked once. Raises zipfile.BadZipFile.
    """
    digest = hashlib.sha256()
    for archive in archives:
        digest.update(base64.b64decode(archive.sha256))
    target = directory / digest.hexdigest()[:32]
    if target.is_dir():
        return target
    directory.mkdir(parents=True, exist_ok=True)
    # Unpacked aside and renamed, so that an interrupted or concurrent start never sees half of it.
    unfinished = Path(tempfile.mkdtemp(prefix="unpacking-", dir=directory))
    try:
        for archive in archives:
            with zipfile.ZipFile(io.BytesIO(archive.content)) as zipped:
                for entry in zipped.infolist():
                    path = Path(zipped.extract(entry, unfinished))
                    if mode := (entry.external_attr >> 16) & 0o777:
                        path.chmod(mode | (0o700 if entry.is_dir() else 0o600))
        unfinished.chmod(0o755)
        unfinished.rename(target)
    except OSError:
        if not target.is_dir():
            raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return target


def provided_packages(directory: Path) -> Path:
    """Return a directory below ``directory`` with links to the installed AWS SDK and what it needs, nothing else."""
    versions = [f"{name}-{importlib.metadata.version(name)}" for name in PROVIDED_DISTRIBUTIONS]
    places = [str(importlib.metadata.distribution(name).locate_file("")) for name in PROVIDED_DISTRIBUTIONS]
    target = directory / hashlib.sha256("\n".join(versions + places).encode()).hexdigest()[:16]
    target.mkdir(parents=True, exist_ok=True)
    for name in PROVIDED_DISTRIBUTIONS:
        distribution = importlib.metadata.distribution(name)
        tops = {file.parts[0] for file in distribution.files or [] if file.parts[0] not in ("..", "__pycache__")}
        for top in tops:
            link = target / top
            if not link.exists():
                link.unlink(missing_ok=True)
                link.symlink_to(Path(str(distribution.locate_file(top))))
    return target


def search_path(task: Path, layers: Path | None, provided: Path) -> tuple[list[str], list[str]]:
    """Return what comes before and after the standard library on the module path, in AWS's order."""
    before = [str(task)]
    if layers:
        packages = sorted(layers.glob("python/lib/python3*/site-packages"))
        before += [*map(str, packages), str(layers / "python")]
    return before, [str(provided)]
