"""Estimates tokens without a model's own tokenizer."""

import math


def estimated_tokens(text: str) -> int:
    """Return about how many tokens `text` has, rounded up.

    A quarter token for an ASCII character, which is the vendors' own rule of thumb for English text, and one for any
    other character, which is on the safe side for every script.
    """
    ascii_characters = sum(map(str.isascii, text)) if not text.isascii() else len(text)
    return math.ceil(ascii_characters / 4) + len(text) - ascii_characters
