"""How well an answer rests on its sources, and how well it fits its question, by the terms they share."""

from .sentences import split_sentences
from .terms import terms

_FULL = 1.0
# Texts of the model's own that claim nothing: an honest "I do not know" is grounded.
_CLAIMLESS = ("i do not know", "i don't know")


def grounding(answer: str, source: str) -> float:
    """Return 0.0 to 1.0: the mean over the answer's sentences of the share of terms that stand in the source."""
    known = set(terms(source))
    shares = [
        len(said & known) / len(said) for sentence in split_sentences(answer) if (said := set(terms(sentence.text)))
    ]
    return sum(shares) / len(shares) if shares and not _is_claimless(answer) else _FULL


def relevance(answer: str, query: str) -> float:
    """Return 0.0 to 1.0: the share of the question's terms that the answer takes up, 1.0 from one half on."""
    asked = set(terms(query))
    if not asked or _is_claimless(answer):
        return _FULL
    return min(_FULL, 2 * len(asked & set(terms(answer))) / len(asked))


def _is_claimless(answer: str) -> bool:
    return answer.casefold().startswith(_CLAIMLESS)
