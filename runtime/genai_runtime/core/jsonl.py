"""Lines of a JSONL file, read as they come, with where each one is."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One line that is not blank: its number from 1, and its bytes from `start` up to `end`, without the line's end."""

    number: int
    start: int
    end: int
    content: bytes


def read_lines(blocks: Iterable[bytes], first_number: int = 1, first_byte: int = 0) -> Iterator[Line]:
    """Yield the lines in blocks of bytes, which may end anywhere; blank ones are counted and left out."""
    number, start, rest = first_number, first_byte, b""
    for block in blocks:
        *whole, rest = (rest + block).split(b"\n")
        for content in whole:
            if content.strip():
                yield Line(number, start, start + len(content), content)
            number, start = number + 1, start + len(content) + 1
    if rest.strip():
        yield Line(number, start, start + len(rest), rest)
