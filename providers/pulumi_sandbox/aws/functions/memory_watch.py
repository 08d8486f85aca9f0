"""Watches the resident memory of busy workers: over its limit, a worker is killed, as Lambda's sandbox is."""

import contextlib
import subprocess
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path

POLL_SECONDS = 0.02
_PROC = Path("/proc")


@dataclass(slots=True)
class Watched:
    """One worker while it handles an event. Sizes are bytes."""

    pid: int
    limit: int
    kill: Callable[[], None]
    peak: int = 0
    exceeded: bool = False


_entries: dict[int, Watched] = {}
_changed = threading.Condition()
_thread: threading.Thread | None = None


def _status_bytes(pid: int, field: str) -> int:
    for line in (_PROC / str(pid) / "status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) * 1024
    return 0


def _children(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        return [int(child) for child in (_PROC / str(pid) / "task" / str(pid) / "children").read_text().split()]
    return []


def resident_bytes(pid: int) -> int:
    """Return the resident memory of a process and its descendants; 0 when it is gone."""
    if not _PROC.is_dir():
        shown = subprocess.run(["/bin/ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S603 - a fixed program and a number
        return int(shown.stdout.strip() or 0) * 1024
    try:
        return _status_bytes(pid, "VmRSS:") + sum(resident_bytes(child) for child in _children(pid))
    except OSError:
        return 0


def _look(entry: Watched) -> None:
    now = resident_bytes(entry.pid)
    entry.peak = max(entry.peak, now)
    if now > entry.limit and not entry.exceeded:
        entry.exceeded = True
        entry.kill()


def _run() -> None:
    while True:
        with _changed:
            while not _entries:
                _changed.wait()
            entries = list(_entries.values())
        for entry in entries:
            _look(entry)
        time.sleep(POLL_SECONDS)


@contextlib.contextmanager
def watch(pid: int, limit: int, kill: Callable[[], None]) -> Generator[Watched]:
    """Watch ``pid`` for the block; calls ``kill`` once when its memory passes ``limit`` bytes."""
    global _thread
    entry = Watched(pid, limit, kill)
    with _changed:
        _entries[id(entry)] = entry
        if _thread is None:
            _thread = threading.Thread(target=_run, name="lambda-memory", daemon=True)
            _thread.start()
        _changed.notify()
    try:
        yield entry
    finally:
        with _changed:
            del _entries[id(entry)]
        with contextlib.suppress(OSError):
            # The kernel's own high-water mark sees peaks between two looks.
            if _PROC.is_dir():
                entry.peak = max(entry.peak, _status_bytes(pid, "VmHWM:"))
