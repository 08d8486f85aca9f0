"""Patterns of IAM policies: the wildcards ``*`` and ``?``, and variables like ``${aws:PrincipalTag/team}``."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

ContextValue = str | Sequence[str]
Context = Mapping[str, ContextValue]

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_DEFAULT = re.compile(r"^([^,]+?)\s*,\s*'(.*)'$")


class UnknownVariableError(Exception):
    """A policy variable has no value in this request, so the element that holds it cannot match."""


def context_values(context: Context, key: str) -> list[str] | None:
    """Return the values of a condition key (keys ignore case), or None when the request does not have it."""
    wanted = key.lower()
    for name, value in context.items():
        if name.lower() == wanted:
            return [value] if isinstance(value, str) else list(value)
    return None


def _variable(expression: str, context: Context) -> str:
    if expression in ("*", "?", "$"):
        return expression
    default: str | None = None
    if match := _DEFAULT.match(expression):
        expression, default = match[1], match[2]
    values = context_values(context, expression.strip())
    # A variable takes single-valued keys only; a multivalued one has no value here, as in AWS.
    if values is not None and len(values) == 1:
        return values[0]
    if default is not None:
        return default
    raise UnknownVariableError(expression)


@lru_cache(maxsize=4096)
def _compiled(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    regex = "".join(".*" if char == "*" else "." if char == "?" else re.escape(char) for char in pattern)
    return re.compile(regex, re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def matches(pattern: str, text: str, *, ignore_case: bool = False) -> bool:
    """Return whether the whole of ``text`` matches the wildcards of ``pattern``."""
    return _compiled(pattern, ignore_case).fullmatch(text) is not None


def matches_with_variables(pattern: str, text: str, context: Context) -> bool:
    """As ``matches``, with variables replaced first; what a variable stands for is taken literally."""
    if "${" not in pattern:
        return matches(pattern, text)
    regex: list[str] = []
    position = 0
    for found in _VARIABLE.finditer(pattern):
        regex.append(_wildcards(pattern[position : found.start()]))
        regex.append(re.escape(_variable(found[1], context)))
        position = found.end()
    regex.append(_wildcards(pattern[position:]))
    return re.fullmatch("".join(regex), text, re.DOTALL) is not None


def _wildcards(literal: str) -> str:
    return "".join(".*" if char == "*" else "." if char == "?" else re.escape(char) for char in literal)


def substitute(text: str, context: Context) -> str:
    """Return ``text`` with its variables replaced. Raises UnknownVariableError."""
    return _VARIABLE.sub(lambda found: _variable(found[1], context), text)


def arn_matches(pattern: str, arn: str, context: Context) -> bool:
    """Compare two ARNs part by part, as the Arn condition operators do: a wildcard does not cross a colon,
    but for the last part, which may hold any."""
    expected, actual = pattern.split(":", 5), arn.split(":", 5)
    return len(expected) == len(actual) == 6 and all(
        matches_with_variables(part, value, context) for part, value in zip(expected, actual, strict=True)
    )
