"""The checks of one value, and of the properties of one object against each other, that facts ask for.

Each returns sentences that name what is wrong and what would be right; the caller adds where.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_sandbox.plugin.facts import TypeFacts
from pulumi_sandbox.plugin.schema import Property
from pulumi_sandbox.plugin.values import UNKNOWN, unwrap

_SHOWN = 80


def shown(value: Any, *, secret: bool) -> str:
    """Return ``value`` for a message: shortened, and never a secret's content."""
    if secret:
        return "[secret]"
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def value_problems(value: Any, known: Mapping[str, Any], *, secret: bool = False) -> Iterator[str]:
    """Yield what is wrong with one known, plain value by the facts of its property."""
    if isinstance(value, bool):
        return
    if isinstance(value, str):
        yield from _text_problems(value, known, secret=secret)
    elif isinstance(value, int | float):
        low, high = known.get("minimum"), known.get("maximum")
        if (low is not None and value < low) or (high is not None and value > high):
            yield f"expected {_range(low, high)}, got {shown(value, secret=secret)}"
    elif isinstance(value, list):
        low, high = known.get("min_items"), known.get("max_items")
        if (low is not None and len(value) < low) or (high is not None and len(value) > high):
            yield f"expected {_range(low, high)} items, got {len(value)}"
    allowed = known.get("enum")
    if allowed and not isinstance(value, list | dict) and not _among(value, allowed, known):
        yield f"expected one of {', '.join(map(repr, allowed))}, got {shown(value, secret=secret)}"


def _text_problems(value: str, known: Mapping[str, Any], *, secret: bool) -> Iterator[str]:
    low, high = known.get("min_length"), known.get("max_length")
    if (low is not None and len(value) < low) or (high is not None and len(value) > high):
        yield f"expected {_range(low, high)} characters, got {len(value)}: {shown(value, secret=secret)}"
    pattern = known.get("pattern")
    if pattern and re.search(pattern, value) is None:
        meaning = known.get("pattern_hint", f"text that matches {pattern}")
        yield f"expected {meaning}, got {shown(value, secret=secret)}"


def _among(value: Any, allowed: list[Any], known: Mapping[str, Any]) -> bool:
    if known.get("ignore_case") and isinstance(value, str):
        return value.lower() in {str(item).lower() for item in allowed}
    return value in allowed


def _range(low: float | None, high: float | None) -> str:
    if low is None:
        return f"at most {high}"
    return f"at least {low}" if high is None else f"{low} to {high}"


def presence_problems(
    given: Mapping[str, Any], properties: Mapping[str, Property], facts: TypeFacts, path: str, root: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """Yield ``(property name, what is wrong)`` about properties that must or must not stand together.

    ``given`` are the explicit properties of the object at ``path``; ``root`` those of the whole resource, which
    paths with a dot in the facts refer to.
    """
    for name in facts.grouped.get(path, ()):
        if name not in properties:
            continue
        known = facts.at(f"{path}.{name}" if path else name)
        present = _present(given, name)
        others = {other: _found(other, given, root) for other in _others(known, path, name)}
        if present:
            clashing = [other for other in known.get("conflicts_with", ()) if _found(other, given, root)]
            if clashing:
                yield name, f"{name} conflicts with {', '.join(clashing)}: give only one of them"
            missing = [other for other in known.get("required_with", ()) if not _found(other, given, root)]
            if missing:
                yield name, f"{name} needs {', '.join(missing)} beside it: give that too"
            together = [other for other in known.get("exactly_one_of", ()) if others.get(other)]
            if together:
                yield name, f"{name} excludes {', '.join(together)}: give exactly one of them"
        elif not any(others.values()):
            for relation, words in (("exactly_one_of", "exactly one"), ("at_least_one_of", "at least one")):
                choices = known.get(relation, ())
                # Only the first of a group complains that all of them are missing.
                if choices and choices[0] in (name, f"{path}.{name}"):
                    yield name, f"none of {', '.join(choices)} is given: give {words} of them"


def _others(known: Mapping[str, Any], path: str, name: str) -> list[str]:
    own = {name, f"{path}.{name}"}
    choices = [*known.get("exactly_one_of", ()), *known.get("at_least_one_of", ())]
    return [choice for choice in choices if choice not in own]


def _present(holder: Mapping[str, Any], name: str) -> bool:
    value = unwrap(holder.get(name))
    return value is not None and value not in ([], {})


def _found(path: str, given: Mapping[str, Any], root: Mapping[str, Any]) -> bool:
    if "." not in path:
        return _present(given, path)
    holder: Any = root
    *parents, last = path.split(".")
    for part in parents:
        holder = unwrap(holder.get(part.removesuffix("[]")) if isinstance(holder, Mapping) else None)
        if holder is UNKNOWN:
            return False
        if isinstance(holder, list):
            holder = unwrap(holder[0]) if holder else None
    return isinstance(holder, Mapping) and _present(holder, last)
