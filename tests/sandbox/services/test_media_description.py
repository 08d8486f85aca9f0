"""What the sandbox's models are told of an image or a recording."""

import struct
import wave
from io import BytesIO
from typing import Any

import pytest

from pulumi_sandbox.aws.services.media_description import described_medium
from pulumi_sandbox.aws.services.rest_json import ServiceError


def recording(seconds: int) -> bytes:
    made = BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8_000)
        file.writeframes(bytes(8_000 * seconds))
    return made.getvalue()


PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 640, 480)
GIF = b"GIF89a" + struct.pack("<HH", 640, 480)
# An APP0 segment stands before the frame, as in most files.
JPEG = b"\xff\xd8\xff\xe0" + struct.pack(">H", 4) + b"\0\0" + b"\xff\xc0" + struct.pack(">HBHH", 11, 8, 480, 640)
LOSSY = b"RIFF\0\0\0\0WEBPVP8 " + bytes(10) + struct.pack("<HH", 640, 480)
LOSSLESS = b"RIFF\0\0\0\0WEBPVP8L" + bytes(5) + ((479 << 14) | 639).to_bytes(4, "little")
EXTENDED = b"RIFF\0\0\0\0WEBPVP8X" + bytes(8) + (639).to_bytes(3, "little") + (479).to_bytes(3, "little")


def block(form: str, content: bytes) -> dict[str, Any]:
    return {"format": form, "source": {"bytes": content}}


@pytest.mark.parametrize(
    ("form", "content"),
    [("png", PNG), ("gif", GIF), ("jpeg", JPEG), ("webp", LOSSY), ("webp", LOSSLESS), ("webp", EXTENDED)],
)
def test_an_image_is_told_by_its_size(form: str, content: bytes) -> None:
    said = described_medium("image", block(form, content))
    assert said == f"This is an image of 640 x 480 pixels ({form}, {len(content)} bytes)."


def test_a_recording_is_told_by_its_length_where_the_format_says_it() -> None:
    assert "a recording of 2.0 seconds (wav, 16044 bytes)" in described_medium("audio", block("wav", recording(2)))
    assert described_medium("audio", block("mp3", b"abc")) == "This is a recording (mp3, 3 bytes)."


@pytest.mark.parametrize(
    ("kind", "form", "content"),
    [
        ("image", "png", GIF),
        ("image", "gif", b"GIF89a"),
        ("image", "jpeg", b"\xff\xd8"),
        ("image", "webp", PNG),
        ("image", "png", PNG + bytes(3_750_000)),
        ("audio", "wav", b"RIFF"),
    ],
)
def test_what_is_none_of_its_format_or_too_large_is_refused(kind: str, form: str, content: bytes) -> None:
    with pytest.raises(ServiceError):
        described_medium(kind, block(form, content))


def test_an_object_of_s3_is_refused_by_name() -> None:
    with pytest.raises(ServiceError, match="s3Location"):
        described_medium("image", {"format": "png", "source": {"s3Location": {"uri": "s3://a/b"}}})
