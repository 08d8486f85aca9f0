"""Check: inputs against the SDK's types and the facts, with the provider's defaults filled in.

Every problem is reported at once, each with the path of the property, its value and the mend, in the form
that the bridged providers use ("... Examine values at 'queue.delaySeconds'.").
"""

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pulumi_sandbox.plugin import coerce, naming
from pulumi_sandbox.plugin.constraints import presence_problems, shown, value_problems
from pulumi_sandbox.plugin.facts import TypeFacts
from pulumi_sandbox.plugin.naming import EngineNaming
from pulumi_sandbox.plugin.paths import append
from pulumi_sandbox.plugin.schema import Properties, Property, ResourceSchema, Type, object_properties
from pulumi_sandbox.plugin.tags import takes_tags, with_all_tags
from pulumi_sandbox.plugin.values import DEFAULTS, UNKNOWN, Secret, has_secret, has_unknown, plain, unwrap


@dataclass(frozen=True, slots=True)
class Checked:
    """The inputs to go on with, and what is wrong with them (empty: nothing)."""

    inputs: dict[str, Any]
    problems: list[str]


@dataclass(frozen=True, slots=True)
class _Walk:
    """One pass over the inputs of one resource: what stays the same, and the problems found."""

    resource: str
    facts: TypeFacts
    root: Mapping[str, Any]
    problems: list[str] = field(default_factory=list[str])


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the pass is: the path in the facts, the path to show, what was there before, and if it is secret."""

    path: str = ""
    where: str = ""
    old: Any = None
    secret: bool = False

    def property(self, name: str) -> "_Place":
        old = unwrap(self.old)
        before = old.get(name) if isinstance(old, dict) else None
        return replace(self, path=_join(self.path, name), where=append(self.where, name), old=before)

    def item(self, index: int) -> "_Place":
        old = unwrap(self.old)
        before = old[index] if isinstance(old, list) and index < len(old) else None
        return replace(self, path=f"{self.path}[]", where=f"{self.where}[{index}]", old=before)

    def entry(self, key: str) -> "_Place":
        return replace(self, path=f"{self.path}.*", where=append(self.where, key), old=None)


def check_resource(
    logical: str,
    schema: ResourceSchema,
    facts: TypeFacts,
    *,
    olds: Mapping[str, Any],
    news: Mapping[str, Any],
    config: Mapping[str, Any],
    seed: bytes = b"",
    engine: EngineNaming | None = None,
) -> Checked:
    """Check the inputs ``news`` of the resource named ``logical``.

    ``olds`` are the inputs it was last deployed with: a name or default made then is kept. ``config`` is the
    provider's configuration, whose default tags are merged in. Returns coerced inputs with ``__defaults``.
    """
    if takes_tags(schema):
        # An import hands back the inputs of a read; tagsAll is always made from the tags anew.
        news = {name: value for name, value in news.items() if name != "tagsAll"}
    walk = _Walk(logical, facts, news)
    named = naming.named_property(schema, facts)
    made: dict[str, Any] = {}
    if named is not None and news.get(named) is None and not _suppressed(named, news, facts, ""):
        if named in olds and named in olds.get(DEFAULTS, ()):
            made = {named: olds[named]}
        else:
            try:
                options = facts.at(named).get("auto_name", {})
                made = {named: naming.auto_name(logical, seed, options, engine, news)}
            except naming.NamingError as problem:
                _report(walk, str(problem), named)
                made = {named: UNKNOWN}
    inputs = _check_object(walk, {**news, **made}, schema.inputs, _Place(old=olds))
    inputs[DEFAULTS] = sorted([*inputs[DEFAULTS], *made])
    return Checked(with_all_tags(inputs, config, schema), walk.problems)


def check_config(package: str, declared: Properties, news: Mapping[str, Any]) -> Checked:
    """Check a provider's configuration: types and names only, no defaults."""
    walk = _Walk(f"provider {package}", TypeFacts("", {}), news)
    result = _check_object(walk, news, declared, _Place())
    return Checked({key: value for key, value in result.items() if key != DEFAULTS}, walk.problems)


def _report(walk: _Walk, reason: str, where: str) -> None:
    walk.problems.append(f"{reason}. Examine values at '{walk.resource}.{where}'.")


def _check_object(walk: _Walk, news: Mapping[str, Any], declared: Properties, place: _Place) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, value in news.items():
        if name == DEFAULTS or value is None:
            continue
        inside = place.property(name)
        if name in declared:
            result[name] = _check_value(walk, value, declared[name].type, inside)
        else:
            _report(walk, _unknown_property(name, declared), inside.where)
    for name, reason in presence_problems(result, declared, walk.facts, place.path, walk.root):
        _report(walk, reason, append(place.where, name))
    defaults = _defaults(result, declared, walk.facts, place)
    result.update(defaults)
    for name, known in declared.items():
        if known.required and result.get(name) is None:
            _report(walk, _missing(known), append(place.where, name))
    result[DEFAULTS] = sorted(defaults)
    return result


def _defaults(given: Mapping[str, Any], declared: Properties, facts: TypeFacts, place: _Place) -> dict[str, Any]:
    """Return the defaults of what is not given; what was defaulted before keeps the value it then had."""
    old = unwrap(place.old)
    kept = {name: old[name] for name in old.get(DEFAULTS, ()) if name in old} if isinstance(old, dict) else {}
    return {
        name: kept.get(name, default)
        for name, default in facts.defaults.get(place.path, {}).items()
        if name in declared and name not in given and not _suppressed(name, given, facts, place.path)
    }


def _suppressed(name: str, given: Mapping[str, Any], facts: TypeFacts, path: str) -> bool:
    """Tell whether a default for ``name`` would clash with what is given."""
    relations = ("conflicts_with", "exactly_one_of")
    own = facts.at(_join(path, name))
    rivals = {rival for relation in relations for rival in own.get(relation, ())} - {name}
    if any(given.get(rival) is not None for rival in rivals):
        return True
    return any(
        name in facts.at(_join(path, other)).get(relation, ())
        for other in given
        for relation in relations
        if other not in (name, DEFAULTS)
    )


def _check_value(walk: _Walk, value: Any, kind: Type, place: _Place) -> Any:
    if isinstance(value, Secret):
        return Secret(_check_value(walk, value.value, kind, replace(place, secret=True)))
    if value is UNKNOWN or value is None:
        return value
    if kind.document and isinstance(value, dict):
        return _document(value)
    try:
        if kind.kind in ("list", "map", "object"):
            coerce.expect_container(value, kind)
        else:
            value = coerce.scalar(value, kind)
    except coerce.MismatchError as mismatch:
        _report(walk, f"{mismatch}: {shown(value, secret=place.secret)}", place.where)
        return value
    for problem in value_problems(value, walk.facts.at(place.path), secret=place.secret):
        _report(walk, problem, place.where)
    if kind.kind == "object":
        return _check_object(walk, value, object_properties(kind), place)
    if kind.element is None or value is UNKNOWN:
        return value
    if kind.kind == "list":
        return [_check_value(walk, item, kind.element, place.item(at)) for at, item in enumerate(value)]
    return {
        key: _check_value(walk, item, kind.element, place.entry(key))
        for key, item in value.items()
        if key != DEFAULTS and item is not None
    }


def _document(value: dict[str, Any]) -> Any:
    """Return the JSON text of a policy given as an object, as unknown or secret as its parts are."""
    if has_unknown(value):
        return UNKNOWN
    text = json.dumps(plain(value), separators=(",", ":"))
    return Secret(text) if has_secret(value) else text


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _missing(declared: Property) -> str:
    python = "" if declared.python_name == declared.name else f" ({declared.python_name!r} in Python)"
    return f"missing required property {declared.name!r}{python}: give it a value of type {declared.type.kind}"


def _unknown_property(name: str, declared: Properties) -> str:
    near = difflib.get_close_matches(name, [*declared, *(known.python_name for known in declared.values())], n=1)
    mend = f"did you mean {near[0]!r}" if near else f"known are {', '.join(sorted(declared)) or 'none'}"
    return f"unknown property {name!r}: {mend}"
