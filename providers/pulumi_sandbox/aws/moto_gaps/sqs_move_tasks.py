"""SQS: message move tasks, which send dead letters back to where they came from. Moto has none of these operations.

A task moves all messages that are visible, at once, and is then done.
"""

import json
import time
import uuid
from typing import Any

from pulumi_sandbox.aws.moto_gaps.sqs import place
from pulumi_sandbox.aws.moto_gaps.wrapping import add

_KEPT_TASKS = 10


def _error(code: str, message: str) -> Exception:
    from moto.sqs.exceptions import SQSException

    return SQSException(code, message)


def _queue(backend: Any, arn: str, parameter: str) -> Any:
    queue = next((queue for queue in backend.queues.values() if queue.queue_arn == arn), None)
    if queue is None:
        raise _error(
            "ResourceNotFoundException", f"The resource that you specified for the {parameter} does not exist."
        )
    return queue


def move(backend: Any, source: Any, destination: Any) -> int:
    """Move the visible messages of a queue, each as a new message; returns how many were moved.

    Without ``destination``, each goes back to the queue that it was a dead letter of.
    """
    from moto.moto_api._internal import mock_random
    from moto.sqs.models import Message

    moved = 0
    for message in list(source.messages):
        target = destination or next(
            (queue for queue in backend.queues.values() if queue.queue_arn == getattr(message, "moved_from", None)),
            None,
        )
        if target is None:
            continue
        fresh: Any = Message(str(mock_random.uuid4()), message.body, message.system_attributes)
        for name in ("message_attributes", "deduplication_id", "group_id", "sequence_number", "sender_id"):
            setattr(fresh, name, getattr(message, name))
        fresh.mark_sent()
        source._messages.remove(message)
        source.pending_messages.discard(message)
        place(target, fresh)
        moved += 1
    return moved


def _start(response: Any) -> Any:
    from moto.core.responses import ActionResult

    backend = response.sqs_backend
    source_arn, destination_arn = response._get_param("SourceArn"), response._get_param("DestinationArn")
    source = _queue(backend, source_arn, "SourceArn")
    destination = _queue(backend, destination_arn, "DestinationArn") if destination_arn else None
    if not any(queue.dead_letter_queue is source for queue in backend.queues.values()):
        raise _error("InvalidParameterValue", "Source queue must be configured as a Dead Letter Queue.")
    started = int(time.time() * 1000)
    number = len(source.messages)
    moved = move(backend, source, destination)
    task = {
        "TaskHandle": json.dumps({"taskId": str(uuid.uuid4()), "sourceArn": source_arn}),
        "Status": "COMPLETED",
        "SourceArn": source_arn,
        "ApproximateNumberOfMessagesMoved": moved,
        "ApproximateNumberOfMessagesToMove": number,
        "StartedTimestamp": started,
        **({"DestinationArn": destination_arn} if destination_arn else {}),
    }
    source.move_tasks = [task, *getattr(source, "move_tasks", [])][:_KEPT_TASKS]
    return ActionResult({"TaskHandle": task["TaskHandle"]})


def _list(response: Any) -> Any:
    from moto.core.responses import ActionResult

    source = _queue(response.sqs_backend, response._get_param("SourceArn"), "SourceArn")
    number = response._get_param("MaxResults") or 1
    # Only a task that runs shows its handle, since it can be cancelled.
    tasks = [{name: value for name, value in task.items() if name != "TaskHandle"} for task in _tasks(source)]
    return ActionResult({"Results": tasks[:number]})


def _tasks(source: Any) -> list[dict[str, Any]]:
    return getattr(source, "move_tasks", [])


def _cancel(response: Any) -> Any:
    handle = response._get_param("TaskHandle")
    raise _error("ResourceNotFoundException", f"Task does not exist or is not running any more: {handle}")


def install() -> None:
    """Serve the three operations."""
    from moto.sqs.responses import SQSResponse

    add(SQSResponse, "start_message_move_task", _start)
    add(SQSResponse, "list_message_move_tasks", _list)
    add(SQSResponse, "cancel_message_move_task", _cancel)
