"""The Runtime API, by which a function's process takes events that it does not leave to the managed runtime.

One process, one event at a time: whoever runs the process also serves the API, on the thread that waits for the answer.
Source: Lambda developer guide, "Using the Lambda runtime API for custom runtimes" and "Response streaming".
"""

import contextlib
import json
import select
import socket
import time
from collections.abc import Callable, Mapping
from typing import Any

import h11

VERSION = "2018-06-01"
_NEXT = f"/{VERSION}/runtime/invocation/next"
_INIT_ERROR = f"/{VERSION}/runtime/init/error"
_POLL_SECONDS = 0.05
_ERROR_BODY = b"lambda-runtime-function-error-body"
_ERROR_TYPE = b"lambda-runtime-function-error-type"

Sink = Callable[[bytes], None]
"""Takes the parts of a response as they come."""


class GoneError(Exception):
    """The process ended."""


class RuntimeApi:
    """``address`` is what the process finds as AWS_LAMBDA_RUNTIME_API; ``alive`` says whether it still runs."""

    def __init__(self, alive: Callable[[], bool]) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._alive = alive
        self._socket: socket.socket | None = None
        self._http = h11.Connection(h11.SERVER)
        self._waiting = False
        self._trailers: dict[bytes, bytes] = {}

    def is_asked(self, other: socket.socket, deadline: float) -> bool:
        """Return whether the process speaks here first, and not on the ``other`` socket.

        Raises TimeoutError and GoneError.
        """
        while True:
            ready, _, _ = select.select([self._listener, other], [], [], _POLL_SECONDS)
            if ready:
                return other not in ready
            self._check(deadline)

    def initialise(self, deadline: float) -> bytes | None:
        """Wait until the process asks for its first event; return the error object of one that cannot start.

        Raises TimeoutError and GoneError.
        """
        request = self._request(deadline)
        if request.target.decode() == _INIT_ERROR:
            error = self._body(deadline, None)
            self._reply(202, b"{}")
            return error
        self._waiting = request.target.decode() == _NEXT
        return None

    def run(self, meta: Mapping[str, Any], payload: bytes, deadline: float, sink: Sink | None) -> tuple[bytes, bool]:
        """Hand an event over and return the response and whether it is one of success; ``sink`` takes its parts.

        Raises TimeoutError and GoneError.
        """
        while not self._waiting:
            self._waiting = self._request(deadline).target.decode() == _NEXT
        context = meta["context"]
        headers = {
            "content-type": "application/json",
            "lambda-runtime-aws-request-id": context["aws_request_id"],
            "lambda-runtime-deadline-ms": str(meta["deadline_ms"]),
            "lambda-runtime-invoked-function-arn": context["invoked_function_arn"],
            "lambda-runtime-trace-id": meta["trace"],
        }
        self._waiting = False
        self._reply(200, payload, headers)
        request = self._request(deadline)
        failed = request.target.endswith(b"/error")
        streams = dict(request.headers).get(b"lambda-runtime-function-response-mode") == b"streaming"
        body = self._body(deadline, sink if streams else None)
        self._reply(202, b"{}")
        if self._trailers:
            return self._error_of_trailers(), False
        return body, not failed

    def _error_of_trailers(self) -> bytes:
        kind = self._trailers.get(_ERROR_TYPE, b"").decode()
        return json.dumps({"errorType": kind, "errorMessage": self._trailers.get(_ERROR_BODY, b"").decode()}).encode()

    def _request(self, deadline: float) -> h11.Request:
        while True:
            self._connect(deadline)
            event = self._event(deadline)
            if isinstance(event, h11.Request):
                if event.method == b"GET":
                    self._event(deadline)  # the end of a message without a body
                return event
            self._disconnect()

    def _connect(self, deadline: float) -> None:
        while self._socket is None:
            ready, _, _ = select.select([self._listener], [], [], _POLL_SECONDS)
            if ready:
                self._socket, _ = self._listener.accept()
                self._http = h11.Connection(h11.SERVER)
            else:
                self._check(deadline)

    def _event(self, deadline: float) -> Any:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            self._http.receive_data(self._receive(deadline))
        return event

    def _receive(self, deadline: float) -> bytes:
        connection = self._socket
        if connection is None:
            return b""
        while not select.select([connection], [], [], _POLL_SECONDS)[0]:
            self._check(deadline)
        with contextlib.suppress(ConnectionError):
            return connection.recv(1 << 16)
        return b""

    def _body(self, deadline: float, sink: Sink | None) -> bytes:
        whole = bytearray()
        while True:
            try:
                event = self._event(deadline)
            except h11.RemoteProtocolError as error:
                raise GoneError from error
            if isinstance(event, h11.Data):
                whole += event.data
                if sink is not None:
                    sink(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage):
                self._trailers = dict(event.headers)
                return bytes(whole)
            else:
                raise GoneError

    def _reply(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        fields = {**(headers or {}), "content-length": str(len(body))}
        response = h11.Response(status_code=status, headers=list(fields.items()))
        content = [self._http.send(part) or b"" for part in (response, h11.Data(data=body), h11.EndOfMessage())]
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.settimeout(10)
                self._socket.sendall(b"".join(content))
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
        else:
            self._disconnect()

    def _check(self, deadline: float) -> None:
        if time.monotonic() >= deadline:
            raise TimeoutError
        if not self._alive():
            raise GoneError

    def _disconnect(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def close(self) -> None:
        """Release the sockets."""
        self._disconnect()
        self._listener.close()
