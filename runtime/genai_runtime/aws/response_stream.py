"""A runtime loop for functions whose responses are streamed, which the managed Python runtime does not do.

The managed runtime imports the handler's module before it takes its first event. A module that calls `serve` does not
return from that import: events come from the Runtime API to the loop here instead. So nothing is added to the function
but this file: no layer, no other runtime, and no start script, which would have to be an executable file, as which no
file of a Pulumi archive arrives.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming
"""

import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from typing import Any, Final, NoReturn

_API: Final = "/2018-06-01/runtime"
_PRELUDE_END: Final = bytes(8)
"""Between the head of an HTTP response, as JSON, and its body."""


@dataclass(frozen=True)
class StreamContext:
    """What Lambda says about an invocation, as `LambdaContext` has it."""

    aws_request_id: str
    deadline_ms: int

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until the invocation is cut off."""
        return self.deadline_ms - int(time.time() * 1000)


class ResponseStream:
    """One HTTP response: `begin` once, then `write` any number of times."""

    def __init__(self, connection: HTTPConnection, request_id: str) -> None:
        self._connection = connection
        self._request_id = request_id
        self.begun = False

    def begin(self, status: int, headers: Mapping[str, str]) -> None:
        """Send the head."""
        self.begun = True
        self._connection.putrequest("POST", f"{_API}/invocation/{self._request_id}/response")
        for name, value in (
            ("Content-Type", "application/vnd.awslambda.http-integration-response"),
            ("Lambda-Runtime-Function-Response-Mode", "streaming"),
            ("Transfer-Encoding", "chunked"),
        ):
            self._connection.putheader(name, value)
        self._connection.endheaders()
        self._send(json.dumps({"statusCode": status, "headers": dict(headers)}).encode() + _PRELUDE_END)

    def write(self, text: str) -> None:
        """Send a part of the body."""
        if text:
            self._send(text.encode())

    def end(self) -> None:
        """Send the end."""
        self._connection.send(b"0\r\n\r\n")
        self._connection.getresponse().read()

    def _send(self, part: bytes) -> None:
        self._connection.send(b"%x\r\n%b\r\n" % (len(part), part))


Handler = Callable[[Mapping[str, Any], StreamContext, ResponseStream], None]
"""Answers one event; it does not raise, and begins the response."""


def serve(handler: Handler) -> NoReturn:
    """Take events and have them answered, for ever."""
    connection = HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    while True:
        connection.request("GET", f"{_API}/invocation/next")
        _answer(connection, connection.getresponse(), handler)


def _answer(connection: HTTPConnection, received: HTTPResponse, handler: Handler) -> None:
    event = json.loads(received.read())
    headers = received.headers
    os.environ["_X_AMZN_TRACE_ID"] = headers.get("Lambda-Runtime-Trace-Id", "")
    context = StreamContext(headers["Lambda-Runtime-Aws-Request-Id"], int(headers["Lambda-Runtime-Deadline-Ms"]))
    stream = ResponseStream(connection, context.aws_request_id)
    handler(event, context, stream)
    stream.end()
