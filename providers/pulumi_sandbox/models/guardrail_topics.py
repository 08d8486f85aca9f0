"""Whether a text speaks of a denied topic, by its name, definition and examples.

A sentence does if it holds every term of the topic's name; or if at least two of its terms, and two fifths of them,
are terms of the topic's name, definition or examples; or if it is nearly one of the examples.
"""

from collections.abc import Mapping
from typing import Any

from .sentences import split_sentences
from .terms import stem, terms

_LEAST_SHARED = 2
_LEAST_SHARE_OF_SENTENCE = 0.4
_LEAST_LIKENESS = 0.6
# Words that definitions are written with; they say nothing of what the topic is.
_DEFINING = frozenset(
    map(
        stem,
        [
            "advice", "advising", "answer", "anything", "asking", "concerning", "content", "discussion", "example",
            "giving", "guidance", "including", "information", "involving", "question", "recommendation",
            "regarding", "related", "request", "specific", "statement", "topic", "type", "use", "user",
        ],
    )
)  # fmt: skip


def speaks_of(topic: Mapping[str, Any], text: str) -> bool:
    """Return whether the text speaks of the topic ({"name", "definition", "examples"})."""
    name = set(terms(topic["name"]))
    examples = [kept for example in topic.get("examples", ()) if (kept := set(terms(example)))]
    described = name.union(terms(topic["definition"]), *examples) - _DEFINING
    return any(_sentence_speaks(set(terms(s.text)), name, described, examples) for s in split_sentences(text))


def _sentence_speaks(said: set[str], name: set[str], described: set[str], examples: list[set[str]]) -> bool:
    if not said:
        return False
    if name and name <= said:
        return True
    shared = len(said & described)
    if shared >= _LEAST_SHARED and shared >= len(said) * _LEAST_SHARE_OF_SENTENCE:
        return True
    return any(2 * len(said & example) / (len(said) + len(example)) >= _LEAST_LIKENESS for example in examples)
