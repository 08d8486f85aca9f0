"""Tell whether what a program declared and what the API answers say the same, and keep the program's words.

An API spells values its own way: policies with keys in another order, sets in any order, numbers as text, and
nothing at all for ``false`` and for empty values. Without this, each of them would look like drift.
"""

import json
from collections.abc import Mapping
from typing import Any

from pulumi_sandbox.plugin.assets import Archive, Asset


def settle(declared: Any, found: Any) -> Any:
    """Return ``found`` with ``declared``'s spelling wherever the two agree; None where it is really absent."""
    if declared is None:
        return found
    if isinstance(declared, Asset | Archive):
        return declared
    if found is None:
        return declared if _is_nothing(declared) else None
    if isinstance(declared, Mapping) and isinstance(found, Mapping):
        merged = {key: settle(declared.get(key), found.get(key)) for key in {**declared, **found}}
        return {key: value for key, value in merged.items() if value is not None}
    if isinstance(declared, list) and isinstance(found, list):
        return _settle_list(declared, found)
    return declared if _same_scalar(declared, found) else found


def agrees(declared: Any, found: Any) -> bool:
    """Tell whether ``found`` satisfies ``declared``; what only ``found`` has does not count."""
    if isinstance(declared, Mapping):
        return all(
            agrees(value, found.get(key) if isinstance(found, Mapping) else None) for key, value in declared.items()
        )
    if isinstance(declared, list):
        if not isinstance(found, list):
            return not declared and not found
        return len(declared) == len(found) and _pairs(declared, found) is not None
    return declared is None or settle(declared, found) == declared


def same_json(one: str, other: str) -> bool:
    """Tell whether two JSON texts mean the same policy or document: no regard to order in lists of words."""
    try:
        return _canonical(json.loads(one)) == _canonical(json.loads(other))
    except ValueError:
        return False


def _settle_list(declared: list[Any], found: list[Any]) -> list[Any]:
    pairs = _pairs(declared, found) if len(declared) == len(found) else None
    if pairs is None:
        return found
    return [settle(item, other) for item, other in pairs]


def _pairs(declared: list[Any], found: list[Any]) -> list[tuple[Any, Any]] | None:
    """Return each declared item with the found one that agrees with it; None unless all have one."""
    rest = list(found)
    pairs: list[tuple[Any, Any]] = []
    for item in declared:
        partner = next((other for other in rest if agrees(item, other)), None)
        if partner is None:
            return None
        rest.remove(partner)
        pairs.append((item, partner))
    return pairs


def _is_nothing(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(_is_nothing(item) for item in value.values())
    return value is False or value in (0, "", [])


def _same_scalar(declared: Any, found: Any) -> bool:
    if declared == found:
        return True
    if isinstance(declared, str) and isinstance(found, str):
        return declared[:1] in ("{", "[") and found[:1] in ("{", "[") and same_json(declared, found)
    if isinstance(declared, bool) or isinstance(found, bool):
        return str(declared).lower() == str(found).lower()
    return _number(declared) is not None and _number(declared) == _number(found)


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _canonical(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _canonical(item) for key, item in value.items()}
    if isinstance(value, list):
        items = [_canonical(item) for item in value]
        if len(items) == 1 and not isinstance(items[0], dict | list):
            return items[0]
        return sorted(items) if all(isinstance(item, str) for item in items) else items
    return value
