"""Cuts a document's text into the chunks that are embedded and retrieved."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_sandbox.models.tokens import count_tokens, windows

# What Bedrock does when a data source says nothing: about 300 tokens, sentences whole; its overlap is 20 percent.
_DEFAULT_TOKENS = 300
_DEFAULT_OVERLAP_PERCENT = 20
# A piece ends after a sentence, a blank line, or before a heading, list item or table row.
_PIECE_END = re.compile(r"(?<=[.!?])\s+|\n\s*\n|\n(?=\s*(?:[-*#|]|\d+[.)]))")


def chunks(text: str, chunking: Mapping[str, Any] | None) -> Iterator[str]:
    """Yield the chunks of a text by a data source's chunkingConfiguration (None: Bedrock's default).

    NONE is the whole text; FIXED_SIZE packs whole sentences up to `maxTokens` and repeats up to `overlapPercentage`
    of them. A sentence longer than a chunk is cut at white space.
    """
    if not text.strip():
        return
    strategy = (chunking or {}).get("chunkingStrategy", "DEFAULT")
    if strategy == "NONE":
        yield text.strip()
        return
    fixed = (chunking or {}).get("fixedSizeChunkingConfiguration", {})
    size = fixed.get("maxTokens", _DEFAULT_TOKENS)
    overlap = size * fixed.get("overlapPercentage", _DEFAULT_OVERLAP_PERCENT) // 100
    yield from _packed(list(_pieces(text, size)), size, overlap)


def _pieces(text: str, size: int) -> Iterator[tuple[str, int]]:
    start = 0
    for end in [*(match.end() for match in _PIECE_END.finditer(text)), len(text)]:
        piece = text[start:end]
        start = end
        tokens = count_tokens(piece)
        if tokens > size:
            yield from ((part + " ", count_tokens(part)) for part in windows(piece, size, 0))
        elif piece:
            yield piece, tokens


def _packed(pieces: list[tuple[str, int]], size: int, overlap: int) -> Iterator[str]:
    first = 0
    while first < len(pieces):
        last, used = first, 0
        while last < len(pieces) and (last == first or used + pieces[last][1] <= size):
            used += pieces[last][1]
            last += 1
        chunk = "".join(piece for piece, _ in pieces[first:last]).strip()
        if chunk:
            yield chunk
        if last == len(pieces):
            return
        first = _overlap_start(pieces, first, last, overlap)


def _overlap_start(pieces: list[tuple[str, int]], first: int, last: int, overlap: int) -> int:
    start, repeated = last, 0
    while start - 1 > first and repeated + pieces[start - 1][1] <= overlap:
        start -= 1
        repeated += pieces[start][1]
    return start
