"""SQS: long polling that lets others work meanwhile.

Moto waits inside the request until a message is sent; here the wait must not keep moto's state locked, and must
also end when a message becomes visible again.
"""

import time
from collections.abc import Callable
from typing import Any

from pulumi_sandbox.aws.moto_gaps.wrapping import wrap
from pulumi_sandbox.aws.moto_lock import moto_state_released

_LOOK_SECONDS = 0.05


def _waited(original: Callable[..., None], queue: Any, timeout: int) -> None:  # noqa: ARG001 - replaced whole
    deadline = time.monotonic() + timeout
    while not queue.messages and time.monotonic() < deadline:
        with moto_state_released():
            time.sleep(_LOOK_SECONDS)


def install() -> None:
    """Wait without the lock."""
    from moto.sqs.models import Queue

    wrap(Queue, "wait_for_messages", _waited)
