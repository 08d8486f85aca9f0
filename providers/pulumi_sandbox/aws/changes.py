"""Which parts of moto's state changed and are not on disk yet. Touched only while ``moto_state`` is held."""

from pulumi_sandbox.aws.moto_backends import Unit, unit
from pulumi_sandbox.aws.persisted_services import PERSISTED

_changed: set[Unit] = set()
_memory_only: set[str] = set()


def note_change(service: str, account: str, region: str) -> None:
    """Say that a service's state changed, in process and not by a request; it is written within a second."""
    if service in PERSISTED:
        _changed.add(unit(service, account, region))
    else:
        _memory_only.add(service)


def take_changes() -> set[Unit]:
    """Return what changed since the last call."""
    taken = set(_changed)
    _changed.clear()
    return taken


def memory_only_services() -> list[str]:
    """Return the services that were changed and that a restart will find empty."""
    return sorted(_memory_only)
