"""Finds personal data by patterns and check digits; names, addresses and ages only in phrases that announce them."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from .guardrail_lexicon import pii_patterns

Span = tuple[int, int]


def find_entities(kind: str, text: str) -> list[Span]:
    """Return where personal data of this kind stands in the text."""
    checked = _CHECKS.get(kind, bool)
    spans = (_span(match) for pattern in pii_patterns()[kind] for match in pattern.finditer(text))
    return sorted({span for span in spans if checked(text[slice(*span)])})


def find_expression(expression: str, text: str) -> list[Span]:
    """Return where the regular expression matches; empty matches do not count."""
    return [match.span() for match in _compiled(expression).finditer(text) if match[0]]


def mask(text: str, masks: list[tuple[Span, str]]) -> str:
    """Return the text with each span replaced by its mask; where spans overlap, the first (then longest) wins."""
    kept: list[str] = []
    done = 0
    for (start, end), name in sorted(masks, key=lambda item: (item[0][0], -item[0][1])):
        if start >= done:
            kept += [text[done:start], f"{{{name}}}"]
            done = end
    return "".join([*kept, text[done:]])


@lru_cache(maxsize=1024)
def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(expression)


def _span(match: re.Match[str]) -> Span:
    return match.span("match") if "match" in match.re.groupindex else match.span()


def _digits(text: str) -> list[int]:
    return [int(character) for character in text if character.isdigit()]


def _luhn(text: str) -> bool:
    doubled = [sum(divmod(digit * 2, 10)) if index % 2 else digit for index, digit in enumerate(_digits(text)[::-1])]
    return sum(doubled) % 10 == 0


def _iban(text: str) -> bool:
    compact = text.replace(" ", "")
    return int("".join(str(int(character, 36)) for character in compact[4:] + compact[:4])) % 97 == 1


_CHECKS: Mapping[str, Callable[[str], bool]] = {
    "CREDIT_DEBIT_CARD_NUMBER": _luhn,
    "CA_SOCIAL_INSURANCE_NUMBER": _luhn,
    "INTERNATIONAL_BANK_ACCOUNT_NUMBER": _iban,
}
