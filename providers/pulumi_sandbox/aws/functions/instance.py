"""An execution environment of a function: a worker, its log stream, and how its life looks to callers."""

import json
import platform
import shutil
import signal
import tempfile
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from pulumi_sandbox.aws.functions import platform_lines
from pulumi_sandbox.aws.functions.code import Archive, provided_packages, search_path, unpack
from pulumi_sandbox.aws.functions.errors import BadArchiveError, UnsupportedRuntimeError
from pulumi_sandbox.aws.functions.log_writer import LogEvent, LogStream, LogWriter
from pulumi_sandbox.aws.functions.platform_lines import Report
from pulumi_sandbox.aws.functions.runtime_api import Sink
from pulumi_sandbox.aws.functions.spec import FunctionSpec
from pulumi_sandbox.aws.functions.worker import Answer, Died, Outcome, TimedOut, Worker
from pulumi_sandbox.aws.functions.worker_environment import worker_environment

INIT_SECONDS = 10.0
"""What the initialisation may take outside the function's own time limit."""
MAX_RESPONSE_BYTES = 6_291_556
MAX_STREAM_BYTES = 200 * 2**20
"""Of a response that is streamed (Lambda quotas)."""
LOG_TAIL_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Deployed:
    """A version of a function with its content. ``reserved`` is its reserved concurrency, if any."""

    spec: FunctionSpec
    archive: Archive
    layers: tuple[Archive, ...] = ()
    reserved: int | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One event for a function. ``payload`` is JSON; ``invoked_arn`` carries the qualifier that was called."""

    payload: bytes
    invoked_arn: str
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    trace_header: str | None = None
    client_context: Mapping[str, Any] | None = None
    identity: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Invocation:
    """What a caller gets. ``function_error`` is None, or ``Unhandled`` when ``payload`` is an error object."""

    payload: bytes
    function_error: str | None
    log_tail: str
    """The last 4 KB of the log, platform lines included."""
    request_id: str
    executed_version: str


@dataclass(frozen=True, slots=True)
class TooLarge:
    """The function answered with more than may be handed on."""

    size_bytes: int
    most_bytes: int


@dataclass(frozen=True, slots=True)
class Home:
    """Where instances live: the files of all functions, and the URL of the AWS APIs."""

    directory: Path
    endpoint: str


class Instance:
    """One worker of one spec. Not for two events at once; ``usable`` says whether another may follow."""

    def __init__(self, deployed: Deployed, home: Home, writer: LogWriter) -> None:
        """Start the process. Raises InvokeError when it cannot be started."""
        self.spec = spec = deployed.spec
        if not spec.runtime.startswith("python"):
            raise UnsupportedRuntimeError(
                f"the sandbox runs Python functions only; {spec.name} has the runtime {spec.runtime or 'of an image'!r}"
            )
        self.born = self.idle_since = time.monotonic()
        self.initialised = False
        self._writer = writer
        self._lines: list[str] = []
        stream = f"{time.strftime('%Y/%m/%d', time.gmtime())}/{spec.name}[{spec.version}]{uuid.uuid4().hex}"
        self.log_stream = LogStream(spec.account, spec.region, spec.log_group, stream, spec.role, spec.name)
        try:
            self._task = unpack([deployed.archive], home.directory / "code")
            self._layers = unpack(deployed.layers, home.directory / "layers") if deployed.layers else None
        except BadZipFile as error:
            raise BadArchiveError(
                f"Could not unzip the archive of {spec.name} or of one of its layers: {error}"
            ) from error
        self._provided = provided_packages(home.directory / "provided")
        temporary = home.directory / "tmp"
        temporary.mkdir(parents=True, exist_ok=True)
        self._temporary = Path(tempfile.mkdtemp(prefix=f"{spec.name[:40]}-", dir=temporary))
        self._endpoint = home.endpoint
        self._worker = self._start()

    def _start(self) -> Worker:
        environment = worker_environment(
            self.spec,
            endpoint=self._endpoint,
            task=self._task,
            layers=self._layers,
            temporary=self._temporary,
            log_stream=self.log_stream.name,
        )
        self._log_all(platform_lines.init_start(self.spec, time.time(), platform.python_version()))
        memory = self.spec.memory_mb * 2**20
        return Worker(environment=environment, directory=self._task, memory_bytes=memory, log=self._log)

    def _log(self, now: float, line: str) -> None:
        self._lines.append(line)
        self._writer.put(self.log_stream, LogEvent(int(now * 1000), line))

    def _log_all(self, lines: list[str]) -> None:
        now = time.time()
        for line in lines:
            self._log(now, line)

    @property
    def usable(self) -> bool:
        """Whether the process can take another event."""
        return self.initialised and self._worker.alive

    def handle(self, event: Event, sink: Sink | None = None) -> Invocation:
        """Run one event to its end, the initialisation first where it is still to be done. ``sink`` takes the parts of
        a response that is streamed."""
        if self.initialised:
            self._lines.clear()
        initialisation = None if self.initialised else self._initialise()
        self._log_all(platform_lines.start(self.spec, time.time(), event.request_id))
        started = time.monotonic()
        deadline = started + self.spec.timeout_seconds
        outcome: Outcome | None = None
        init_ms: float | None = None
        if initialisation:
            outcome, init_ms = initialisation
            if isinstance(outcome, TimedOut):
                # As in AWS: once more, now at the cost of the event's own time.
                self._worker.stop()
                self._worker = self._start()
                outcome = self._load(deadline)
        if outcome is None or (isinstance(outcome, Answer) and outcome.succeeded):
            self.initialised = True
            outcome = self._worker.run(self._meta(event, deadline), event.payload, deadline, sink)
        report = Report(
            request_id=event.request_id,
            duration_ms=(time.monotonic() - started) * 1000,
            init_ms=init_ms,
            peak_bytes=self._worker.peak_bytes,
            status="success",
            trace_header=event.trace_header if self.spec.tracing else None,
        )
        return self._finish(event, outcome, report, MAX_STREAM_BYTES if sink else MAX_RESPONSE_BYTES)

    def _initialise(self) -> tuple[Outcome, float]:
        started = time.monotonic()
        outcome = self._load(started + INIT_SECONDS)
        return outcome, (time.monotonic() - started) * 1000

    def _load(self, deadline: float) -> Outcome:
        before, after = search_path(self._task, self._layers, self._provided)
        config = {
            "handler": self.spec.handler,
            "path_before": before,
            "path_after": after,
            "log_format": self.spec.log_format,
            "log_level": self.spec.application_log_level,
        }
        return self._worker.initialise(config, deadline)

    def _meta(self, event: Event, deadline: float) -> dict[str, Any]:
        left = deadline - time.monotonic()
        return {
            "deadline_ms": int((time.time() + left) * 1000),
            "trace": event.trace_header or "",
            "context": {
                "aws_request_id": event.request_id,
                "function_name": self.spec.name,
                "function_version": self.spec.version,
                "invoked_function_arn": event.invoked_arn,
                "memory_limit_in_mb": str(self.spec.memory_mb),
                "log_group_name": self.log_stream.group,
                "log_stream_name": self.log_stream.name,
                "client_context": event.client_context,
                "identity": event.identity,
            },
        }

    def _finish(self, event: Event, outcome: Outcome | TooLarge, report: Report, most_bytes: int) -> Invocation:
        spec = self.spec
        if isinstance(outcome, Answer) and outcome.succeeded and len(outcome.payload) > most_bytes:
            outcome = TooLarge(len(outcome.payload), most_bytes)
        payload, status, error_type, notes = _DESCRIBE[type(outcome)](spec, event.request_id, outcome)
        self._log_all(notes)
        final = replace(report, status=status, error_type=error_type)
        self._log_all(platform_lines.end(spec, time.time(), final))
        tail = ("\n".join(self._lines) + "\n").encode()[-LOG_TAIL_BYTES:].decode(errors="ignore")
        self.idle_since = time.monotonic()
        error = None if status == "success" else "Unhandled"
        return Invocation(payload, error, tail, event.request_id, spec.version)

    def stop(self) -> None:
        """End the process and remove its temporary files."""
        self._worker.stop()
        shutil.rmtree(self._temporary, ignore_errors=True)


Described = tuple[bytes, str, str | None, list[str]]


def _error(error_type: str, message: str) -> bytes:
    return json.dumps({"errorType": error_type, "errorMessage": message}).encode()


def _describe_answer(_spec: FunctionSpec, _request_id: str, outcome: Any) -> Described:
    answer: Answer = outcome
    if not answer.succeeded:
        return answer.payload, "error", json.loads(answer.payload)["errorType"], []
    return answer.payload, "success", None, []


def _describe_excess(_spec: FunctionSpec, _request_id: str, outcome: Any) -> Described:
    answer: TooLarge = outcome
    message = (
        f"Response payload size ({answer.size_bytes} bytes) exceeded maximum allowed payload size "
        f"({answer.most_bytes} bytes)."
    )
    kind = "Function.ResponseSizeTooLarge"
    return _error(kind, message), "error", kind, [message]


def _ending(status: int) -> str:
    if status == 0:
        return "Runtime exited without providing a reason"
    if status > 0:
        return f"Runtime exited with error: exit status {status}"
    name = signal.strsignal(-status) or f"signal {-status}"
    return f"Runtime exited with error: signal: {name.lower()}"


def _describe_death(_spec: FunctionSpec, request_id: str, outcome: Any) -> Described:
    died: Died = outcome
    message = f"RequestId: {request_id} Error: {_ending(died.status)}"
    error_type = "Runtime.ExitError"
    return _error(error_type, message), "error", error_type, [f"{message}\n{error_type}"]


def _describe_timeout(spec: FunctionSpec, request_id: str, _outcome: Any) -> Described:
    text = f"Task timed out after {spec.timeout_seconds:.2f} seconds"
    line = f"{platform_lines.iso_time(time.time())} {request_id} {text}"
    payload = _error("Sandbox.Timedout", f"RequestId: {request_id} Error: {text}")
    return payload, "timeout", "Sandbox.Timedout", [line]


_DESCRIBE: dict[type, Callable[[FunctionSpec, str, Any], Described]] = {
    Answer: _describe_answer,
    TooLarge: _describe_excess,
    Died: _describe_death,
    TimedOut: _describe_timeout,
}
