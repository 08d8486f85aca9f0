"""Templates of ids and outputs: ``projects/{project}/topics/{name}``.

A placeholder is one or more names, of which the first that has a value wins (``{location|region}``), and
filters: ``:last`` is what follows the last slash, ``:first`` what precedes the first dot, ``:lower`` and ``:upper``
change the case; ``:hex8`` and ``:digits12`` are that many characters that follow from the value alone, ``:uuid`` is
an id and ``:byte`` a number of 1 to 254 made of it. A quoted word is a constant, which ends a choice
(``{labels.app|'none'}``). A template that is a single placeholder keeps the value's type.
"""

import hashlib
import re
import uuid
from collections.abc import Mapping
from typing import Any

from pulumi_sandbox.plugin.errors import UserError

_PLACEHOLDER = re.compile(r"\{([^{}:]+)((?::\w+)*)\}")


def fill(template: Any, values: Mapping[str, Any]) -> Any:
    """Return ``template`` filled from ``values``; lists and dicts are filled inside.

    Raises UserError that names the property when no choice of a placeholder has a value.
    """
    if isinstance(template, list):
        return [fill(item, values) for item in template]
    if isinstance(template, dict):
        return {key: fill(item, values) for key, item in template.items()}
    if not isinstance(template, str):
        return template
    single = _PLACEHOLDER.fullmatch(template)
    if single:
        return _value(single, values)
    return _PLACEHOLDER.sub(lambda found: str(_value(found, values)), template)


def _value(found: re.Match[str], values: Mapping[str, Any]) -> Any:
    choices = found[1].split("|")
    for choice in choices:
        if choice.startswith("'"):
            return _filtered(choice.strip("'"), found[2])
        value: Any = values
        for part in choice.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        if value not in (None, ""):
            return _filtered(value, found[2])
    raise UserError(f"{' or '.join(choices)} is needed to identify the resource, and has no value: set it")


def _filtered(value: Any, filters: str) -> Any:
    for name in filters.split(":")[1:]:
        value = _apply(name, str(value))
    return value


def _apply(name: str, text: str) -> str:
    digest = hashlib.sha256(text.encode()).hexdigest()
    if name == "last":
        return text.rpartition("/")[2]
    if name == "first":
        return text.partition(".")[0]
    if name == "byte":
        return str(int(digest, 16) % 254 + 1)
    if name in ("lower", "upper"):
        return text.lower() if name == "lower" else text.upper()
    if name == "uuid":
        return str(uuid.UUID(digest[:32]))
    if name.startswith("hex"):
        return digest[: int(name[3:])]
    if name.startswith("digits"):
        return "1" + str(int(digest, 16))[: int(name[6:]) - 1]
    raise ValueError(f"unknown template filter {name!r}")
