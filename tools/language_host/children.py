"""The processes that the language host started, so that none outlives it."""

import os
import queue
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

# The engine waits 5 s for a plugin before it kills it.
GRACE_SECONDS = 2.0

_lock = threading.Lock()
_running: set[subprocess.Popen[bytes]] = set()
_closed = False


def spawn(
    command: Sequence[str | Path], cwd: str | Path, env: Mapping[str, str], *, piped: bool = False
) -> subprocess.Popen[bytes]:
    """Start a process; its output goes to the host's own, or to pipes.

    Raises:
        RuntimeError: the host is ending.
    """
    stream = subprocess.PIPE if piped else None
    with _lock:
        if _closed:
            raise RuntimeError("the language host is shutting down")
        child = subprocess.Popen(
            [str(part) for part in command],
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
        )
        _running.add(child)
    return child


def wait(child: subprocess.Popen[bytes]) -> int:
    """Wait for a process to end. Returns its exit code, negative for a signal."""
    code = child.wait()
    with _lock:
        _running.discard(child)
    return code


def stop(child: subprocess.Popen[bytes]) -> None:
    """Ask a process to end, and make it end if it does not."""
    if child.poll() is not None:
        return
    child.terminate()
    try:
        child.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()


def stop_all() -> None:
    """End every process, and let none start again."""
    global _closed
    with _lock:
        _closed = True
        running = list(_running)
    for child in running:
        if child.poll() is None:
            child.terminate()
    for child in running:
        stop(child)


def output_of(child: subprocess.Popen[bytes]) -> Iterator[tuple[str, bytes]]:
    """What a piped process prints, as (``stdout`` or ``stderr``, bytes), until both are closed."""
    chunks: queue.Queue[tuple[str, bytes]] = queue.Queue()

    def pump(name: str, stream: IO[bytes]) -> None:
        while chunk := os.read(stream.fileno(), 65536):
            chunks.put((name, chunk))
        chunks.put((name, b""))

    streams = [(n, s) for n, s in (("stdout", child.stdout), ("stderr", child.stderr)) if s is not None]
    for name, stream in streams:
        threading.Thread(target=pump, args=(name, stream), daemon=True).start()
    still_open = len(streams)
    while still_open:
        name, chunk = chunks.get()
        if chunk:
            yield name, chunk
        else:
            still_open -= 1
