"""Entry point of the function that works on batches; what fails is delivered again, and in the end goes to the
dead-letter queue.

The function's role needs what the prompt pipeline needs, and:

- dynamodb:GetItem, PutItem, Query and UpdateItem on the table of jobs;
- s3:PutObject, GetObject and GetObjectVersion on the objects of the batches' bucket;
- sqs:ReceiveMessage, DeleteMessage, GetQueueAttributes, ChangeMessageVisibility and SendMessage on the queue;
- kms:Decrypt and kms:GenerateDataKey on the key of the bucket and the queue.
"""

import os
from collections.abc import Mapping
from typing import Any, Final

from genai_runtime.aws.batch_ports import aws_batch_ports
from genai_runtime.aws.deliveries import fail, hide
from genai_runtime.aws.lambda_context import LambdaContext, seconds_left
from genai_runtime.aws.ports import aws_ports, open_clients
from genai_runtime.core import batch_messages
from genai_runtime.core.batch_arrivals import begin, dropped, scheduled
from genai_runtime.core.batch_results import finish
from genai_runtime.core.batch_worker import BatchWork, ChunkBusyError, UnknownBatchError, answer_chunk, plan
from genai_runtime.core.config import parse_batch_config
from genai_runtime.core.errors import StepError

_CONFIG: Final = parse_batch_config(os.environ.get("GENAI_CONFIG"))
_PORTS: Final = aws_ports(_CONFIG)
_BATCH_PORTS: Final = aws_batch_ports(_CONFIG.batch, _PORTS.clock)
open_clients(_CONFIG)


def handler(event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Work on a batch of messages, and return which shall be delivered again."""
    deadline = _PORTS.clock.monotonic() + seconds_left(context)
    failures = [record["messageId"] for record in event["Records"] if not _done(record, deadline)]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failures]}


def _done(record: Mapping[str, Any], deadline: float) -> bool:
    # A message is delivered again only when the attempt before has ended, so it may take over its lease.
    work = BatchWork(_CONFIG, _PORTS, _BATCH_PORTS, record["messageId"], deadline)
    try:
        _do(batch_messages.read_message(record["body"]), work)
    except ChunkBusyError as error:
        # The other worker may have died, and its own message with it.
        hide(record, _CONFIG.batch.queue_url, error.seconds, _PORTS.log)
        return False
    except UnknownBatchError as error:
        failure = f"there is no batch {error.args[0]!r}"
    except (batch_messages.UnreadableMessageError, StepError) as error:
        failure = str(error)
    else:
        return True
    fail(record, _CONFIG.batch.queue_url, _CONFIG.batch.most_receives, _PORTS.log, failure)
    return False


def _do(message: Mapping[str, Any], work: BatchWork) -> None:
    kind = message.get("kind")
    if kind == batch_messages.PLAN:
        plan(batch_messages.key_of(message), work)
    elif kind == batch_messages.CHUNK:
        answer_chunk(batch_messages.key_of(message), batch_messages.chunk_of(message), work)
    elif kind == batch_messages.FINISH:
        finish(batch_messages.key_of(message), work)
    elif kind == batch_messages.OBJECT:
        scheduled(message, work)
    else:
        for tenant, source in dropped(message):
            begin(tenant, source, source.version, work)
