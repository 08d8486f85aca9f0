"""Keeps moto's state on disk: what a request changed is there before the request is answered.

A change is written as a snapshot of the backend that it touched; requests that wait at the same time share one.
Frequent writes of data go to a journal instead, which is repeated at the next start.
"""

import gc
import logging
import os
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from pulumi_sandbox.aws import changes
from pulumi_sandbox.aws.journal import Journal, read_journal
from pulumi_sandbox.aws.moto_backends import Unit
from pulumi_sandbox.aws.moto_lock import moto_state
from pulumi_sandbox.aws.persisted_services import DEBOUNCED, JOURNALED
from pulumi_sandbox.aws.repeatable import repeatable, replay
from pulumi_sandbox.aws.snapshot_pickle import dump_backend, load_backend
from pulumi_sandbox.aws.snapshot_store import Snapshot, SnapshotStore
from pulumi_sandbox.aws.wsgi_call import HttpAnswer, HttpRequest
from pulumi_sandbox.layout import SandboxStartError

_log = logging.getLogger(__name__)
_BACKGROUND_SECONDS = 1.0
_LEAST_JOURNAL_ENTRIES = 500
# A snapshot is due when repeating the journal would take about four times as long as writing the snapshot.
_ENTRIES_PER_SNAPSHOT_SECOND = 4000

Serve = Callable[[HttpRequest], HttpAnswer]


class Persistence:
    """Writes and reads the state of every persisted service."""

    def __init__(self, store: SnapshotStore) -> None:
        self._store = store
        self._writing = threading.Lock()
        # Sequence numbers: of a unit's last change, and of the last change that its snapshot holds.
        self._sequence = 0
        self._changed: dict[Unit, int] = {}
        self._saved: dict[Unit, int] = {}
        self._generations: dict[Unit, int] = {}
        self._journals: dict[Unit, Journal] = {}
        self._long_journals: set[Unit] = set()
        self._dump_seconds: dict[Unit, float] = {}
        self._next_background: dict[Unit, float] = {}
        self._stop = threading.Event()
        self._background = threading.Thread(target=self._write_in_background, name="persistence", daemon=True)
        self.failures: dict[str, str] = {}
        """Services whose state could not be written, and why."""

    def load(self, serve: Serve) -> None:
        """Read all snapshots into moto and repeat the journals by ``serve``; once, before the first request."""
        gc.disable()  # it would look through every object again and again while they are made
        try:
            self._load(serve)
        finally:
            gc.enable()
            gc.freeze()
        self._background.start()

    def _load(self, serve: Serve) -> None:
        blobs: set[str] = set()
        journals: set[Any] = set()
        for snapshot in self._store.read_all():
            unit = snapshot.unit
            try:
                blobs |= load_backend(unit.backend, snapshot.content, self._store.blobs)
            except Exception as error:
                raise SandboxStartError(
                    f"the snapshot of {unit.service} in {unit.place} cannot be read ({error!r}); "
                    "delete the state with `python -m pulumi_sandbox reset` and deploy anew"
                ) from error
            self._generations[unit] = snapshot.generation
        for unit, generation in list(self._generations.items()):
            path = self._store.journal_path(unit, generation)
            if path.exists():
                self._repeat(unit, path, serve)
                journals.add(path)
                blobs |= {entry.blob for entry in read_journal(path) if entry.blob}
        self._store.clean(journals, blobs)

    def _repeat(self, unit: Unit, path: Any, serve: Serve) -> None:
        journal = Journal(path, self._store.blobs)
        self._journals[unit] = journal
        with replay():
            for entry in read_journal(path):
                body = self._store.blobs.get(entry.blob) if entry.blob else entry.request.body
                with repeatable(entry.seed, entry.now):
                    answer = serve(entry.request.with_body(body))
                if answer.status >= 400:
                    _log.error("a journaled request of %s failed: %s %s", unit, answer.status, answer.body[:500])
                journal.entries += 1

    def journaled(self, unit: Unit, request: HttpRequest, serve: Serve) -> HttpAnswer:
        """Answer a request that goes into its unit's journal. The caller holds ``moto_state``."""
        if unit not in self._generations:
            self._save([unit])
        seed, now = int.from_bytes(os.urandom(8)), time.time()
        with repeatable(seed, now):
            answer = serve(request)
        if answer.status < 400:
            journal = self._journals.get(unit)
            if journal is None:
                path = self._store.journal_path(unit, self._generations[unit])
                journal = self._journals[unit] = Journal(path, self._store.blobs)
            journal.append(seed, now, request)
            limit = self._dump_seconds.get(unit, 0.0) * _ENTRIES_PER_SNAPSHOT_SECOND
            if journal.entries >= max(_LEAST_JOURNAL_ENTRIES, limit):
                self._long_journals.add(unit)
        return answer

    def changed(self, units: Iterable[Unit]) -> dict[Unit, int]:
        """Say that units, and all that ``changes`` was told of, changed; returns what ``write`` then waits for.

        The caller holds ``moto_state``.
        """
        self._sequence += 1
        noted = {*units, *changes.take_changes()}
        self._changed.update(dict.fromkeys(noted, self._sequence))
        return {unit: self._sequence for unit in noted if unit.service not in DEBOUNCED}

    def write(self, wanted: dict[Unit, int]) -> None:
        """Return when snapshots hold these changes, written here or meanwhile by another thread."""
        if not wanted:
            return
        with self._writing:
            pending = [unit for unit, sequence in wanted.items() if self._saved.get(unit, 0) < sequence]
            if pending:
                self._save(pending)

    def _save(self, units: Iterable[Unit]) -> None:
        with moto_state():
            for unit in units:
                started = time.perf_counter()
                try:
                    content, blobs = dump_backend(unit.backend, self._store.blobs)
                except Exception as error:  # noqa: BLE001 - one service that cannot be written must not stop the others
                    _log.exception("the state of %s cannot be written", unit.service)
                    self.failures[unit.service] = repr(error)
                    self._saved[unit] = self._changed.get(unit, 0)
                    continue
                self._dump_seconds[unit] = time.perf_counter() - started
                generation = self._generations.get(unit, 0) + 1
                snapshot = Snapshot(unit, generation, frozenset(blobs), content)
                # Until the snapshot is on disk, no request may go to the journal that continues it.
                self._store.write(snapshot)
                self._generations[unit] = generation
                self._saved[unit] = self._changed.get(unit, 0)
                if journal := self._journals.pop(unit, None):
                    journal.close(delete=True)

    def _write_in_background(self) -> None:
        while not self._stop.wait(_BACKGROUND_SECONDS):
            now = time.monotonic()
            with moto_state():
                self.changed(self._long_journals)
                self._long_journals.clear()
                due = [
                    unit
                    for unit, sequence in self._changed.items()
                    if self._saved.get(unit, 0) < sequence and self._next_background.get(unit, 0.0) <= now
                ]
            if due:
                with self._writing:
                    self._save(due)
                for unit in due:
                    # Never more than a twentieth of the time goes into writing logs.
                    self._next_background[unit] = now + 20 * self._dump_seconds.get(unit, 0.0)

    def close(self) -> None:
        """Write everything that is not written, and snapshots in place of journals, so that the next start is fast."""
        self._stop.set()
        if self._background.is_alive():
            self._background.join()
        with self._writing:
            with moto_state():
                self.changed(self._journals)
                due = [unit for unit, sequence in self._changed.items() if self._saved.get(unit, 0) < sequence]
            self._save(due)


def is_journaled(service: str, operation: str | None) -> bool:
    """Return whether an operation goes into a journal."""
    return operation in JOURNALED.get(service, ())
