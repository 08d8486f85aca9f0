"""Payload templates of JSONPath states: objects whose keys that end in ``.$`` hold paths or intrinsic functions."""

import json
from typing import Any

from pulumi_sandbox.aws.states.language import intrinsic_functions, json_path
from pulumi_sandbox.aws.states.language.errors import PARAMETER_PATH, StateError
from pulumi_sandbox.aws.states.language.scope import Scope, independent

DYNAMIC = ".$"


def value_at(path: str, scope: Scope) -> Any:
    """Return what a path finds: of the root (``$``), the context (``$$``) or a variable (``$name``).

    Raises PathNotFoundError.
    """
    if path.startswith("$$"):
        return json_path.read(path[1:], scope.context)
    if path == "$" or path[1:2] in (".", "["):
        return json_path.read(path, scope.root)
    return json_path.read(f"$.{path[1:]}", dict(scope.variables))


def dynamic_value(text: str, scope: Scope, error: str = PARAMETER_PATH) -> Any:
    """Return the value of a path or of an intrinsic function. Raises StateError, named ``error`` for a lost path."""

    def resolve(path: str) -> Any:
        try:
            return independent(value_at(path, scope))
        except json_path.PathNotFoundError as failure:
            shown = json.dumps(scope.root, default=str)[:1000]
            raise StateError(error, f"The JSONPath '{path}' could not be found in the input '{shown}'") from failure

    return resolve(text) if text.startswith("$") else intrinsic_functions.evaluate(text, resolve)


def fill(template: Any, scope: Scope) -> Any:
    """Return the template with its dynamic members evaluated. Raises StateError."""
    if isinstance(template, dict):
        members: dict[str, Any] = template
        return {
            key.removesuffix(DYNAMIC) if key.endswith(DYNAMIC) else key: dynamic_value(value, scope)
            if key.endswith(DYNAMIC)
            else fill(value, scope)
            for key, value in members.items()
        }
    if isinstance(template, list):
        items: list[Any] = template
        return [fill(item, scope) for item in items]
    return template
