"""The parts that run executions in this process, if they are installed."""

from dataclasses import dataclass

from pulumi_sandbox.aws.states.executions import Executions


@dataclass(frozen=True, slots=True)
class Installed:
    """What runs executions."""

    executions: Executions


_installed: Installed | None = None


def running() -> Installed | None:
    """Return the running parts, or None."""
    return _installed


def current() -> Installed:
    """Return the running parts. Raises RuntimeError when there are none."""
    if _installed is None:
        raise RuntimeError("no state machines run here; the daemon calls states.install(...) at its start")
    return _installed


def replace(parts: Installed | None) -> Installed | None:
    """Set the running parts, and return those that ran before."""
    global _installed
    before, _installed = _installed, parts
    return before
