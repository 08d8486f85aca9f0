"""SQS: long polling that lets others work meanwhile, deduplication, retention, dead letters that know their source.

Moto waits inside the request until a message is sent; here the wait must not keep moto's state locked, and must
also end when a message becomes visible again. Moto invokes Lambda functions inside SendMessage; here
``aws/events`` polls, so that a queue only says that something arrived.
"""

import json
import time
from collections.abc import Callable
from typing import Any

from pulumi_sandbox.aws import arrivals
from pulumi_sandbox.aws.moto_gaps.wrapping import wrap
from pulumi_sandbox.aws.moto_lock import moto_state_released

_LOOK_SECONDS = 0.05
DEDUPLICATION_SECONDS = 300
"""A FIFO queue remembers what was sent for five minutes, also when the message was deleted meanwhile."""
_HANDLE_LENGTH = 185


def _waited(original: Callable[..., None], queue: Any, timeout: int) -> None:  # noqa: ARG001 - replaced whole
    deadline = time.monotonic() + timeout
    while not queue.messages and time.monotonic() < deadline:
        with moto_state_released():
            time.sleep(_LOOK_SECONDS)


def place(queue: Any, message: Any) -> None:
    """Put a message into a queue without regard to duplicates, and remember which queue it came from."""
    message.moved_from = getattr(message, "held_by", None)
    message.held_by = queue.queue_arn
    queue._messages.append(message)
    arrivals.announce()


def _added(_original: Callable[..., None], queue: Any, message: Any) -> None:
    moved = getattr(message, "held_by", None) is not None
    if queue.fifo_queue and message.deduplication_id and not moved:
        first = _first_of_duplicates(queue, message)
        if first is not None:
            message.id = first
            return
    place(queue, message)


def _first_of_duplicates(queue: Any, message: Any) -> str | None:
    recent: dict[tuple[str, str], tuple[int, str]] = queue.__dict__.setdefault("recently_sent", {})
    oldest = message.sent_timestamp - DEDUPLICATION_SECONDS * 1000
    for key in [key for key, (sent, _) in recent.items() if sent <= oldest]:
        del recent[key]
    scope = message.group_id if queue.deduplication_scope == "messageGroup" else ""
    key = (scope, message.deduplication_id)
    if key in recent:
        return recent[key][1]
    recent[key] = (message.sent_timestamp, message.id)
    return None


def _received(original: Callable[..., list[Any]], backend: Any, queue_name: str, *arguments: Any, **named: Any) -> Any:
    # Moto hides messages that are too old, and keeps them for good.
    queue = backend.get_queue(queue_name)
    oldest = time.time() * 1000 - queue.message_retention_period * 1000
    if any(message.sent_timestamp <= oldest for message in queue._messages):
        queue._messages = [message for message in queue._messages if message.sent_timestamp > oldest]
        queue.pending_messages.intersection_update(queue._messages)
    return original(backend, queue_name, *arguments, **named)


def _deleted(original: Callable[..., None], queue: Any, receipt_handle: str) -> None:
    from moto.sqs.exceptions import ReceiptHandleIsInvalid

    try:
        original(queue, receipt_handle)
    except ReceiptHandleIsInvalid:
        # To delete what is gone is success; moto keeps every handle of every message there ever was to know it.
        if len(receipt_handle) != _HANDLE_LENGTH:
            raise
    queue.deleted_messages.clear()


def _attributes_set(original: Callable[..., None], queue: Any, attributes: dict[str, Any], *more: Any) -> None:
    # Moto takes the policy away whenever other attributes are set.
    kept = {} if "Policy" in attributes or "_policy_json" not in vars(queue) else {"Policy": queue.policy}
    original(queue, {**kept, **attributes}, *more)


def _dead_letters_set(original: Callable[..., None], queue: Any, policy: Any) -> None:
    from moto.sqs.exceptions import SQSException

    original(queue, policy)
    target = queue.dead_letter_queue
    allowed = target and getattr(target, "redrive_allow_policy", None)
    if not allowed:
        return
    rule = json.loads(allowed)
    permission = rule.get("redrivePermission", "allowAll")
    refused = permission == "denyAll" or (
        permission == "byQueue" and queue.queue_arn not in rule.get("sourceQueueArns", ())
    )
    if refused:
        queue.dead_letter_queue = queue.redrive_policy = None
        raise SQSException(
            "InvalidParameterValue",
            f"Value {json.dumps(policy)} for parameter RedrivePolicy is invalid. Reason: the redrive allow policy of "
            f"the dead-letter queue {target.queue_arn} does not allow {queue.queue_arn} to use it.",
        )


def install() -> None:
    """Wait without the lock; remember duplicates; forget what is too old; keep policies, and check the redrive one."""
    from moto.sqs.models import Queue, SQSBackend

    queues: Any = Queue
    queues.redrive_allow_policy = None
    queues.BASE_ATTRIBUTES.append("RedriveAllowPolicy")
    wrap(Queue, "wait_for_messages", _waited)
    wrap(Queue, "add_message", _added)
    wrap(Queue, "delete_message", _deleted)
    wrap(Queue, "_set_attributes", _attributes_set)
    wrap(Queue, "_setup_dlq", _dead_letters_set)
    wrap(SQSBackend, "receive_message", _received)
