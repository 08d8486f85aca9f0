"""What functions do with the messages of a queue that name jobs: work on each, and say which shall come again.

What fails is delivered again soon, and in the end goes to the dead-letter queue. Roles need sqs:ReceiveMessage,
DeleteMessage, GetQueueAttributes and ChangeMessageVisibility on the queue.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from genai_runtime.aws.deliveries import fail, is_beyond, is_last, log_failure
from genai_runtime.core.config import WorkerRef
from genai_runtime.core.errors import StepError
from genai_runtime.core.jobs import JobKey
from genai_runtime.core.ports import RequestLog
from genai_runtime.core.settings_reader import ConfigError
from genai_runtime.core.worker import JobBusyError, UnknownJobError


class UnreadableMessageError(ValueError):
    """The message is not one that names a job."""


def queue_of(worker: WorkerRef | None) -> WorkerRef:
    """Return the queue that the settings name.

    Raises:
        ConfigError: they name none, or not how often it delivers.
    """
    if worker is None or not worker.queue_url or worker.most_receives < 1:
        raise ConfigError(
            "GENAI_CONFIG.worker needs queue_url and most_receives here: set them to the URL of the jobs' queue and to"
            " how often it delivers a message"
        )
    return worker


@dataclass(frozen=True)
class Deliveries:
    """A queue's messages. `do` works on a job in the name of a message, and `give_up` ends one that failed at the last
    delivery, or whose worker died at it: then the message comes once more. A message is delivered again only when the
    attempt before has ended, so its id may own a lease."""

    queue: WorkerRef
    log: RequestLog
    do: Callable[[JobKey, str], None]
    give_up: Callable[[JobKey], None]

    def take(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Work on a batch, and return which messages shall be delivered again."""
        failures = [record["messageId"] for record in event["Records"] if not self._done(record)]
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failures]}

    def _done(self, record: Mapping[str, Any]) -> bool:
        try:
            key = _key(record["body"])
        except UnreadableMessageError as error:
            return self._failed(record, str(error))
        if is_beyond(record, self.queue.most_receives):
            self._give_up(key)
            return self._failed(record, f"no attempt at job {key.id!r} has ended it")
        try:
            self.do(key, record["messageId"])
        except JobBusyError:
            # The other worker may have died; the queue's visibility time-out is longer than its lease.
            return False
        except UnknownJobError:
            return self._failed(record, f"there is no job {key.id!r}")
        except StepError as error:
            if is_last(record, self.queue.most_receives):
                self._give_up(key)
            return self._failed(record, str(error))
        return True

    def _give_up(self, key: JobKey) -> None:
        try:
            self.give_up(key)
        except StepError as error:
            log_failure(self.log, f"the job could not be given up: {error}")

    def _failed(self, record: Mapping[str, Any], failure: str) -> bool:
        fail(record, self.queue.queue_url, self.queue.most_receives, self.log, failure)
        return False


def _key(body: str) -> JobKey:
    try:
        message = json.loads(body)
        tenant, job_id, part = message["tenant"], message["id"], message.get("part", "")
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UnreadableMessageError("the message is no JSON object with tenant and id") from error
    if not all(isinstance(each, str) for each in (tenant, job_id, part)):
        raise UnreadableMessageError("tenant and id of the message are not both texts")
    return JobKey(tenant, job_id, part)
