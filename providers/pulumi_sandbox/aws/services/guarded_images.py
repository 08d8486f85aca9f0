"""What a guardrail sees in images: what their files say of themselves, in a PNG's texts or a JPEG's comments, and no
pixel."""

import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .media_description import image_size
from .rest_json import InvalidRequestError

_MOST_IMAGES = 20
_LARGEST_BYTES = 4 * 1024 * 1024
_LARGEST_PIXELS = 8_000
"""Bedrock user guide, "Block harmful images with content filters"."""


def guarded_images(blocks: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what each image says; raises a ValidationException for what Bedrock refuses."""
    if len(blocks) > _MOST_IMAGES:
        raise InvalidRequestError(f"The request has {len(blocks)} images. The limit is {_MOST_IMAGES}.")
    return [_said(block["format"], block["source"].get("bytes", b"")) for block in blocks]


def _said(form: str, content: bytes) -> str:
    if len(content) > _LARGEST_BYTES:
        raise InvalidRequestError(f"The image has {len(content)} bytes. The limit is {_LARGEST_BYTES} bytes.")
    width, height = image_size(form, content)
    if max(width, height) > _LARGEST_PIXELS:
        raise InvalidRequestError(f"The image has {width}x{height} pixels. The limit is 8000x8000.")
    return "\n".join(_png_texts(content) if form == "png" else _jpeg_comments(content))


def _png_texts(content: bytes) -> Iterator[str]:
    place = 8
    while place + 8 <= len(content):
        length, kind = struct.unpack(">I4s", content[place : place + 8])
        if kind == b"tEXt":
            yield content[place + 8 : place + 8 + length].partition(b"\0")[2].decode("latin-1")
        place += 12 + length


def _jpeg_comments(content: bytes) -> Iterator[str]:
    place = 2
    while place + 4 <= len(content) and content[place] == 0xFF:
        marker, length = content[place + 1], struct.unpack(">H", content[place + 2 : place + 4])[0]
        if marker == 0xFE:
            yield content[place + 4 : place + 2 + length].decode("utf-8", "replace")
        place += 2 + length
