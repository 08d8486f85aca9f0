"""Auto-naming: the physical name of a resource whose program gives none."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pulumi_sandbox.plugin.facts import TypeFacts
from pulumi_sandbox.plugin.schema import ResourceSchema

_RANDOM_LENGTH = 7
_LONGEST = 255  # what the bridge's SetAutonaming gives every "name" that says nothing else


class NamingError(ValueError):
    """No acceptable name can be made; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class EngineNaming:
    """What the engine's ``autonaming`` configuration asks for this resource.

    ``mode`` is ``propose`` (the name may be changed to fit), ``enforce`` (take it or fail) or ``disable``.
    """

    mode: str
    proposed: str = ""


def named_property(schema: ResourceSchema, facts: TypeFacts) -> str | None:
    """Return the top-level property that is auto-named, or None."""
    for path, known in facts.properties.items():
        if "auto_name" in known and "." not in path:
            return path if known["auto_name"] else None
    given = schema.inputs.get("name")
    return "name" if given is not None and given.type.kind == "string" and not given.required else None


def auto_name(
    logical: str, seed: bytes, options: Mapping[str, Any], engine: EngineNaming | None, inputs: Mapping[str, Any]
) -> str:
    """Return a physical name for ``logical``: the name, a hyphen and seven hex digits that follow from ``seed``.

    ``options`` are the facts' ``auto_name``. Raises NamingError when the name cannot fit, or when the engine's
    configuration forbids making one.
    """
    longest = int(options.get("max_length", _LONGEST))
    suffix = "".join(str(end) for name, end in options.get("suffix_when", {}).items() if inputs.get(name) is True)
    if engine is not None and engine.mode == "disable":
        raise NamingError("automatic naming is disabled for this resource: set the property to a name")
    if engine is not None and engine.proposed and engine.mode == "enforce":
        name = engine.proposed
    else:
        random = hashlib.sha256(seed).hexdigest()[:_RANDOM_LENGTH]
        proposed = engine.proposed if engine is not None else ""
        name = _cased(proposed or f"{logical}{options.get('separator', '-')}{random}", options)
        name = options.get("prefix", "") + name.removesuffix(suffix) + suffix
    if len(name) > longest:
        raise NamingError(
            f"the automatic name {name!r} has {len(name)} characters, at most {longest} are allowed: "
            "shorten the resource's name in the program, or set the property"
        )
    return name


def _cased(name: str, options: Mapping[str, Any]) -> str:
    name = name.lower() if options.get("lower") else name
    strip = options.get("strip")
    return re.sub(strip, "", name) if strip else name
