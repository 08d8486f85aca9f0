"""The binary framing of AWS event streams (application/vnd.amazon.eventstream).

A message is: total length and header length (4 bytes each, big endian), the CRC-32 of these eight bytes, the headers
(name length, name, type 7 for a string, value length in 2 bytes, value), the payload, the CRC-32 of all before.
"""

import json
import struct
import zlib
from collections.abc import Mapping
from typing import Any

EVENT_STREAM_MEDIA_TYPE = "application/vnd.amazon.eventstream"
_STRING = 7
_OVERHEAD = 16


def event(event_type: str, payload: Mapping[str, Any]) -> bytes:
    """Return the frame of one event."""
    headers = {":event-type": event_type, ":content-type": "application/json", ":message-type": "event"}
    return _frame(headers, json.dumps(payload).encode())


def binary_event(event_type: str, payload: bytes) -> bytes:
    """Return the frame of one event whose payload is a blob."""
    headers = {":event-type": event_type, ":content-type": "application/octet-stream", ":message-type": "event"}
    return _frame(headers, payload)


def exception(exception_type: str, payload: Mapping[str, Any]) -> bytes:
    """Return the frame of an exception that ends the stream, for example "throttlingException"."""
    headers = {":exception-type": exception_type, ":content-type": "application/json", ":message-type": "exception"}
    return _frame(headers, json.dumps(payload).encode())


def _frame(headers: Mapping[str, str], payload: bytes) -> bytes:
    encoded = b"".join(_header(name, value) for name, value in headers.items())
    prelude = struct.pack(">II", _OVERHEAD + len(encoded) + len(payload), len(encoded))
    message = prelude + struct.pack(">I", zlib.crc32(prelude)) + encoded + payload
    return message + struct.pack(">I", zlib.crc32(message))


def _header(name: str, value: str) -> bytes:
    raw_name, raw_value = name.encode(), value.encode()
    return struct.pack(">B", len(raw_name)) + raw_name + struct.pack(">BH", _STRING, len(raw_value)) + raw_value
