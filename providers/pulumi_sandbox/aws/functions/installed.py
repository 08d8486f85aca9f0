"""The parts of the executor that run in this process, if it is installed."""

from dataclasses import dataclass

from pulumi_sandbox.aws.functions.event_queue import EventQueue
from pulumi_sandbox.aws.functions.executor import Executor
from pulumi_sandbox.aws.functions.log_writer import LogWriter


@dataclass(frozen=True, slots=True)
class Installed:
    """One running executor."""

    executor: Executor
    queue: EventQueue
    writer: LogWriter


_installed: Installed | None = None


def running() -> Installed | None:
    """Return the running parts, or None."""
    return _installed


def current() -> Installed:
    """Return the running parts. Raises RuntimeError when there are none."""
    if _installed is None:
        raise RuntimeError("the Lambda executor is not installed; the daemon calls functions.install(...) at its start")
    return _installed


def replace(parts: Installed | None) -> Installed | None:
    """Set the running parts, and return those that ran before."""
    global _installed
    before, _installed = _installed, parts
    return before
