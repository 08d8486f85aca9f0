"""Diff: what changed between the inputs a resource was deployed with and the new ones, and what that means."""

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from pulumi_sandbox.plugin import paths
from pulumi_sandbox.plugin.assets import Archive, Asset, content_hash
from pulumi_sandbox.plugin.facts import TypeFacts
from pulumi_sandbox.plugin.naming import named_property
from pulumi_sandbox.plugin.schema import ResourceSchema
from pulumi_sandbox.plugin.values import DEFAULTS, UNKNOWN, unwrap


class Kind(Enum):
    """What happened to a property."""

    ADD = "ADD"
    DELETE = "DELETE"
    UPDATE = "UPDATE"


@dataclass(frozen=True, slots=True)
class Change:
    """One changed property. ``path`` is written as the engine writes paths."""

    path: str
    kind: Kind
    replaces: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """All changes of a resource; none means nothing to do."""

    changes: tuple[Change, ...]
    delete_before_replace: bool

    @property
    def replaces(self) -> tuple[str, ...]:
        """Paths of the changes that replace the resource."""
        return tuple(change.path for change in self.changes if change.replaces)


@dataclass(frozen=True, slots=True)
class _Found:
    parts: tuple[paths.Part, ...]
    path: str
    kind: Kind
    value: Any


def difference(
    schema: ResourceSchema,
    facts: TypeFacts,
    *,
    old_inputs: Mapping[str, Any],
    old_outputs: Mapping[str, Any],
    news: Mapping[str, Any],
    ignore: Sequence[str] = (),
) -> Difference:
    """Compare checked inputs. ``ignore`` are the paths of the resource's ignoreChanges.

    A property that the old inputs do not name is compared with what the cloud made of it (``old_outputs``), so that
    stating what is already so changes nothing. One that the new inputs leave to the cloud keeps its value.
    """
    ignored = [paths.parse(path) for path in ignore]
    changes: list[Change] = []
    for name in dict.fromkeys([*news, *old_inputs]):
        if name == DEFAULTS:
            continue
        old = old_inputs.get(name)
        if old is None and name in news:
            old = old_outputs.get(name)
        if name not in news and (schema.is_computed(name) or facts.at(name).get("computed")):
            continue
        for found in _compare(facts, old, news.get(name), (name,), name):
            if not any(paths.covers(pattern, found.parts) for pattern in ignored):
                changes.append(Change(paths.text(found.parts), found.kind, _replaces(facts, found)))
    return Difference(tuple(changes), _must_delete_first(schema, facts, old_inputs, news, changes))


def equal(facts: TypeFacts, old: Any, new: Any, path: str) -> bool:
    """Tell whether two values of the property at ``path`` mean the same to the cloud."""
    return next(_compare(facts, old, new, (), path), None) is None


def _replaces(facts: TypeFacts, found: _Found) -> bool:
    if facts.replaces(found.path, found.kind.value.lower()):
        return True
    # A whole block that comes or goes replaces when a property that it sets does.
    return found.kind is not Kind.UPDATE and any(
        _has(found.value, below.removeprefix(found.path)) for below in facts.replaces_below(found.path)
    )


def _has(value: Any, path: str) -> bool:
    value = unwrap(value)
    if not path:
        return not _empty(value)
    if path.startswith("[]"):
        return isinstance(value, list) and any(_has(item, path[2:]) for item in value)
    name, rest = _head(path.removeprefix("."))
    return isinstance(value, dict) and name in value and _has(value[name], rest)


def _head(path: str) -> tuple[str, str]:
    end = next((index for index, letter in enumerate(path) if letter in ".["), len(path))
    return path[:end], path[end:]


def _empty(value: Any) -> bool:
    return value is None or value in ([], {}) or value == {DEFAULTS: []}


def _compare(facts: TypeFacts, old: Any, new: Any, parts: tuple[paths.Part, ...], path: str) -> Iterator[_Found]:
    old, new = unwrap(old), unwrap(new)
    if new is UNKNOWN:
        yield _Found(parts, path, Kind.ADD if old is None else Kind.UPDATE, new)
    elif isinstance(old, dict) and isinstance(new, dict):
        yield from _compare_objects(facts, old, new, parts, path)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _compare_lists(facts, old, new, parts, path)
    elif _empty(old) and _empty(new):
        return
    elif _empty(old):
        yield _Found(parts, path, Kind.ADD, new)
    elif _empty(new):
        yield _Found(parts, path, Kind.DELETE, old)
    elif not _same(old, new, facts.at(path)):
        yield _Found(parts, path, Kind.UPDATE, new)


def _same(old: Any, new: Any, known: Mapping[str, Any]) -> bool:
    if isinstance(old, Asset | Archive) or isinstance(new, Asset | Archive):
        return type(old) is type(new) and content_hash(old) == content_hash(new)
    if isinstance(old, bool) is isinstance(new, bool) and old == new:
        return True
    if not (isinstance(old, str) and isinstance(new, str)):
        # A number or boolean that a state holds as text is the same value.
        return _text(old) == _text(new)
    if known.get("ignore_case") and old.lower() == new.lower():
        return True
    return bool(known.get("json") or old[:1] == new[:1] == "{") and _json_equal(old, new)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)


def _json_equal(old: str, new: str) -> bool:
    try:
        return json.loads(old) == json.loads(new)
    except ValueError:
        return False


def _compare_objects(
    facts: TypeFacts, old: dict[str, Any], new: dict[str, Any], parts: tuple[paths.Part, ...], path: str
) -> Iterator[_Found]:
    for key in dict.fromkeys([*new, *old]):
        if key == DEFAULTS:
            continue
        inside = f"{path}.{key}"
        if key not in new and facts.at(inside).get("computed"):
            continue
        yield from _compare(facts, old.get(key), new.get(key), (*parts, key), inside)


def _compare_lists(
    facts: TypeFacts, old: list[Any], new: list[Any], parts: tuple[paths.Part, ...], path: str
) -> Iterator[_Found]:
    inside = f"{path}[]"
    if facts.at(path).get("set"):
        yield from _compare_sets(facts, old, new, parts, path)
        return
    for index, (before, after) in enumerate(itertools.zip_longest(old, new)):
        yield from _compare(facts, before, after, (*parts, index), inside)


def _compare_sets(
    facts: TypeFacts, old: list[Any], new: list[Any], parts: tuple[paths.Part, ...], path: str
) -> Iterator[_Found]:
    inside = f"{path}[]"
    left = list(enumerate(old))
    came: list[tuple[int, Any]] = []
    for index, item in enumerate(new):
        twin = next((at for at, (_, other) in enumerate(left) if equal(facts, other, item, inside)), None)
        if twin is None:
            came.append((index, item))
        else:
            left.pop(twin)
    for gone, arrived in itertools.zip_longest(left, came):
        if gone is not None and arrived is not None:
            yield from _compare(facts, gone[1], arrived[1], (*parts, arrived[0]), inside)
        elif arrived is not None:
            yield _Found((*parts, arrived[0]), inside, Kind.ADD, arrived[1])
        elif gone is not None:
            yield _Found((*parts, gone[0]), inside, Kind.DELETE, gone[1])


def _must_delete_first(
    schema: ResourceSchema,
    facts: TypeFacts,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    changes: Sequence[Change],
) -> bool:
    """Tell whether old and new would fight for one name: a name that the program fixed and did not change."""
    named = named_property(schema, facts)
    if named is None or not any(change.replaces for change in changes) or named in new.get(DEFAULTS, ()):
        return False
    return named in new and unwrap(old.get(named)) == unwrap(new[named])
