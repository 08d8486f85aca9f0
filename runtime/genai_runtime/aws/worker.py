"""Entry point of the function that works on jobs; Lambda invokes it asynchronously, again when it fails.

The function's role needs what the synchronous pattern's needs, and:

- dynamodb:GetItem, PutItem, Query and UpdateItem on the jobs' table; s3:PutObject and GetObject on the payloads;
- bedrock:InvokeModelWithResponseStream in place of bedrock:InvokeModel, where answers are streamed;
- execute-api:ManageConnections on the API's connections;
- kms:GenerateDataKey on the payloads' key.
"""

import os
from collections.abc import Mapping
from typing import Final

from genai_runtime.aws.job_ports import aws_job_ports
from genai_runtime.aws.lambda_context import LambdaContext, seconds_left
from genai_runtime.aws.ports import aws_ports, open_clients
from genai_runtime.core.config import parse_config
from genai_runtime.core.jobs import JobKey
from genai_runtime.core.worker import Work, work

_CONFIG: Final = parse_config(os.environ.get("GENAI_CONFIG"))
_PORTS: Final = aws_ports(_CONFIG)
_JOB_PORTS: Final = aws_job_ports(_CONFIG)
_STREAM: Final = _CONFIG.worker is not None and _CONFIG.worker.stream
open_clients(_CONFIG)


def handler(event: Mapping[str, str], context: LambdaContext) -> None:
    """Work on one job."""
    attempt = Work(
        config=_CONFIG,
        ports=_PORTS,
        job_ports=_JOB_PORTS,
        owner=context.aws_request_id,
        stream=_STREAM,
        deadline=_PORTS.clock.monotonic() + seconds_left(context),
    )
    work(JobKey(event["tenant"], event["id"]), attempt)
