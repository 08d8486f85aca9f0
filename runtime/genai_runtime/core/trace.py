"""The W3C trace context (https://www.w3.org/TR/trace-context/) of a request."""

import re
import secrets
from typing import Final

from genai_runtime.core.request import Trace
from genai_runtime.ids import new_id

_TRACEPARENT: Final = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?P<trace_id>(?!0{32})[0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?"
)


def start_trace(traceparent: str | None) -> Trace:
    """Return a new request id with the trace id of a valid `traceparent` header, or with a new trace id."""
    match = _TRACEPARENT.fullmatch(traceparent.strip()) if traceparent else None
    return Trace(new_id("req"), match["trace_id"] if match else secrets.token_hex(16))
