"""Runs Lambda functions: each from its own archive, in a process of its own, with its own role and limits.

``install`` once, before moto serves; then ``invoke``, and every API of moto that invokes, ends here.
"""

from pathlib import Path

from pulumi_sandbox import iam
from pulumi_sandbox.aws.functions import installed, moto_lambda
from pulumi_sandbox.aws.functions.errors import InvokeError, ThrottledError
from pulumi_sandbox.aws.functions.event_queue import RETRY_SECONDS, EventQueue
from pulumi_sandbox.aws.functions.executor import Executor, authorize_caller
from pulumi_sandbox.aws.functions.installed import Installed
from pulumi_sandbox.aws.functions.instance import Home, Invocation
from pulumi_sandbox.aws.functions.log_writer import LogWriter
from pulumi_sandbox.aws.functions.lookup import find_function
from pulumi_sandbox.aws.functions.runtime_api import Sink

__all__ = [
    "Invocation",
    "InvokeError",
    "ThrottledError",
    "flush_logs",
    "install",
    "invoke",
    "invoke_event",
    "log_writer",
    "may_invoke",
    "uninstall",
    "wait_for_events",
]


def install(directory: Path, endpoint: str, *, retry_seconds: tuple[float, ...] = RETRY_SECONDS) -> None:
    """Make moto's Lambda run functions, and take up asynchronous events that an earlier process left.

    ``directory`` (created) holds unpacked archives; nothing in it is needed after a stop. ``endpoint`` is the
    URL of the AWS APIs that functions call. ``retry_seconds`` are the waits before an asynchronous event's
    second and third attempt. Needs an open durable database and restored moto backends.
    """
    uninstall()
    moto_lambda.install()
    writer = LogWriter()
    executor = Executor(Home(directory.resolve(), endpoint), writer)
    parts = Installed(executor, EventQueue(executor, retry_seconds), writer)
    installed.replace(parts)
    parts.writer.start()
    parts.queue.start()


def uninstall() -> None:
    """Stop all workers and write the last logs. Does nothing when not installed."""
    if parts := installed.replace(None):
        parts.queue.stop()
        parts.executor.pool.stop()
        parts.writer.stop()


def log_writer() -> LogWriter:
    """Return the writer that also serves the gateway's access logs."""
    return installed.current().writer


def invoke(
    function: str,
    payload: bytes,
    *,
    region: str,
    invoked_by: str | None = None,
    source_arn: str | None = None,
    trace_header: str | None = None,
    sink: Sink | None = None,
) -> Invocation:
    """Run a function and wait for its result; blocks, so not for an event loop.

    ``function`` is a name or an ARN, with or without a version or alias; ``payload`` is JSON. ``invoked_by`` is
    who must be allowed: a role's ARN (by its policies), a service such as ``apigateway.amazonaws.com`` (by the
    function's policy, with ``source_arn``), or None for nobody in particular. ``sink`` takes the parts of a response
    that the function streams, as they come.

    Raises InvokeError (not found, throttled, unsupported) and iam.AccessDeniedError; an error of the function
    itself is not raised but said in ``function_error``.
    """
    return installed.current().executor.invoke(
        function,
        payload,
        region=region,
        invoked_by=invoked_by,
        source_arn=source_arn,
        details={"trace_header": trace_header},
        sink=sink,
    )


def may_invoke(function: str, service: str, source_arn: str, *, region: str) -> bool:
    """Return whether the function's own policy lets ``service`` invoke it for ``source_arn``. Raises InvokeError."""
    deployed, arn = find_function(function, region)
    try:
        authorize_caller(deployed, arn, service, source_arn)
    except iam.AccessDeniedError:
        return False
    return True


def invoke_event(function: str, payload: bytes, *, region: str) -> str:
    """Queue an event, as an Event invocation does, and return its request id. Raises InvokeError."""
    return installed.current().queue.accept(function, payload, region=region)


def flush_logs(timeout: float = 5.0) -> bool:
    """Wait until what was logged so far is in its log groups; returns False after ``timeout`` seconds."""
    return installed.current().writer.flush(timeout)


def wait_for_events(timeout: float) -> bool:
    """Wait until no asynchronous event runs or waits; returns False after ``timeout`` seconds."""
    return installed.current().queue.wait_idle(timeout)
