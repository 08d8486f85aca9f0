"""Cuts prose and Markdown into sentences, each with the heading that it stands under."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_HEADING = re.compile(r"^\s{0,3}#{1,6}\s+(.*?)\s*#*$")
_ITEM = re.compile(r"^\s*(?:[-*+•]|\d{1,3}[.)])\s+|^\s*\|")
_RULE = re.compile(r"^\s*\|?[\s:|=-]{3,}\|?\s*$")
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]?[^\Wa-z_])|(?<=[\u3002\uff01\uff1f])")
_ABBREVIATION = re.compile(
    r"\b(?:e\.g|i\.e|etc|cf|vs|approx|no|nos|fig|mr|mrs|ms|dr|prof|st|inc|ltd|co)\.$", re.IGNORECASE
)


@dataclass(frozen=True)
class Sentence:
    """One sentence and the heading above it ("" without one)."""

    text: str
    heading: str = ""


def split_sentences(text: str) -> list[Sentence]:
    """Return the sentences of the text; list items and table rows are sentences of their own."""
    found: list[Sentence] = []
    for block, heading in _blocks(text):
        found.extend(Sentence(sentence, heading) for sentence in _split_block(block))
    return found


def _blocks(text: str) -> Iterator[tuple[str, str]]:
    heading, lines = "", list[str]()

    def flush() -> Iterator[tuple[str, str]]:
        if lines:
            yield " ".join(lines), heading
            lines.clear()

    for raw in text.splitlines():
        line = raw.strip()
        if match := _HEADING.match(raw):
            yield from flush()
            heading = match[1]
        elif not line or _RULE.match(line):
            yield from flush()
        else:
            if _ITEM.match(raw):
                yield from flush()
                line = _ITEM.sub("", line).strip("| ").replace(" | ", ", ")
            if line:
                lines.append(line)
    yield from flush()


def _split_block(block: str) -> Iterator[str]:
    kept = ""
    for part in _SENTENCE_END.split(block):
        kept = f"{kept} {part}".strip() if kept else part.strip()
        if not _ABBREVIATION.search(kept):
            if kept:
                yield kept
            kept = ""
    if kept:
        yield kept
