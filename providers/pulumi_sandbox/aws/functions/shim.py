"""Runs inside a worker process: loads one handler, then serves events one after the other.

It plays the part of AWS's Python runtime (awslambdaric), whose error objects, log formats and context it copies.
It is started by path with an isolated interpreter, sees nothing of the sandbox, and imports little,
because each import is paid at every cold start.

Frames on the control socket, both ways: two unsigned 32-bit lengths, a JSON object, a payload.
"""

import importlib
import json
import logging
import os
import signal
import socket
import struct
import sys
import time
import traceback
import types
from collections.abc import Callable
from decimal import Decimal
from typing import Any

LENGTHS = struct.Struct(">II")
LINE_BREAK_IN_RECORD = "\x1e"
"""Stands for a line break inside one log event: the log pipe's own line breaks end events."""
END_OF_EVENT_LOGS = "\x1d"
"""Followed by the request id and a line break: all that an invocation logged comes before it. No id: loading."""
GRACE_SECONDS = 2.0
RUNTIME_FILES = (__file__, importlib.__file__, "<frozen importlib")
"""Frames of these are not the function's."""


class LambdaRuntimeError(Exception):
    """An error of the runtime itself, as opposed to one that the function raised."""

    def __init__(self, error_type: str, message: str) -> None:
        super().__init__(message)
        self.error_type = error_type


class Context:
    """The handler's second argument; the attributes are those of AWS's Python runtime."""

    def __init__(self, values: dict[str, Any], deadline_ms: int) -> None:
        self._deadline_ms = deadline_ms
        self.__dict__.update(values)
        identity = values.get("identity") or {}
        self.identity = types.SimpleNamespace(
            cognito_identity_id=identity.get("cognitoIdentityId"),
            cognito_identity_pool_id=identity.get("cognitoIdentityPoolId"),
        )
        client = values.get("client_context")
        self.client_context = (
            None
            if client is None
            else types.SimpleNamespace(
                custom=client.get("custom"),
                env=client.get("env"),
                client=types.SimpleNamespace(**(client.get("client") or {})),
            )
        )

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the time limit, never negative."""
        return max(0, self._deadline_ms - int(time.time() * 1000))

    def log(self, message: object) -> None:
        """Write to the function's log."""
        sys.stdout.write(str(message))


def read_exactly(connection: socket.socket, size: int) -> bytes:
    """Return ``size`` bytes; ends the process when the sandbox is gone."""
    chunks = bytearray()
    while len(chunks) < size:
        received = connection.recv(min(size - len(chunks), 1 << 20))
        if not received:
            os._exit(0)
        chunks += received
    return bytes(chunks)


def read_frame(connection: socket.socket) -> tuple[dict[str, Any], bytes]:
    """Return the next object and payload."""
    meta_size, payload_size = LENGTHS.unpack(read_exactly(connection, LENGTHS.size))
    return json.loads(read_exactly(connection, meta_size)), read_exactly(connection, payload_size)


def write_frame(connection: socket.socket, meta: dict[str, Any], payload: bytes = b"") -> None:
    """Send one object and payload."""
    encoded = json.dumps(meta).encode()
    connection.sendall(LENGTHS.pack(len(encoded), len(payload)) + encoded + payload)


def iso_time(seconds: float) -> str:
    """Return UTC in the form of Lambda's JSON log records."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{int(seconds * 1000) % 1000:03d}Z"


def write_log(text: str) -> None:
    """Write to the log pipe itself: a function may have put something else in the place of sys.stdout."""
    data = memoryview(text.encode(errors="backslashreplace"))
    while data:
        data = data[os.write(1, data) :]


def write_log_event(text: str) -> None:
    """Write ``text`` as one log event, whatever line breaks it holds."""
    write_log(text.replace("\n", LINE_BREAK_IN_RECORD) + "\n")


class JsonFormatter(logging.Formatter):
    """One JSON object a record, with the fields that Lambda's JSON format has."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as JSON, its extra attributes included."""
        fields: dict[str, Any] = {
            "timestamp": iso_time(record.created),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            "requestId": current_request_id,
        }
        if record.exc_info and record.exc_info[0] is not None:
            kind, error, trace = record.exc_info
            fields["stackTrace"] = traceback.format_tb(trace)
            fields["errorType"] = kind.__name__
            fields["errorMessage"] = str(error)
        fields.update({k: v for k, v in record.__dict__.items() if k not in STANDARD_RECORD_FIELDS})
        return json.dumps(fields, default=str, ensure_ascii=False)


class TextFormatter(logging.Formatter):
    """Level, time, request id and message between tabs."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as Lambda's text format."""
        record.__dict__["aws_request_id"] = current_request_id or ""
        return super().format(record)


class LogHandler(logging.Handler):
    """Sends each record as one log event."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record; a record that cannot be formatted is reported by logging itself."""
        try:
            write_log_event(self.format(record))
        except Exception:  # noqa: BLE001 - the contract of logging.Handler.emit
            self.handleError(record)


STANDARD_RECORD_FIELDS = frozenset(logging.LogRecord("", 0, "", 0, "", None, None).__dict__) | {"message", "asctime"}
current_request_id: str | None = None
"""Of the event that is being handled, for log records."""


def set_up_logging(log_format: str, level: str) -> None:
    """Give the root logger Lambda's handler. ``level`` may be empty."""
    handler = LogHandler()
    if log_format == "JSON":
        handler.setFormatter(JsonFormatter())
    else:
        formatter = TextFormatter(
            "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s", "%Y-%m-%dT%H:%M:%S"
        )
        formatter.converter = time.gmtime
        handler.setFormatter(formatter)
    logging.root.addHandler(handler)
    if level:
        logging.root.setLevel("DEBUG" if level == "TRACE" else "CRITICAL" if level == "FATAL" else level)


def error_object(error: BaseException, request_id: str) -> dict[str, Any]:
    """Return what a caller sees of an error."""
    if isinstance(error, LambdaRuntimeError):
        return {
            "errorMessage": str(error),
            "errorType": error.error_type,
            "requestId": request_id,
            "stackTrace": [],
        }
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith(RUNTIME_FILES)]
    return {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "requestId": request_id,
        "stackTrace": traceback.format_list(frames),
    }


def log_error(error: dict[str, Any], log_format: str) -> None:
    """Log an error object as the runtime does."""
    if log_format == "JSON":
        record = {"timestamp": iso_time(time.time()), "log_level": "ERROR", **error}
        write_log_event(json.dumps(record, ensure_ascii=False))
        return
    text = f"[ERROR] {error['errorType']}: {error['errorMessage']}"
    if error["stackTrace"]:
        text += "\nTraceback (most recent call last):\n" + "".join(error["stackTrace"])
    write_log_event(text.rstrip("\n"))


def load_handler(name: str) -> Callable[[Any, Context], Any]:
    """Import ``module.function``. Raises LambdaRuntimeError, and whatever the module's own code raises."""
    module_name, dot, function_name = name.rpartition(".")
    if not dot:
        raise LambdaRuntimeError(
            "Runtime.MalformedHandlerName", f"Bad handler '{name}': not enough values to unpack (expected 2, got 1)"
        )
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise LambdaRuntimeError(
            "Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}"
        ) from error
    except SyntaxError as error:
        message = f"Syntax error in module '{module_name}': {error}"
        raise LambdaRuntimeError("Runtime.UserCodeSyntaxError", message) from error
    handler = getattr(module, function_name, None)
    if not callable(handler):
        raise LambdaRuntimeError(
            "Runtime.HandlerNotFound", f"Handler '{function_name}' missing on module '{module_name}'"
        )
    return handler


def json_default(value: object) -> object:
    """Encode what AWS's runtime encodes beyond JSON's own types."""
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def call(handler: Callable[[Any, Context], Any], payload: bytes, context: Context) -> bytes:
    """Return the encoded result of one event."""
    try:
        event = json.loads(payload)
    except ValueError as error:
        raise LambdaRuntimeError("Runtime.UnmarshalError", f"Unable to unmarshal input: {error}") from error
    result = handler(event, context)
    try:
        return json.dumps(result, default=json_default, ensure_ascii=False).encode()
    except (TypeError, ValueError) as error:
        raise LambdaRuntimeError("Runtime.MarshalError", f"Unable to marshal response: {error}") from error


def serve(connection: socket.socket, handler: Callable[[Any, Context], Any], log_format: str) -> None:
    """Answer events until the sandbox closes the connection."""
    global current_request_id
    while True:
        meta, payload = read_frame(connection)
        request_id = current_request_id = meta["context"]["aws_request_id"]
        deadline_ms: int = meta["deadline_ms"]
        os.environ["_X_AMZN_TRACE_ID"] = meta["trace"]
        # The sandbox enforces the time limit; should it have died meanwhile, the kernel ends this process.
        signal.setitimer(signal.ITIMER_REAL, max(0.0, deadline_ms / 1000 - time.time()) + GRACE_SECONDS)
        try:
            answer, succeeded = call(handler, payload, Context(meta["context"], deadline_ms)), True
        except Exception as error:  # noqa: BLE001 - whatever the function raises is its result; SystemExit ends us
            described = error_object(error, request_id)
            log_error(described, log_format)
            answer, succeeded = json.dumps(described, ensure_ascii=False).encode(), False
        signal.setitimer(signal.ITIMER_REAL, 0)
        write_log(f"{END_OF_EVENT_LOGS}{request_id}\n")
        write_frame(connection, {"succeeded": succeeded}, answer)
        current_request_id = None


def main() -> None:
    """Load the handler that the first frame names, then serve."""
    connection = socket.socket(fileno=int(sys.argv[1]))
    connection.set_inheritable(False)
    config, _ = read_frame(connection)
    sys.argv = [config["handler"]]
    sys.path[:0] = config["path_before"]
    sys.path += config["path_after"]
    log_format: str = config["log_format"]
    set_up_logging(log_format, config["log_level"])
    try:
        handler = load_handler(config["handler"])
    except Exception as error:  # noqa: BLE001 - whatever the module raises is the result of the initialisation
        described = error_object(error, "")
        log_error(described, log_format)
        write_log(f"{END_OF_EVENT_LOGS}\n")
        write_frame(connection, {"ready": False}, json.dumps(described, ensure_ascii=False).encode())
        sys.exit(1)
    write_log(f"{END_OF_EVENT_LOGS}\n")
    write_frame(connection, {"ready": True})
    serve(connection, handler, log_format)


if __name__ == "__main__":
    main()
