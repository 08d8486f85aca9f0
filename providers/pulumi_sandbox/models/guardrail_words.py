"""Finds filtered words and phrases as whole words, in any case and with any white space between them."""

import re
from collections.abc import Iterable
from functools import lru_cache


@lru_cache(maxsize=4096)
def _pattern(phrase: str) -> re.Pattern[str]:
    spaced = r"\s+".join(map(re.escape, phrase.split()))
    return re.compile(rf"(?<!\w){spaced}(?!\w)", re.IGNORECASE)


def found_words(phrases: Iterable[str], text: str) -> list[str]:
    """Return the phrases that are in the text, as they are written there."""
    return [match[0] for phrase in phrases if phrase.split() and (match := _pattern(phrase).search(text))]
