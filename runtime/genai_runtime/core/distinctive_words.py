"""What two questions must have in common to share an answer, however alike they are otherwise.

Embeddings hardly tell "of plan 2" from "of plan 3", nor "is it allowed" from "is it not allowed". So every word counts
that is not known to carry no meaning of its own: numbers, names in any spelling, negations, tenses, and all words of
languages other than English. Words count in any order, so that a question can be turned round, but several names or
numbers count in theirs as well: "from Bern to Rome" is not "from Rome to Bern".

Endings of small words do not count ("report", "reported"). So names that are written small and differ in an ending
alone are told apart by the similarity only, as are small names that change places.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

_EMPTY: Final = frozenset(
    [
        "a", "about", "am", "an", "and", "any", "are", "as", "at", "be", "can", "could", "do", "does", "for", "get",
        "give", "given", "has", "have", "having", "hello", "hey", "hi", "how", "i", "in", "is", "it", "its", "just",
        "kindly", "know", "like", "me", "must", "need", "needed", "needs", "of", "on", "please", "really", "shall",
        "should", "so", "tell", "than", "thank", "thanks", "that", "the", "their", "them", "there", "they", "to",
        "us", "want", "we", "what", "which", "with", "would", "you",
    ]
)  # fmt: skip
"""Words that a question can be asked with or without. What turns a question round is not among them: not, no, without,
before, after, more, less, may, was, will, who, when, where, why."""

_TOKEN: Final = re.compile(r"(?<!\w)-\d[^\W_]*|[^\W_]+(?:'[^\W_]+)*|[^\w\s]")
_SENTENCE_END: Final = frozenset(".!?:")
_PUNCTUATION: Final = _SENTENCE_END | frozenset(
    ",;'\"()[]{}-\u2013\u2014\u2026\u201c\u201d\u201e\u00ab\u00bb\u00bf\u00a1"
)
_CONTRACTED: Final = {"can't": "not", "cannot": "not", "won't": "will not", "shan't": "shall not"}
_ENDING: Final = re.compile(r"(?<=[^\W\d_]{3})(?:ings?|ed|es|s|e)$")


def distinctive_words(question: str) -> Sequence[Sequence[str]]:
    """Return the words that count, sorted, and the names and numbers among them in their order."""
    words: set[str] = set()
    ordered: list[str] = []
    begins = True
    for match in _TOKEN.finditer(unicodedata.normalize("NFKC", question).replace("\u2019", "'")):
        token = match[0]
        if token in _PUNCTUATION:
            begins = begins or token in _SENTENCE_END
            continue
        if _is_ordered(token, begins=begins):
            ordered.append(token.casefold().removesuffix("'s"))
        else:
            words.update(_words(token.casefold()))
        begins = False
    return sorted({*words, *ordered}), ordered if len(ordered) > 1 else []


def _is_ordered(token: str, *, begins: bool) -> bool:
    """Whether it is a number, a symbol, or written as a name is; so is the first word of a sentence, name or not."""
    if any(not character.isalpha() and character != "'" for character in token):
        return True
    # "I" is written large, and what follows it in "I'm" is small.
    return any(character.isupper() for character in (token[1:] if begins else token)) and token.partition("'")[0] != "I"


def _words(token: str) -> set[str]:
    parts = _CONTRACTED.get(token, token.replace("n't", " not")).split()
    plain = {part.partition("'")[0] for part in parts}
    return {_ENDING.sub("", word) for word in plain - _EMPTY}
