"""Starting, stopping and looking at the daemon from another process."""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from typing import Any

from pulumi_sandbox.code_version import code_version
from pulumi_sandbox.layout import SandboxStartError, StateDirectory

_START_SECONDS = 60.0
_STOP_SECONDS = 15.0


def running_pid(state: StateDirectory) -> int | None:
    """Return the process id of the daemon that holds the state directory, or None when none does.

    The lock, not the file, tells: it goes with its process, so a stale id never counts.
    """
    try:
        with state.lock_file.open("r+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(lock.read().strip() or 0) or None
    except FileNotFoundError:
        pass
    return None


def health(endpoint: str, seconds: float = 2.0) -> dict[str, Any] | None:
    """Return what ``/_sandbox/health`` answers, or None when nothing of ours answers there in time."""
    try:
        with urllib.request.urlopen(f"{endpoint}/_sandbox/health", timeout=seconds) as answer:  # noqa: S310 - our own http URL
            return json.load(answer)
    except (OSError, ValueError, urllib.error.URLError):
        return None


@contextlib.contextmanager
def _start_lock(state: StateDirectory) -> Generator[None]:
    state.root.mkdir(parents=True, exist_ok=True)
    with state.start_lock_file.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def start(state: StateDirectory, port: int | None) -> str:
    """Start the daemon in the background unless it runs, and return its URL once it answers. One that runs other code
    than is here now is stopped first; its state stays.

    Raises SandboxStartError with the end of the daemon's log when it does not come up.
    """
    with _start_lock(state):
        process: subprocess.Popen[bytes] | None = None
        _stop_if_outdated(state)
        if running_pid(state) is None:
            command = [sys.executable, "-m", "pulumi_sandbox", "serve", "--state", str(state.root)]
            command += [] if port is None else ["--port", str(port)]
            with state.log_file.open("ab") as log:
                log_start = log.tell()
                process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=log,
                    start_new_session=True,
                )
        else:
            log_start = 0
        return _wait_healthy(state, process, log_start)


def _stop_if_outdated(state: StateDirectory) -> None:
    answer = health(state.endpoint) if running_pid(state) and state.endpoint else None
    if answer and answer.get("state") == str(state.root) and answer.get("code") != code_version():
        sys.stderr.write("the sandbox's code has changed since it was started: starting it again, with its state\n")
        stop(state)


def _wait_healthy(state: StateDirectory, process: subprocess.Popen[bytes] | None, log_start: int) -> str:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        endpoint = state.endpoint
        answer = health(endpoint) if endpoint else None
        if endpoint and answer and answer.get("state") == str(state.root):
            return endpoint
        if process is not None and process.poll() is not None:
            raise SandboxStartError(_log_since(state, log_start) or f"the daemon ended; see {state.log_file}")
        time.sleep(0.05)
    raise SandboxStartError(f"the daemon did not answer within {_START_SECONDS:.0f} s; see {state.log_file}")


def _log_since(state: StateDirectory, position: int) -> str:
    with state.log_file.open("rb") as log:
        log.seek(position)
        return log.read().decode(errors="replace").strip()[-4000:].removeprefix("pulumi_sandbox: ")


def stop(state: StateDirectory) -> bool:
    """Stop the daemon and every process it started, and wait for the end. Returns False when none ran."""
    pid = running_pid(state)
    if pid is None:
        return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_SECONDS
    while running_pid(state) == pid:
        if time.monotonic() > deadline:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)
    # A daemon that was started in the background leads its own process group: what is left in it are workers.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    return True


def reset(state: StateDirectory) -> bool:
    """Stop the daemon and delete its state. Returns False when there was no state."""
    stop(state)
    if not state.root.exists():
        return False
    if state.root.is_dir() and any(state.root.iterdir()) and not state.lock_file.exists():
        raise SandboxStartError(f"{state.root} holds files, but no sandbox ever ran there; not deleted")
    shutil.rmtree(state.root)
    return True
