"""Cuts a document's text into the chunks that are embedded and retrieved."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from pulumi_sandbox.models.embeddings import embed
from pulumi_sandbox.models.tokens import count_tokens, windows

# What Bedrock does when a data source says nothing: about 300 tokens, sentences whole; its overlap is 20 percent.
_DEFAULT_TOKENS = 300
_DEFAULT_OVERLAP_PERCENT = 20
# A piece ends after a sentence, a blank line, or before a heading, list item or table row.
_PIECE_END = re.compile(r"(?<=[.!?])\s+|\n\s*\n|\n(?=\s*(?:[-*#|]|\d+[.)]))")
# For how far apart sentences are in meaning, no more is needed.
_SEMANTIC_DIMENSION = 256


@dataclass(frozen=True)
class Chunk:
    """What is embedded, and what is retrieved when that is found: the same, but for the children of a parent chunk,
    whose number it then has."""

    embedded: str
    retrieved: str
    parent: int | None = None


def chunks(text: str, chunking: Mapping[str, Any] | None) -> Iterator[Chunk]:
    """Yield the chunks of a text by a data source's chunkingConfiguration (None: Bedrock's default).

    NONE is the whole text; FIXED_SIZE packs whole sentences up to `maxTokens` and repeats up to `overlapPercentage`
    of them. HIERARCHICAL packs parents likewise and children out of each; SEMANTIC begins a new chunk where two
    neighbouring sentences are further apart in meaning than most. A sentence longer than a chunk is cut at white space.
    """
    if not text.strip():
        return
    strategy = (chunking or {}).get("chunkingStrategy", "DEFAULT")
    if strategy == "HIERARCHICAL":
        yield from _hierarchical(text, (chunking or {})["hierarchicalChunkingConfiguration"])
        return
    yield from (Chunk(chunk, chunk) for chunk in _flat(text, strategy, chunking or {}))


def _flat(text: str, strategy: str, chunking: Mapping[str, Any]) -> Iterator[str]:
    if strategy == "NONE":
        yield text.strip()
    elif strategy == "SEMANTIC":
        yield from _semantic(text, chunking["semanticChunkingConfiguration"])
    else:
        fixed = chunking.get("fixedSizeChunkingConfiguration", {})
        size = fixed.get("maxTokens", _DEFAULT_TOKENS)
        overlap = size * fixed.get("overlapPercentage", _DEFAULT_OVERLAP_PERCENT) // 100
        yield from _packed(list(_pieces(text, size)), size, overlap)


def _hierarchical(text: str, levels: Mapping[str, Any]) -> Iterator[Chunk]:
    parent_size, child_size = (level["maxTokens"] for level in levels["levelConfigurations"])
    overlap = levels["overlapTokens"]
    for number, parent in enumerate(_packed(list(_pieces(text, parent_size)), parent_size, overlap)):
        for child in _packed(list(_pieces(parent, child_size)), child_size, overlap):
            yield Chunk(child, parent, number)


def _semantic(text: str, semantic: Mapping[str, Any]) -> Iterator[str]:
    size, around = semantic["maxTokens"], semantic["bufferSize"]
    pieces = [piece for piece in _pieces(text, size) if piece[0].strip()]
    meanings = [
        embed("".join(piece for piece, _ in pieces[max(0, at - around) : at + around + 1]), _SEMANTIC_DIMENSION)
        for at in range(len(pieces))
    ]
    distances = [math.dist(one, other) for one, other in pairwise(meanings)]
    usual = _percentile(distances, semantic["breakpointPercentileThreshold"])
    first = 0
    for at, distance in enumerate(distances, start=1):
        if distance > usual:
            yield from _packed(pieces[first:at], size, 0)
            first = at
    yield from _packed(pieces[first:], size, 0)


def _percentile(values: list[float], percent: int) -> float:
    """Return what so many percent of the values do not exceed, between two of them in proportion; 0 without any."""
    ordered = sorted(values) or [0.0]
    below, part = divmod((len(ordered) - 1) * percent / 100, 1)
    above = ordered[min(int(below) + 1, len(ordered) - 1)]
    return ordered[int(below)] + part * (above - ordered[int(below)])


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
