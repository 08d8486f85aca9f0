"""Provider configuration: the engine hands nested values over as JSON text."""

import json
from collections.abc import Mapping
from typing import Any

from pulumi_sandbox.plugin.schema import Properties
from pulumi_sandbox.plugin.values import Secret

_TEXT_KINDS = ("string", "any")
# Properties of the engine's own that come along with a provider's.
_ENGINE_OWN = frozenset({"version", "pluginDownloadURL", "__internal"})


def decode(news: Mapping[str, Any], declared: Properties) -> dict[str, Any]:
    """Return configuration with the JSON text of nested, numeric and boolean values decoded."""
    return {
        name: _decoded(value, declared[name].type.kind) if name in declared else value
        for name, value in news.items()
        if name not in _ENGINE_OWN
    }


def _decoded(value: Any, kind: str) -> Any:
    if isinstance(value, Secret):
        return Secret(_decoded(value.value, kind))
    if kind in _TEXT_KINDS or not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value  # the type check names it
