"""Entry point of pattern RequestResponse on AWS: `genai_runtime.aws.request_response.handler`.

Settings come from the environment variable GENAI_CONFIG, a JSON object as `genai_runtime.core.config` describes it;
wrong settings fail the function's start. The role needs, on the resources that the settings name:

- dynamodb:GetItem on the prompts table;
- dynamodb:GetItem, dynamodb:PutItem and dynamodb:DeleteItem on the cache table;
- dynamodb:GetItem and dynamodb:UpdateItem on the usage table;
- dynamodb:GetItem, BatchGetItem, PutItem, Query and UpdateItem on the table of conversations, s3:GetObject and
  PutObject on its bucket, and kms:GenerateDataKey on its key, where there is one;
- bedrock:ApplyGuardrail on the guardrail, and bedrock:Retrieve on the knowledge base, where there is one;
- bedrock:InvokeModel on every model, and for an inference profile on it and on its models in all its regions;
- lambda:InvokeFunction on the functions of the tools, where there are any;
- kms:Decrypt on the customer managed keys of the tables and of the guardrail, where they have one;
- where there is a chain, states:StartSyncExecution on its state machine, and for requests that are too large for a
  state s3:GetObject and s3:PutObject on the payloads bucket with kms:GenerateDataKey.
"""

import os
from collections.abc import Mapping
from typing import Any, Final

from genai_runtime.aws.chains import StepFunctionsChain
from genai_runtime.aws.http_event import read_event, write_response
from genai_runtime.aws.job_ports import aws_background
from genai_runtime.aws.lambda_context import LambdaContext, seconds_left
from genai_runtime.aws.ports import aws_ports, open_clients
from genai_runtime.core.api import respond
from genai_runtime.core.config import parse_config

_CONFIG: Final = parse_config(os.environ.get("GENAI_CONFIG"))
_PORTS: Final = aws_ports(_CONFIG)
_BACKGROUND: Final = aws_background(_CONFIG, _PORTS.clock) if _CONFIG.worker else None
_CHAIN: Final = StepFunctionsChain(_CONFIG.chain) if _CONFIG.chain else None
open_clients(_CONFIG)


def handler(event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request of the HTTP API."""
    deadline = _PORTS.clock.monotonic() + seconds_left(context)
    return write_response(respond(read_event(event), _CONFIG, _PORTS, deadline, _BACKGROUND, _CHAIN))
