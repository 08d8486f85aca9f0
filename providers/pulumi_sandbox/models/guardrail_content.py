"""How surely a text is of a harmful category (hate, insults, ..., prompt attack): patterns, no model behind them."""

from .guardrail_lexicon import content_patterns

CONFIDENCES = ("NONE", "LOW", "MEDIUM", "HIGH")


def confidence_of(category: str, text: str) -> str:
    """Return NONE, LOW, MEDIUM or HIGH."""
    levels = content_patterns()[category]
    for confidence in reversed(CONFIDENCES[1:]):
        if any(pattern.search(text) for pattern in levels[confidence]):
            return confidence
    return "NONE"


def is_caught(confidence: str, strength: str) -> bool:
    """Return whether a filter of this strength catches a text of this confidence.

    Strength HIGH catches from LOW on, MEDIUM from MEDIUM on, LOW only HIGH, NONE nothing.
    """
    return strength != "NONE" and CONFIDENCES.index(confidence) + CONFIDENCES.index(strength) > len(CONFIDENCES) - 1
