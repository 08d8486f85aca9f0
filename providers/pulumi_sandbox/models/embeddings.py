"""Deterministic text embeddings: hashed words, word pairs and character n-grams, so that near means alike.

There is no training behind them: texts are near when they share words or parts of words, not when they mean
the same in other words.
"""

import math
import unicodedata
from collections import Counter
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise

from .terms import terms, words

_WORD_WEIGHT = 1.0
_PAIR_WEIGHT = 0.5
_GRAM_WEIGHT = 0.15
_GRAM_LENGTHS = (3, 4)


@lru_cache(maxsize=131072)
def _place(feature: str) -> tuple[int, float]:
    number = int.from_bytes(blake2b(feature.encode(), digest_size=8).digest(), "big")
    return number >> 1, 1.0 if number & 1 else -1.0


def _features(text: str) -> Counter[tuple[str, float]]:
    # A text of stop words alone still needs a direction.
    kept = terms(text) or words(text) or [unicodedata.normalize("NFKC", text).casefold().strip()]
    found: Counter[tuple[str, float]] = Counter((f"w:{term}", _WORD_WEIGHT) for term in kept)
    found.update((f"p:{first} {second}", _PAIR_WEIGHT) for first, second in pairwise(kept))
    for term in kept:
        padded = f"_{term}_"
        found.update(
            (f"g:{padded[start : start + length]}", _GRAM_WEIGHT)
            for length in _GRAM_LENGTHS
            for start in range(len(padded) - length + 1)
        )
    return found


def embed(text: str, dimension: int, *, normalize: bool = True) -> list[float]:
    """Return the text's vector of `dimension` floats, of length 1 unless `normalize` is false.

    Raises ValueError for a text without any character to embed.
    """
    if not text.strip():
        raise ValueError("there is no text to embed")
    vector = [0.0] * dimension
    for (feature, weight), count in _features(text).items():
        place, sign = _place(feature)
        vector[place % dimension] += sign * weight * (1.0 + math.log(count))
    length = math.hypot(*vector)
    if length == 0.0:
        # Opposite signs may cancel out in a tiny vector: any fixed direction is better than none.
        vector[_place(text)[0] % dimension] = length = 1.0
    return [value / length for value in vector] if normalize else vector
