"""Entry point of the GraphQL API of pattern RequestResponse on AWS: `genai_runtime.aws.graphql.handler`.

Its settings and the permissions that its role needs are those of `genai_runtime.aws.request_response`. An event is
AppSync's context of a field, whole or as the stack's resolver shortens it:
https://docs.aws.amazon.com/appsync/latest/devguide/resolver-context-reference-js.html
"""

import os
from collections.abc import Mapping
from typing import Any, Final

from genai_runtime.aws.lambda_context import LambdaContext, seconds_left
from genai_runtime.aws.ports import aws_ports, open_clients
from genai_runtime.core.config import parse_config
from genai_runtime.core.graphql import Field, resolve

_CONFIG: Final = parse_config(os.environ.get("GENAI_CONFIG"))
_PORTS: Final = aws_ports(_CONFIG)
open_clients(_CONFIG)


def handler(event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one field."""
    deadline = _PORTS.clock.monotonic() + seconds_left(context)
    return resolve(_read_event(event), _CONFIG, _PORTS, deadline)


def _read_event(event: Mapping[str, Any]) -> Field:
    headers = event["request"]["headers"]
    return Field(
        name=event["info"]["fieldName"],
        arguments=event["arguments"],
        headers={name.lower(): value for name, value in headers.items() if value is not None},
        claims=(event.get("identity") or {}).get("claims") or {},
    )
