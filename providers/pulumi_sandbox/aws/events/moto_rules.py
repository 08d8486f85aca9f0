"""Moto's EventBridge, made to accept an event and deliver it later, to every kind of target."""

import functools
from collections.abc import Callable
from typing import Any

from pulumi_sandbox.aws.events.buses import event_time, offer
from pulumi_sandbox.aws.moto_gaps.wrapping import wrap


def _sent(_original: Callable[..., None], rule: Any, original_event: Any, transform_input: bool = True) -> None:  # noqa: ARG001 - replaced whole
    event = {name: value for name, value in original_event.items() if name != "ingestion-time"}
    if isinstance(event["time"], int | float):
        event["time"] = event_time(event["time"])
    offer(rule, event)


def _targets_put(
    original: Callable[..., None], backend: Any, name: str, event_bus_arn: str | None, targets: list[dict[str, Any]]
) -> None:
    from moto.events.exceptions import ValidationException

    for target in targets:
        if target["Arn"].split(":")[2] in ("states", "events") and not target.get("RoleArn"):
            raise ValidationException(f"RoleArn is required for target {target['Arn']}.")
    original(backend, name, event_bus_arn, targets)


@functools.cache
def install() -> None:
    """Deliver by ``deliveries``. Calling it again does nothing."""
    from moto.events.models import EventsBackend, Rule

    wrap(Rule, "send_to_targets", _sent)
    wrap(EventsBackend, "put_targets", _targets_put)
