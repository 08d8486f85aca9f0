"""Finds moto's backends: the state of one service in one account and region."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from moto.backends import get_backend
from moto.core.base_backend import BaseBackend

_GLOBAL = "aws"


class Unit(NamedTuple):
    """What is written and read as one: moto's name of a service, the account, the region (``aws`` if global)."""

    service: str
    account: str
    place: str

    @property
    def backend(self) -> BaseBackend:
        """The backend itself; made when it is not there yet."""
        return _backends(self.service)[self.account][self.place]


def _backends(service: str) -> Any:
    return get_backend(service)  # pyright: ignore[reportCallIssue, reportArgumentType] - a variable service name


def unit(service: str, account: str, region: str) -> Unit:
    """Return the unit that holds a service's state in a region; raises ImportError for a service unknown to moto."""
    regions: list[str] = _backends(service)[account].regions
    return Unit(service, account, _GLOBAL if _GLOBAL in regions and region not in regions else region)


def backend_of(service: str, account: str, region: str) -> Any:
    """Return a service's backend in a region."""
    return unit(service, account, region).backend


def existing(service: str) -> Iterator[Unit]:
    """Return the units of a service that were made so far."""
    for account, regions in list(_backends(service).items()):
        for place in list(regions):
            yield Unit(service, account, place)
