"""Entry point of the function that works on the jobs of a queue; what fails is delivered again, and in the end goes to
the dead-letter queue.

The function's role needs what the worker of asynchronous invocations needs (`genai_runtime.aws.worker`), and
sqs:ReceiveMessage, DeleteMessage, GetQueueAttributes and ChangeMessageVisibility on the queue.
"""

import json
import os
from collections.abc import Mapping
from typing import Any, Final

from genai_runtime.aws.deliveries import fail, is_last, log_failure
from genai_runtime.aws.job_ports import aws_job_ports
from genai_runtime.aws.lambda_context import LambdaContext, seconds_left
from genai_runtime.aws.ports import aws_ports, open_clients
from genai_runtime.core.config import ConfigError, WorkerRef, parse_config
from genai_runtime.core.errors import StepError
from genai_runtime.core.jobs import JobKey
from genai_runtime.core.worker import JobBusyError, UnknownJobError, Work, give_up, work


class UnreadableMessageError(ValueError):
    """The message is not one that names a job."""


def _queue(worker: WorkerRef | None) -> WorkerRef:
    if worker is None or not worker.queue_url or worker.most_receives < 1:
        raise ConfigError(
            "GENAI_CONFIG.worker needs queue_url and most_receives here: set them to the URL of the jobs' queue and to"
            " how often it delivers a message"
        )
    return worker


_CONFIG: Final = parse_config(os.environ.get("GENAI_CONFIG"))
_QUEUE: Final = _queue(_CONFIG.worker)
_PORTS: Final = aws_ports(_CONFIG)
_JOB_PORTS: Final = aws_job_ports(_CONFIG)
open_clients(_CONFIG)


def handler(event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Work on a batch, and return which messages shall be delivered again."""
    deadline = _PORTS.clock.monotonic() + seconds_left(context)
    failures = [record["messageId"] for record in event["Records"] if not _done(record, deadline)]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failures]}


def _done(record: Mapping[str, Any], deadline: float) -> bool:
    try:
        key = _key(record["body"])
    except UnreadableMessageError as error:
        return _failed(record, str(error))
    # A message is delivered again only when the attempt before has ended, so it may take over its lease.
    attempt = Work(
        _CONFIG,
        _PORTS,
        _JOB_PORTS,
        owner=record["messageId"],
        stream=False,
        deadline=deadline,
        keep_denied=True,
    )
    try:
        work(key, attempt)
    except JobBusyError:
        # The other worker may have died; the queue's visibility time-out is longer than its lease.
        return False
    except UnknownJobError:
        return _failed(record, f"there is no job {key.id!r}")
    except StepError as error:
        if is_last(record, _QUEUE.most_receives):
            _give_up(key)
        return _failed(record, str(error))
    return True


def _key(body: str) -> JobKey:
    try:
        message = json.loads(body)
        tenant, job_id = message["tenant"], message["id"]
    except (ValueError, TypeError, KeyError) as error:
        raise UnreadableMessageError("the message is no JSON object with tenant and id") from error
    if not isinstance(tenant, str) or not isinstance(job_id, str):
        raise UnreadableMessageError("tenant and id of the message are not both texts")
    return JobKey(tenant, job_id)


def _give_up(key: JobKey) -> None:
    try:
        give_up(key, _JOB_PORTS, _CONFIG, _PORTS.clock)
    except StepError as error:
        log_failure(_PORTS.log, f"the job could not be given up: {error}")


def _failed(record: Mapping[str, Any], failure: str) -> bool:
    fail(record, _QUEUE.queue_url, _QUEUE.most_receives, _PORTS.log, failure)
    return False
