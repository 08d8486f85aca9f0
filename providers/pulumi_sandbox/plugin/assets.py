"""Assets and archives as a provider sees them: where the content is, its hash, and its bytes on demand."""

import gzip
import hashlib
import io
import stat
import tarfile
import urllib.request
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

# A fixed date makes equal content an equal zip, so that a function's code hash is stable between runs.
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
_ALLOWED_SCHEMES = ("http://", "https://", "file://")


def _fetch(uri: str) -> bytes:
    if not uri.startswith(_ALLOWED_SCHEMES):
        raise ValueError(f"asset uri {uri!r}: use one of {', '.join(_ALLOWED_SCHEMES)}")
    with urllib.request.urlopen(uri, timeout=60) as answer:  # noqa: S310 - the scheme is checked above
        return answer.read()


@dataclass(frozen=True, slots=True)
class Asset:
    """One blob. Exactly one of ``text``, ``path`` (relative to ``base``) and ``uri`` is set."""

    text: str | None = None
    path: str | None = None
    uri: str | None = None
    hash: str = ""
    base: Path = field(default_factory=Path, compare=False)

    def bytes(self) -> bytes:
        """Return the content. Raises FileNotFoundError or URLError when it cannot be had."""
        if self.text is not None:
            return self.text.encode()
        if self.path is not None:
            return (self.base / self.path).read_bytes()
        if self.uri is not None:
            return _fetch(self.uri)
        raise ValueError("an asset has no text, path or uri; its content is not in the state")


@dataclass(frozen=True, slots=True)
class Archive:
    """Named blobs. Exactly one of ``assets``, ``path`` (zip, tar, tar.gz or folder) and ``uri`` is set."""

    assets: "Mapping[str, Asset | Archive] | None" = None
    path: str | None = None
    uri: str | None = None
    hash: str = ""
    base: Path = field(default_factory=Path, compare=False)

    def bytes(self) -> bytes:
        """Return the content as a zip; equal files give equal bytes. A zip file is returned as it is."""
        if self.path is not None and (self.base / self.path).is_file():
            raw = (self.base / self.path).read_bytes()
            if zipfile.is_zipfile(io.BytesIO(raw)):
                return raw
        return _zip(dict(self.files()))

    def files(self) -> "Iterator[tuple[str, tuple[bytes, int]]]":
        """Yield ``(name, (content, permission bits))`` of each file, in no particular order."""
        if self.assets is not None:
            for name, item in self.assets.items():
                if isinstance(item, Asset):
                    yield name, (item.bytes(), 0o644)
                else:
                    yield from ((f"{name}/{inner}", entry) for inner, entry in item.files())
        elif self.path is not None and (self.base / self.path).is_dir():
            folder = self.base / self.path
            for file in folder.rglob("*"):
                if file.is_file():
                    mode = stat.S_IMODE(file.stat().st_mode)
                    yield file.relative_to(folder).as_posix(), (file.read_bytes(), mode)
        elif self.path is not None:
            yield from _unpack((self.base / self.path).read_bytes(), self.path)
        elif self.uri is not None:
            yield from _unpack(_fetch(self.uri), self.uri)
        else:
            raise ValueError("an archive has no assets, path or uri; its content is not in the state")


def _unpack(raw: bytes, where: str) -> Iterator[tuple[str, tuple[bytes, int]]]:
    if zipfile.is_zipfile(io.BytesIO(raw)):
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            for entry in packed.infolist():
                if not entry.is_dir():
                    yield entry.filename, (packed.read(entry), (entry.external_attr >> 16) & 0o777 or 0o644)
        return
    if raw[:2] == b"\x1f\x8b":
        raw = gzip.decompress(raw)
    try:
        with tarfile.open(fileobj=io.BytesIO(raw)) as packed:
            for member in packed.getmembers():
                content = packed.extractfile(member)
                if content is not None:
                    yield member.name, (content.read(), member.mode)
    except tarfile.ReadError:
        raise ValueError(f"archive {where!r} is neither a zip nor a tar file; use .zip, .tar or .tar.gz") from None


def _zip(files: Mapping[str, tuple[bytes, int]]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            content, mode = files[name]
            entry = zipfile.ZipInfo(name, _ZIP_DATE)
            entry.external_attr = (stat.S_IFREG | mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return packed.getvalue()


def content_hash(value: Asset | Archive) -> str:
    """Return the hash that the engine gave, or the SHA-256 of the content where it gave none."""
    return value.hash or hashlib.sha256(value.bytes()).hexdigest()
