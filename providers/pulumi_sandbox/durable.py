"""Maps that survive the daemon: JSON values under string keys, in one SQLite file, written through.

A value that was assigned is on disk before the assignment returns, so a killed process loses nothing
that it acknowledged. Values read are copies: change one and assign it back.
"""

import contextlib
import json
import sqlite3
import threading
from collections.abc import Generator, Iterator, MutableMapping
from pathlib import Path
from typing import Any

__all__ = ["DurableMap", "open_map", "use_database"]


class Database:
    """One SQLite file shared by all maps of a process; safe to use from any thread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        # WAL with synchronous=NORMAL survives the death of the process, which is what is promised;
        # only a power cut may lose the last commits.
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS entries (map TEXT, key TEXT, value TEXT NOT NULL,"
            " PRIMARY KEY (map, key)) WITHOUT ROWID"
        )

    def rows(self, statement: str, *parameters: str) -> list[tuple[str, ...]]:
        """Run one statement and return its rows."""
        with self._lock:
            return self._connection.execute(statement, parameters).fetchall()

    def run(self, statement: str, *parameters: str) -> int:
        """Run one statement and return how many rows it changed."""
        with self._lock:
            return self._connection.execute(statement, parameters).rowcount

    @contextlib.contextmanager
    def transaction(self) -> Generator[None]:
        """Commit everything inside at once, or nothing of it."""
        with self._lock:
            if self._connection.in_transaction:
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def close(self) -> None:
        """Close the file; maps bound to it fail afterwards."""
        with self._lock:
            self._connection.close()


_current: Database | None = None
_current_lock = threading.Lock()


def use_database(path: Path | str) -> Database:
    """Make the maps that ``open_map`` returned, and those it will return, live in the file at ``path``."""
    global _current
    with _current_lock:
        path = Path(path)
        if _current is not None:
            if _current.path == path:
                return _current
            _current.close()
        _current = Database(path)
        return _current


def _current_database() -> Database:
    if _current is None:
        raise RuntimeError(
            "no durable database is open: call pulumi_sandbox.durable.use_database(path) first; "
            "the daemon does so when it starts"
        )
    return _current


class DurableMap(MutableMapping[str, Any]):
    """A mapping of strings to JSON values, kept in SQLite.

    ``path`` is the SQLite file, or None for the one the process uses (``use_database``), looked up at each
    use, so that a module may hold a map before the daemon has chosen its file. Iteration is in key order.
    """

    def __init__(self, path: Path | str | None, name: str) -> None:
        self.name = name
        self._own_database = None if path is None else Database(Path(path))

    @property
    def _database(self) -> Database:
        return self._own_database or _current_database()

    def __getitem__(self, key: str) -> Any:
        rows = self._database.rows("SELECT value FROM entries WHERE map = ? AND key = ?", self.name, key)
        if not rows:
            raise KeyError(key)
        return json.loads(rows[0][0])

    def __setitem__(self, key: str, value: Any) -> None:
        self._database.run("INSERT OR REPLACE INTO entries VALUES (?, ?, ?)", self.name, key, json.dumps(value))

    def __delitem__(self, key: str) -> None:
        if not self._database.run("DELETE FROM entries WHERE map = ? AND key = ?", self.name, key):
            raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        rows = self._database.rows("SELECT key FROM entries WHERE map = ? ORDER BY key", self.name)
        return iter([row[0] for row in rows])

    def __len__(self) -> int:
        return int(self._database.rows("SELECT COUNT(*) FROM entries WHERE map = ?", self.name)[0][0])

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and bool(
            self._database.rows("SELECT 1 FROM entries WHERE map = ? AND key = ?", self.name, key)
        )

    def clear(self) -> None:
        """Delete all entries."""
        self._database.run("DELETE FROM entries WHERE map = ?", self.name)

    def snapshot(self) -> dict[str, Any]:
        """Return all entries in one read, ordered by key."""
        rows = self._database.rows("SELECT key, value FROM entries WHERE map = ? ORDER BY key", self.name)
        return {key: json.loads(value) for key, value in rows}

    @contextlib.contextmanager
    def transaction(self) -> Generator[None]:
        """Make the changes inside, to any map of the same file, all or nothing; other threads wait."""
        with self._database.transaction():
            yield


def open_map(name: str) -> DurableMap:
    """Return the map called ``name`` in the process's database; two calls see the same entries."""
    return DurableMap(None, name)
