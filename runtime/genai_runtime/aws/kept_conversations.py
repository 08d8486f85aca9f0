"""Entry point of the function that shows and deletes what is kept: conversations, their items, and answers.

The function's role needs:

- dynamodb:GetItem, PutItem, Query, UpdateItem, DeleteItem and BatchWriteItem on the table of conversations;
- s3:GetObject, PutObject and DeleteObject on its bucket;
- dynamodb:GetItem, Query, UpdateItem and BatchWriteItem on the table of jobs, s3:DeleteObject and s3:GetObject on their
  payloads, where there are jobs;
- bedrock:ApplyGuardrail on the guardrail;
- kms:Decrypt and kms:GenerateDataKey on the key of all of these.
"""

import os
from collections.abc import Mapping
from typing import Any, Final

from genai_runtime.aws.clients import client
from genai_runtime.aws.conversations import DynamoConversations
from genai_runtime.aws.guardrail import BedrockGuardrail
from genai_runtime.aws.http_event import read_event, write_response
from genai_runtime.aws.job_removal import DynamoJobRemoval
from genai_runtime.aws.jobs import DynamoJobs
from genai_runtime.aws.lambda_context import LambdaContext, seconds_left
from genai_runtime.aws.payloads import Payloads
from genai_runtime.aws.request_log import EmbeddedMetricLog
from genai_runtime.core.clock import SystemClock
from genai_runtime.core.config import KeptConversationsConfig, parse_kept_conversations_config
from genai_runtime.core.conversations.surface import Kept
from genai_runtime.core.http_exchange import answer

_CLOCK: Final = SystemClock()
_LOG: Final = EmbeddedMetricLog()


def _kept(config: KeptConversationsConfig) -> Kept:
    guardrail, jobs = config.guardrail, config.jobs
    payloads = Payloads(jobs.payloads_bucket) if jobs else None
    return Kept(
        config=config,
        store=DynamoConversations(config.conversations.table, Payloads(config.conversations.bucket)),
        guardrail=BedrockGuardrail(guardrail.id, guardrail.version) if guardrail else None,
        jobs=DynamoJobs(jobs.table, payloads) if jobs and payloads else None,
        removal=DynamoJobRemoval(jobs.table, payloads) if jobs and payloads else None,
        clock=_CLOCK,
    )


_CONFIG: Final = parse_kept_conversations_config(os.environ.get("GENAI_CONFIG"))
_ROUTES: Final = _kept(_CONFIG).routes
client("dynamodb")


def handler(event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request of the HTTP API."""
    deadline = _CLOCK.monotonic() + seconds_left(context)
    return write_response(answer(read_event(event), _ROUTES, _CONFIG, _CLOCK, _LOG, deadline))
