"""Images and recordings in a request: their formats, their sizes, and whether they are what they say."""

import base64
import binascii
from collections.abc import Mapping
from typing import Final

from genai_runtime.core.config import Config
from genai_runtime.core.image_check import takes_image
from genai_runtime.core.openai_api.body import Fields
from genai_runtime.core.request import Media

# Modality -> format, as Bedrock's Converse names it -> how a file of the format begins; none is told by its beginning.
FORMATS: Final[Mapping[str, Mapping[str, tuple[bytes, ...]]]] = {
    "image": {
        "png": (b"\x89PNG\r\n\x1a\n",),
        "jpeg": (b"\xff\xd8\xff",),
        "gif": (b"GIF87a", b"GIF89a"),
        "webp": (b"RIFF",),
    },
    "audio": {"wav": (b"RIFF",), "mp3": (), "flac": (b"fLaC",), "ogg": (b"OggS",), "m4a": (), "webm": ()},
}
LARGEST_BYTES: Final[Mapping[str, int]] = {"image": 3_750_000, "audio": 3_750_000}
"""Of the decoded content. Bedrock's limit of an image in Converse is 3.75 MB; of recordings the body's own limit comes
first, so the same number stands for them.
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ImageBlock.html"""


def read_media(part: Fields, modality: str, config: Config) -> Media | None:
    """Return the image or the recording of a part, or note what is wrong with it: `{"format", "data"}`."""
    if part.values.get(modality) is None:
        part.note(modality, "is missing; send an object with format and data", "missing_parameter")
        return None
    given = part.object(modality)
    given.only({"format", "data"}, {})
    formats = {
        name: beginnings
        for name, beginnings in FORMATS[modality].items()
        if modality != "image" or takes_image(name, config)
    }
    form, data = given.text("format"), given.text("data")
    if form is None or form not in formats:
        given.note("format", f"is {str(form)[:40]!r}; use one of {', '.join(formats)}")
        return None
    try:
        content = base64.b64decode(data or "", validate=True)
    except (binascii.Error, ValueError):
        given.note("data", "is not base 64")
        return None
    if not content:
        given.note("data", "is missing or empty; send the content in base 64", "missing_parameter")
    elif len(content) > LARGEST_BYTES[modality]:
        given.note(
            "data", f"has {len(content)} bytes; the limit is {LARGEST_BYTES[modality]} bytes", "request_too_large"
        )
    elif formats[form] and not content.startswith(formats[form]):
        given.note("data", f"does not begin as a file of the format {form!r} does")
    return Media("image" if modality == "image" else "audio", form, data or "")
