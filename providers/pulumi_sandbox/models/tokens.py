"""A deterministic token count, near enough to real tokenizers for limits and usage figures.

A word of up to six characters is one token, a longer one is one for each six characters begun; each
punctuation mark and each ideograph is one. English prose comes to about 1.3 tokens a word.
"""

import re
from collections.abc import Iterable, Iterator

_CHARACTERS_PER_TOKEN = 6
_PIECE = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+|[^\w\s]|_"
)


def _spans(text: str) -> Iterator[tuple[int, int]]:
    for match in _PIECE.finditer(text):
        for start in range(match.start(), match.end(), _CHARACTERS_PER_TOKEN):
            yield start, min(start + _CHARACTERS_PER_TOKEN, match.end())


def count_tokens(text: str) -> int:
    """Return the number of tokens in the text."""
    return sum(1 for _ in _spans(text))


def count_all(texts: Iterable[str]) -> int:
    """Return the number of tokens in all the texts together."""
    return sum(map(count_tokens, texts))


def first_tokens(text: str, limit: int) -> str:
    """Return the text cut after `limit` tokens, or the whole text if it has no more than that."""
    for number, (start, _) in enumerate(_spans(text)):
        if number == limit:
            return text[:start].rstrip()
    return text


def windows(text: str, size: int, overlap: int) -> Iterator[str]:
    """Yield consecutive parts of `size` tokens, each beginning `overlap` tokens before the end of the one
    before.

    Parts end at a white space where the window has one, so that no word is cut without need.
    """
    spans = list(_spans(text))
    first = 0
    while first < len(spans):
        last = min(first + size, len(spans))
        if last < len(spans):
            last = _word_boundary(text, spans, first, last)
        yield text[spans[first][0] : spans[last - 1][1]].strip()
        if last == len(spans):
            return
        first = _word_start(text, spans, max(last - overlap, first + 1), last)


def _word_boundary(text: str, spans: list[tuple[int, int]], first: int, last: int) -> int:
    for candidate in range(last, first, -1):
        if text[spans[candidate - 1][1]].isspace():
            return candidate
    return last


def _word_start(text: str, spans: list[tuple[int, int]], first: int, last: int) -> int:
    for candidate in range(first, last):
        if text[spans[candidate][0] - 1].isspace():
            return candidate
    return last


def pieces(text: str) -> Iterator[str]:
    """Yield the text in small parts (a word and the white space before it), as a model streams it."""
    yield from re.findall(r"\s*\S+|\s+$", text)
