"""Facts about resource types that the SDK does not carry, kept as data under ``pulumi_sandbox/facts/``.

``facts/<package>/<module>.json`` maps a token to ``{"source": ..., "properties": {path: {...}}}``. A path
is made of Pulumi names: ``a.b`` for nested objects, ``a[]`` for the items of a list, ``a.*`` for the values of a map.

Keys of a property: ``replace`` (true, or a list of the changes that replace: add, update, delete), ``default``,
``computed``, ``minimum``, ``maximum``, ``min_length``, ``max_length``, ``min_items``, ``max_items``, ``pattern``
(with ``pattern_hint``, its meaning in words), ``enum``, ``ignore_case`` (of enum and comparison),
``conflicts_with``, ``exactly_one_of``, ``at_least_one_of``, ``required_with``, ``set`` (order means nothing),
``json`` (compared as JSON), ``sensitive`` and ``auto_name`` (``{"max_length": 64, "lower": true, "prefix":
"alias/", "separator": "-", "suffix_when": {"fifoQueue": ".fifo"}}``, or false).

``families.json`` holds facts of all types whose token matches a pattern, ``replace.json`` replacing properties by
token, ``templates.json`` what recorded types of the package have in common.

Keys of a type: ``id`` and ``outputs`` (templates of a recorded resource), ``recompute`` (a list of
``{"outputs": [...], "when_changed": [...], "if": {input: value}}``: outputs that a change in place makes unknown
until it is done).
"""

import functools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pulumi_sandbox.plugin.schema import resource_schema

FACTS_FOLDER = Path(__file__).parent.parent / "facts"
_NOTHING: Mapping[str, Any] = {}


class UnmodelledTypeError(LookupError):
    """A type that the sandbox has no facts about, and therefore does not pretend to know."""


@dataclass(frozen=True)
class TypeFacts:
    """What is known of one type. Look a property up with :meth:`at`."""

    token: str
    properties: Mapping[str, Mapping[str, Any]]
    id: str = ""
    outputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    recompute: tuple[Mapping[str, Any], ...] = ()

    def at(self, path: str) -> Mapping[str, Any]:
        """Return the facts of the property at ``path``; empty when there are none."""
        return self.properties.get(path, _NOTHING)

    @functools.cached_property
    def defaults(self) -> Mapping[str, Mapping[str, Any]]:
        """The default values by path of the object that holds them ("" is the resource) and property name."""
        result: dict[str, dict[str, Any]] = {}
        for path, known in self.properties.items():
            if "default" in known:
                parent, name = split(path)
                result.setdefault(parent, {})[name] = known["default"]
        return result

    @functools.cached_property
    def grouped(self) -> Mapping[str, tuple[str, ...]]:
        """Names, by path of their object, whose presence depends on other properties."""
        relations = ("conflicts_with", "exactly_one_of", "at_least_one_of", "required_with")
        result: dict[str, tuple[str, ...]] = {}
        for path, known in self.properties.items():
            if any(relation in known for relation in relations):
                parent, name = split(path)
                result[parent] = (*result.get(parent, ()), name)
        return result

    def replaces(self, path: str, kind: str = "") -> bool:
        """Tell whether a change at ``path`` replaces the resource, by itself or by what it is part of.

        ``kind`` is what happened there (add, update or delete); without it, any change that would counts.
        """
        while path:
            rule = self.at(path).get("replace", False)
            if rule and (rule is True or not kind or kind in rule):
                return True
            path = path[:-2] if path.endswith("[]") else split(path)[0]
            # To what encloses it, whatever happened inside is an update.
            kind = kind and "update"
        return False

    def replaces_below(self, path: str) -> tuple[str, ...]:
        """Return the paths under ``path`` whose change replaces the resource."""
        inside = (f"{path}.", f"{path}[]")
        return tuple(
            other for other, known in self.properties.items() if known.get("replace") and other.startswith(inside)
        )


def split(path: str) -> tuple[str, str]:
    """Split a path into the path of its object and the name of its last property."""
    parent, _, name = path.rpartition(".")
    return parent, name


@functools.cache
def _file(package: str, name: str) -> Mapping[str, Any]:
    file = FACTS_FOLDER / package / f"{name}.json"
    return json.loads(file.read_text()) if file.exists() else {}


@functools.cache
def type_facts(token: str) -> TypeFacts:
    """Return the facts about ``token``. Raises UnmodelledTypeError, naming the mend, when there are none."""
    package, module, _ = token.split(":")
    module = re.split(r"[/]", module)[0]
    entry = _file(package, module).get(token)
    replacing = _file(package, "replace").get("types", {}).get(token)
    if entry is None and replacing is None:
        raise UnmodelledTypeError(
            f"the sandbox does not model {token}: it has no facts about it. Leave the resource out on the sandbox, "
            f"or describe the type in pulumi_sandbox/facts/{package}/{module}.json"
        )
    entry = entry or {}
    properties: dict[str, Mapping[str, Any]] = {path: {"replace": True} for path in replacing or ()}
    for described in (*_families(package, token), entry):
        for path, known in described.get("properties", {}).items():
            properties[path] = {**properties.get(path, {}), **known}
    return TypeFacts(
        token, properties, entry.get("id", ""), entry.get("outputs", {}), tuple(entry.get("recompute", ()))
    )


def _families(package: str, token: str) -> list[Mapping[str, Any]]:
    """Return what holds for all types whose tokens match a pattern."""
    families = [item for item in _file(package, "families").get("families", ()) if re.search(item["match"], token)]
    inputs = resource_schema(token).inputs if families else {}
    return [
        {
            "properties": {
                path: known for path, known in item["properties"].items() if re.split(r"[.\[]", path)[0] in inputs
            }
        }
        for item in families
    ]


def package_templates(token: str) -> Mapping[str, Any]:
    """Return the id and output templates that hold for every recorded type of the token's package."""
    return _file(token.split(":", 1)[0], "templates")


def modelled(package: str) -> frozenset[str]:
    """Return every token of ``package`` that there are facts about."""
    found: set[str] = set(_file(package, "replace").get("types", {}))
    for file in (FACTS_FOLDER / package).glob("*.json"):
        found.update(token for token in _file(package, file.stem) if token.count(":") == 2)
    return frozenset(found)
