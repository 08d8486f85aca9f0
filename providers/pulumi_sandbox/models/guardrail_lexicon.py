"""The word lists and patterns that the guardrail heuristics go by, read once from `data/guardrail_lexicon.json`."""

import json
import re
from functools import lru_cache
from importlib.resources import files
from typing import Any


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    return json.loads(
        files(__package__ or __name__.rpartition(".")[0]).joinpath("data", "guardrail_lexicon.json").read_text("utf-8")
    )


def profanity() -> list[str]:
    """Return the words of the managed profanity list."""
    return _data()["profanity"]


@lru_cache(maxsize=1)
def content_patterns() -> dict[str, dict[str, list[re.Pattern[str]]]]:
    """Return the patterns of each content category, by the confidence that a match means."""
    return {
        category: {
            confidence: [re.compile(pattern, re.IGNORECASE | re.DOTALL) for pattern in patterns]
            for confidence, patterns in levels.items()
        }
        for category, levels in _data()["content"].items()
    }


@lru_cache(maxsize=1)
def pii_patterns() -> dict[str, list[re.Pattern[str]]]:
    """Return the patterns of each kind of personal data; a group named `match` narrows what is personal in them."""
    return {kind: [re.compile(pattern) for pattern in patterns] for kind, patterns in _data()["pii"].items()}
