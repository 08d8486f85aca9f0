"""The text of a document's bytes, for the formats that need no library of their own."""

import csv
import io
import json
from html.parser import HTMLParser
from typing import Any

READABLE_FORMATS = ("txt", "md", "html", "htm", "csv", "json")
_UNSEEN_TAGS = {"script", "style", "head", "template", "noscript"}
_BREAKING_TAGS = {
    "p",
    "div",
    "br",
    "li",
    "tr",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "table",
    "section",
    "article",
    "ul",
    "ol",
}


class UnreadableDocumentError(ValueError):
    """The bytes are not what the format says."""


def document_text(content: bytes, kind: str) -> str:
    """Return the text of a document of one of READABLE_FORMATS; raises UnreadableDocumentError."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableDocumentError(f"it is not UTF-8 text (byte {error.start})") from error
    if kind in {"html", "htm"}:
        reader = _Html()
        reader.feed(text)
        reader.close()
        return reader.text()
    if kind == "csv":
        return "\n".join(_rows(text))
    if kind == "json":
        try:
            return "\n".join(_lines(json.loads(text), ""))
        except ValueError as error:
            raise UnreadableDocumentError(f"it is not JSON: {error}") from error
    return text


class _Html(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._kept: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - HTMLParser passes it
        self._hidden += tag in _UNSEEN_TAGS
        if tag in _BREAKING_TAGS:
            self._kept.append("\n")
        if tag in {"h1", "h2", "h3", "h4", "h5", "h6"}:
            # Headings keep their meaning for whoever reads the text by sentences.
            self._kept.append(f"\n{'#' * int(tag[1])} ")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in _UNSEEN_TAGS and self._hidden > 0
        if tag in _BREAKING_TAGS:
            self._kept.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._kept.append(" ".join(data.split()) + (" " if data[-1:].isspace() else ""))

    def text(self) -> str:
        """Return what was read, one line a block."""
        lines = (line.strip() for line in "".join(self._kept).splitlines())
        return "\n\n".join(line for line in lines if line)


def _rows(text: str) -> list[str]:
    rows = [row for row in csv.reader(io.StringIO(text)) if any(cell.strip() for cell in row)]
    if not rows:
        return []
    head, *body = rows
    return [
        ", ".join(head),
        *("; ".join(f"{name}: {cell}" for name, cell in zip(head, row, strict=False)) + "." for row in body),
    ]


def _lines(value: Any, path: str) -> list[str]:
    if isinstance(value, dict):
        return [line for key, item in value.items() for line in _lines(item, f"{path}.{key}".lstrip("."))]
    if isinstance(value, list):
        return [line for item in value for line in _lines(item, path)]
    return [f"{path}: {value}" if path else str(value)]
