"""The words that carry a text's meaning: case folded, stop words left out, endings cut off."""

import re
import unicodedata
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)?")
_STOP_WORDS = frozenset(
    re.split(
        r"\s+",
        """a about above after again all also am an and any are as at be because been before being below
        between both but by can could did do does doing down during each few for from further give
        given get had has have having he her here hers him his how i if in into is it its itself
        just let ll may me might more most must my no nor not now of off on once one only or other
        our ours out over own per please same shall she should show so some such tell than that the
        their theirs them then there these they this those through to too under until up upon us
        very was we were what when where which while who whom whose why will with would you your
        yours""",
    )
)
_ENDINGS = (
    ("ations", ""), ("ation", ""), ("ements", ""), ("ement", ""), ("ments", ""), ("ment", ""),
    ("ingly", ""), ("edly", ""), ("ings", ""), ("ing", ""), ("ies", "y"), ("ied", "y"), ("sses", "ss"),
    ("ches", "ch"), ("shes", "sh"), ("xes", "x"), ("ors", ""), ("ers", ""), ("or", ""), ("er", ""),
    ("ed", ""), ("ly", ""), ("es", ""), ("s", ""), ("e", ""),
)  # fmt: skip
_SHORTEST_STEM = 3


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Return the word without its English ending; words that end in "ss" or "us" keep it."""
    if word.endswith(("ss", "us", "is")):
        return word
    for ending, replacement in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) + len(replacement) >= _SHORTEST_STEM:
            shorter = word[: len(word) - len(ending)] + replacement
            # "stopp" from "stopping", "buye" from "buyer" and "buy" from "buying" have to meet.
            if len(shorter) > _SHORTEST_STEM and shorter[-1] == shorter[-2] and shorter[-1] not in "lsz":
                shorter = shorter[:-1]
            return shorter
    return word


def words(text: str) -> list[str]:
    """Return the words of the text, case folded, in order."""
    return [
        match.replace("\u2019", "'").removesuffix("'s")
        for match in _WORD.findall(unicodedata.normalize("NFKC", text).casefold())
    ]


def terms(text: str) -> list[str]:
    """Return the stems of the words that carry meaning, in order, repeated as they repeat."""
    return [stem(word) for word in words(text) if word not in _STOP_WORDS]
