"""CloudWatch: an alarm begins without a verdict, and one that is put again keeps the state that it had.

Moto makes every alarm OK. The states themselves are found in ``aws/alarms``.
"""

from collections.abc import Callable
from typing import Any

from pulumi_sandbox.aws.moto_gaps.wrapping import wrap

_STATE = ("state_value", "state_reason", "state_reason_data", "state_updated_timestamp", "history")


def _put(original: Callable[..., Any], backend: Any, name: str, *arguments: Any, **named: Any) -> Any:
    before = backend.alarms.get(name)
    alarm = original(backend, name, *arguments, **named)
    alarm.state_value = "INSUFFICIENT_DATA"
    if before is not None:
        for attribute in _STATE:
            setattr(alarm, attribute, getattr(before, attribute))
    return alarm


def install() -> None:
    """Wrap moto's method."""
    from moto.cloudwatch.models import CloudWatchBackend

    wrap(CloudWatchBackend, "put_metric_alarm", _put)
