"""What the sandbox's models know of an image or a recording: what its file says of itself, in words, and no more."""

import struct
import wave
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from .rest_json import InvalidRequestError

LARGEST_IMAGE_BYTES = 3_750_000
"""Of an image in Converse (API reference, ImageBlock)."""


def described_medium(kind: str, block: Mapping[str, Any]) -> str:
    """Return a text in place of an image or audio block; raises a ValidationException for what cannot be read."""
    form, source = block["format"], block["source"]
    if "bytes" not in source:
        raise InvalidRequestError(f"{kind}: the sandbox reads the bytes of the block only, no s3Location.")
    content: bytes = source["bytes"]
    if kind == "image":
        if len(content) > LARGEST_IMAGE_BYTES:
            raise InvalidRequestError("The image exceeds the maximum size of 3.75 MB. Use a smaller image.")
        width, height = image_size(form, content)
        return f"This is an image of {width} x {height} pixels ({form}, {len(content)} bytes)."
    seconds = _wave_seconds(content) if form == "wav" else None
    length = "" if seconds is None else f" of {seconds:.1f} seconds"
    return f"This is a recording{length} ({form}, {len(content)} bytes)."


def image_size(form: str, content: bytes) -> tuple[int, int]:
    """Return width and height in pixels."""
    try:
        size = {"png": _png, "gif": _gif, "jpeg": _jpeg, "webp": _webp}[form](content)
    except (struct.error, IndexError):
        size = None
    if size is None:
        raise InvalidRequestError("Could not process image. Provide a valid image in the format that you name.")
    return size


def _png(content: bytes) -> tuple[int, int] | None:
    if content[:8] != b"\x89PNG\r\n\x1a\n" or content[12:16] != b"IHDR":
        return None
    return struct.unpack(">II", content[16:24])


def _gif(content: bytes) -> tuple[int, int] | None:
    return struct.unpack("<HH", content[6:10]) if content[:6] in {b"GIF87a", b"GIF89a"} else None


def _jpeg(content: bytes) -> tuple[int, int] | None:
    place = 2
    while content[:2] == b"\xff\xd8" and place + 9 <= len(content):
        marker, length = content[place + 1], struct.unpack(">H", content[place + 2 : place + 4])[0]
        # Start of frame, of any coding; DHT, JPG and DAC have numbers in between.
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            height, width = struct.unpack(">HH", content[place + 5 : place + 9])
            return width, height
        place += 2 + length
    return None


def _webp(content: bytes) -> tuple[int, int] | None:
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP":
        return None
    kind = content[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(content[24:27], "little"), 1 + int.from_bytes(content[27:30], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(content[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = struct.unpack("<HH", content[26:30])
    return width & 0x3FFF, height & 0x3FFF


def _wave_seconds(content: bytes) -> float:
    try:
        with wave.open(BytesIO(content)) as recording:
            return recording.getnframes() / recording.getframerate()
    except (wave.Error, EOFError, ZeroDivisionError) as error:
        raise InvalidRequestError(
            "Could not process audio. Provide a valid file in the format that you name."
        ) from error
