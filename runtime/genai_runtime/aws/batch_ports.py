"""The ports that files and batches need, of a deployment on AWS."""

from genai_runtime.aws.batch_lines import DynamoLines
from genai_runtime.aws.batch_queue import SqsBatchQueue
from genai_runtime.aws.batches import DynamoBatches
from genai_runtime.aws.files import DynamoFiles
from genai_runtime.aws.objects import S3Objects
from genai_runtime.aws.payloads import Payloads
from genai_runtime.core.batch_worker import BatchPorts
from genai_runtime.core.config import BatchRef
from genai_runtime.core.ports import Clock


def aws_batch_ports(batch: BatchRef, clock: Clock) -> BatchPorts:
    """Return the ports that a deployment's settings name."""
    payloads = Payloads(batch.bucket)
    return BatchPorts(
        batches=DynamoBatches(batch.table, payloads, batch.kept_seconds),
        lines=DynamoLines(batch.table, payloads, clock),
        files=DynamoFiles(batch.table),
        objects=S3Objects(batch.bucket),
        queue=SqsBatchQueue(batch.queue_url),
    )
