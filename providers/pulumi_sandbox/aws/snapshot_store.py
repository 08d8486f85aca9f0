"""The files of the snapshots: one a unit, a journal beside it, blobs, and the version that wrote them."""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pulumi_sandbox.aws.moto_backends import Unit
from pulumi_sandbox.aws.moto_server import PINNED_VERSION
from pulumi_sandbox.aws.snapshot_blobs import Blobs, write_whole
from pulumi_sandbox.layout import SandboxStartError

_FORMAT = {"format": 1, "moto": PINNED_VERSION, "python": ".".join(map(str, sys.version_info[:2]))}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The bytes of a unit's state. ``generation`` names the journal that goes on from it."""

    unit: Unit
    generation: int
    blobs: frozenset[str]
    content: bytes


class SnapshotStore:
    """Reads and writes the files. Raises SandboxStartError when another version wrote them."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self.blobs = Blobs(directory / "blobs")
        self._check_version(directory / "version.json")

    def _check_version(self, path: Path) -> None:
        if not path.exists():
            write_whole(path, json.dumps(_FORMAT).encode())
        found = json.loads(path.read_bytes())
        if found != _FORMAT:
            raise SandboxStartError(
                f"the state in {self._directory} was written by another version ({found}) than this one ({_FORMAT}), "
                "and cannot be read; use the version that wrote it, or delete the state with "
                "`python -m pulumi_sandbox reset` and deploy anew"
            )

    def _path(self, unit: Unit, suffix: str) -> Path:
        return self._directory / f"{unit.service}.{unit.account}.{unit.place}.{suffix}"

    def journal_path(self, unit: Unit, generation: int) -> Path:
        """Return the file of the journal that goes on from a generation's snapshot."""
        return self._path(unit, f"{generation}.journal")

    def write(self, snapshot: Snapshot) -> None:
        """Replace a unit's snapshot; the journal of the one before it counts no more."""
        header = {"generation": snapshot.generation, "blobs": sorted(snapshot.blobs)}
        write_whole(self._path(snapshot.unit, "snapshot"), json.dumps(header).encode() + b"\n" + snapshot.content)

    def read_all(self) -> Iterator[Snapshot]:
        """Return every unit's snapshot."""
        for path in sorted(self._directory.glob("*.snapshot")):
            service, account, place = path.name.removesuffix(".snapshot").split(".")
            header_line, _, content = path.read_bytes().partition(b"\n")
            header = json.loads(header_line)
            yield Snapshot(Unit(service, account, place), header["generation"], frozenset(header["blobs"]), content)

    def clean(self, journals: set[Path], blobs: set[str]) -> None:
        """Delete what nothing refers to: journals of older snapshots, blobs of deleted contents, unfinished files."""
        for path in [*self._directory.glob("*.journal"), *self._directory.glob("*.new")]:
            if path not in journals:
                path.unlink()
        self.blobs.keep_only(blobs)
