"""The contract between the plugin framework and the code that makes one kind of resource.

A service module in ``pulumi_sandbox/aws/handlers/`` declares ``HANDLERS: dict[str, Handler]``, keyed by
resource token (``"aws:sqs/queue:Queue"``). Inputs and outputs are plain Python values under Pulumi's
camelCase property names; secrets are unwrapped, unknowns never appear, assets are :class:`Asset` or
:class:`Archive`. Integers arrive as ``int``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from pulumi_sandbox.plugin.assets import Archive, Asset

__all__ = ["Archive", "Asset", "Cloud", "Handler", "PartialFailureError", "Properties", "Resource"]

Properties = dict[str, Any]


class Cloud(Protocol):
    """What a handler may ask of the cloud it works in; one a region."""

    @property
    def region(self) -> str:
        """Region name, e.g. ``eu-central-1``."""
        ...

    @property
    def account_id(self) -> str:
        """Twelve-digit account number."""
        ...

    @property
    def partition(self) -> str:
        """ARN partition, e.g. ``aws``."""
        ...

    def client(self, service: str) -> Any:
        """Return the boto3 client of ``service`` in this region (cached, safe to share between threads)."""
        ...


@dataclass(frozen=True, slots=True)
class Resource:
    """An existing resource.

    ``outputs`` is the whole state: inputs echoed, defaults filled, computed properties. ``inputs`` are the
    inputs it was last deployed with; from a ``read`` for import they are the inputs that describe it.
    """

    id: str
    outputs: Properties
    inputs: Properties = field(default_factory=dict[str, Any])


class PartialFailureError(Exception):
    """Raised by ``create`` or ``update`` when the resource exists, yet a later step failed.

    The framework keeps the resource in the state and reports the reason, so that nothing is orphaned.
    """

    def __init__(self, resource: Resource, reason: str) -> None:
        super().__init__(reason)
        self.resource = resource
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Handler:
    """How one type of resource is made, read, changed and removed.

    - ``create(cloud, inputs)`` returns the resource with its id and full outputs.
    - ``read(cloud, id, inputs)`` returns what the API says now, or None when it is gone. ``inputs`` is the
      last known inputs; it is empty on import, and then the returned resource carries ``inputs`` too.
    - ``update(cloud, resource, inputs)`` returns the new outputs; ``resource`` holds the old outputs and
      inputs. None: no property can change in place, and the facts must mark each as replacing.
    - ``delete(cloud, resource)`` removes it; a resource already gone is success.
    """

    create: Callable[[Cloud, Properties], Resource]
    read: Callable[[Cloud, str, Properties], Resource | None]
    update: Callable[[Cloud, Resource, Properties], Mapping[str, Any]] | None
    delete: Callable[[Cloud, Resource], None]
