"""One process that runs one version of a function, one event at a time."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pulumi_sandbox.aws.functions import memory_watch
from pulumi_sandbox.aws.functions.runtime_api import GoneError, RuntimeApi, Sink
from pulumi_sandbox.aws.functions.shim import END_OF_EVENT_LOGS, LENGTHS, LINE_BREAK_IN_RECORD

_SHIM = Path(__file__).with_name("shim.py")
_LAST_LINES_SECONDS = 1.0
_OWN_RUNTIME_LINES_SECONDS = 0.02
Log = Callable[[float, str], None]
"""``log(epoch_seconds, event)``."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The worker answered. ``succeeded`` is False when ``payload`` is an error object."""

    payload: bytes
    succeeded: bool


@dataclass(frozen=True, slots=True)
class Died:
    """The worker ended before it answered. ``status`` is as in ``subprocess.Popen.returncode``."""

    status: int


@dataclass(frozen=True, slots=True)
class TimedOut:
    """The time limit passed; the worker was killed."""


Outcome = Answer | Died | TimedOut


class Worker:
    """Start with ``initialise``, then ``run`` any number of events; ``stop`` at the end. For one thread at a time."""

    def __init__(
        self,
        *,
        environment: Mapping[str, str],
        directory: Path,
        memory_bytes: int,
        log: Log,
    ) -> None:
        self._log = log
        self._memory_bytes = memory_bytes
        self._marks: set[str] = set()
        self._marked = threading.Condition()
        self._logs_ended = False
        self.peak_bytes = 0
        self._runtime_api = RuntimeApi(lambda: self.alive)
        self._has_own_runtime = False
        self._connection, theirs = socket.socketpair()
        logs_read, logs_write = os.pipe()
        try:
            self.process = subprocess.Popen(  # noqa: S603 - our own interpreter and file
                # -I and -S keep the sandbox's own packages, user site and PYTHON* variables out.
                [sys.executable, "-I", "-S", "-u", "-X", "utf8", str(_SHIM), str(theirs.fileno())],
                cwd=directory,
                env={**environment, "AWS_LAMBDA_RUNTIME_API": self._runtime_api.address},
                stdin=subprocess.DEVNULL,
                stdout=logs_write,
                stderr=logs_write,
                pass_fds=(theirs.fileno(),),
                # A group of its own: ctrl-C in a terminal is not for workers, and a kill takes children along.
                start_new_session=True,
            )
        except BaseException:
            self._runtime_api.close()
            self._connection.close()
            os.close(logs_read)
            raise
        finally:
            theirs.close()
            os.close(logs_write)
        self._reader = threading.Thread(target=self._read_logs, args=(logs_read,), name="lambda-logs", daemon=True)
        self._reader.start()

    def initialise(self, config: Mapping[str, Any], deadline: float) -> Outcome:
        """Load the handler until ``deadline`` (monotonic seconds). Succeeds with an empty payload."""

        def load() -> Answer:
            self._send(dict(config), b"", deadline)
            # Code that asks the Runtime API for events while it is loaded does not return: it runs its own loop.
            self._has_own_runtime = self._runtime_api.is_asked(self._connection, deadline)
            if self._has_own_runtime:
                error = self._runtime_api.initialise(deadline)
                return Answer(error or b"", error is None)
            answer, result = self._receive(deadline)
            return Answer(result, bool(answer["ready"]))

        return self._observed(load, "")

    def run(self, meta: Mapping[str, Any], payload: bytes, deadline: float, sink: Sink | None = None) -> Outcome:
        """Handle one event until ``deadline`` (monotonic seconds). ``sink`` takes the parts of a response that is
        streamed."""

        def handle() -> Answer:
            if self._has_own_runtime:
                return Answer(*self._runtime_api.run(meta, payload, deadline, sink))
            self._send(dict(meta), payload, deadline)
            answer, result = self._receive(deadline)
            return Answer(result, bool(answer["succeeded"]))

        return self._observed(handle, meta["context"]["aws_request_id"])

    def _observed(self, work: Callable[[], Answer], mark: str) -> Outcome:
        with memory_watch.watch(self.process.pid, self._memory_bytes, self.kill) as memory:
            try:
                outcome: Outcome = work()
            except TimeoutError:
                self.kill()
                outcome = TimedOut()
            except (GoneError, OSError):
                outcome = Died(self._wait_for_end())
        self.peak_bytes = max(self.peak_bytes, memory.peak)
        self._await_logs(mark)
        return outcome

    def _send(self, meta: dict[str, Any], payload: bytes, deadline: float) -> None:
        encoded = json.dumps(meta).encode()
        self._connection.settimeout(max(0.001, deadline - time.monotonic()))
        self._connection.sendall(LENGTHS.pack(len(encoded), len(payload)) + encoded + payload)

    def _receive(self, deadline: float) -> tuple[dict[str, Any], bytes]:
        meta_size, payload_size = LENGTHS.unpack(self._receive_exactly(LENGTHS.size, deadline))
        meta = json.loads(self._receive_exactly(meta_size, deadline))
        return meta, self._receive_exactly(payload_size, deadline)

    def _receive_exactly(self, size: int, deadline: float) -> bytes:
        received = bytearray()
        while len(received) < size:
            self._connection.settimeout(max(0.001, deadline - time.monotonic()))
            chunk = self._connection.recv(min(size - len(received), 1 << 20))
            if not chunk:
                raise GoneError
            received += chunk
        return bytes(received)

    def _wait_for_end(self) -> int:
        try:
            status = self.process.wait(1)
        except subprocess.TimeoutExpired:  # it closed the connection and lives on
            self.kill()
            status = self.process.wait()
        self._kill_group()  # what it left behind
        return status

    def _read_logs(self, descriptor: int) -> None:
        rest = b""
        with contextlib.suppress(OSError):
            while chunk := os.read(descriptor, 65536):
                *lines, rest = (rest + chunk).split(b"\n")
                self._take(lines)
        if rest:
            self._take([rest])
        os.close(descriptor)
        with self._marked:
            self._logs_ended = True
            self._marked.notify_all()

    def _take(self, lines: Sequence[bytes]) -> None:
        now = time.time()
        for line in lines:
            text, found, mark = line.decode(errors="replace").partition(END_OF_EVENT_LOGS)
            if text or not found:
                self._log(now, text.replace(LINE_BREAK_IN_RECORD, "\n"))
            if found:
                with self._marked:
                    self._marks.add(mark)
                    self._marked.notify_all()

    def _await_logs(self, mark: str) -> None:
        # A child of the function may hold the pipe open, so an end is waited for, but not for long.
        # An own runtime marks nothing: what it wrote before it answered is in the pipe already.
        seconds = _OWN_RUNTIME_LINES_SECONDS if self._has_own_runtime else _LAST_LINES_SECONDS
        with self._marked:
            self._marked.wait_for(lambda: mark in self._marks or self._logs_ended, seconds)
            self._marks.discard(mark)

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self.process.poll() is None

    def kill(self) -> None:
        """End the process and its children at once."""
        if self.alive:
            self._kill_group()

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def stop(self) -> None:
        """End the process and release what it holds."""
        self.kill()
        self.process.wait()
        self._connection.close()
        self._runtime_api.close()
