"""Forms with files, multipart/form-data: https://www.rfc-editor.org/rfc/rfc7578."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from genai_runtime.core.errors import refusal

_BOUNDARY: Final = re.compile(
    r"multipart/form-data\s*;.*?\bboundary=(?:\"([^\"]{1,70})\"|([^\s;]{1,70}))", re.IGNORECASE
)
_NAME: Final = re.compile(r"(?<![a-z*])name=(?:\"([^\"]*)\"|([^\s;]+))", re.IGNORECASE)
_FILE_NAME: Final = re.compile(r"\bfilename=(?:\"([^\"]*)\"|([^\s;]+))", re.IGNORECASE)
_PARTS: Final = 32


@dataclass(frozen=True)
class Part:
    """One field of a form; `filename` is None when it is no file."""

    filename: str | None
    content: bytes


def parse_form(content_type: str, body: bytes) -> Mapping[str, Part]:
    """Return the fields of a form by their names; of a name that stands more than once, the last one counts.

    Raises:
        RefusalError: the body is no such form.
    """
    match = _BOUNDARY.match(content_type)
    if match is None:
        raise refusal("invalid_form", "The request body must be multipart/form-data, with its boundary named.")
    mark = b"--" + (match[1] or match[2]).encode()
    pieces = (b"\r\n" + body).split(b"\r\n" + mark)
    if len(pieces) < 3 or not pieces[-1].startswith(b"--"):
        raise refusal("invalid_form", "The form does not end with its boundary; send the body whole.")
    if len(pieces) - 2 > _PARTS:
        raise refusal("invalid_form", f"The form has {len(pieces) - 2} fields; the limit is {_PARTS}.")
    return dict(_part(piece) for piece in pieces[1:-1])


def _part(piece: bytes) -> tuple[str, Part]:
    head, found, content = piece.partition(b"\r\n\r\n")
    lines = head.decode(errors="replace").split("\r\n")
    disposition = next((line for line in lines if line.lower().startswith("content-disposition:")), "")
    name, filename = _NAME.search(disposition), _FILE_NAME.search(disposition)
    if not found or name is None:
        raise refusal("invalid_form", "A field of the form has no name; give each a Content-Disposition with one.")
    return name[1] or name[2] or "", Part((filename[1] or filename[2] or "") if filename else None, content)
