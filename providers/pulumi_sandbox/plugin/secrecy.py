"""Which outputs stay secret: those of secret inputs, those made from them, and those that a type marks."""

from collections.abc import Mapping
from typing import Any

from pulumi_sandbox.plugin.facts import TypeFacts
from pulumi_sandbox.plugin.schema import ResourceSchema
from pulumi_sandbox.plugin.values import Secret, has_secret, plain, unwrap

# Shorter texts ("a", "prod") turn up everywhere by chance.
_TELLING_LENGTH = 6


def keep_secrets(
    inputs: Mapping[str, Any], outputs: Mapping[str, Any], schema: ResourceSchema, facts: TypeFacts
) -> dict[str, Any]:
    """Return ``outputs`` (plain) with what must stay secret wrapped."""
    marked = schema.secret_outputs | {path for path, known in facts.properties.items() if known.get("sensitive")}
    texts = frozenset(_secret_texts(inputs))
    result: dict[str, Any] = {}
    for name, value in outputs.items():
        if name in marked and value is not None:
            result[name] = Secret(plain(value))
        else:
            result[name] = _hide_texts(like(inputs.get(name), value), texts)
    return result


def like(pattern: Any, value: Any) -> Any:
    """Return ``value`` with secrets where ``pattern`` has them; where the shapes differ, the whole is secret."""
    if isinstance(pattern, Secret):
        return value if isinstance(value, Secret) or value is None else Secret(plain(value))
    if not has_secret(pattern):
        return value
    if isinstance(pattern, dict) and isinstance(value, dict):
        return {key: like(pattern.get(key), item) for key, item in value.items()}
    if isinstance(pattern, list) and isinstance(value, list) and len(pattern) == len(value):
        return [like(before, item) for before, item in zip(pattern, value, strict=True)]
    return Secret(plain(value))


def _secret_texts(value: Any, *, inside: bool = False) -> list[str]:
    inside = inside or isinstance(value, Secret)
    value = unwrap(value)
    if isinstance(value, dict):
        return [text for item in value.values() for text in _secret_texts(item, inside=inside)]
    if isinstance(value, list):
        return [text for item in value for text in _secret_texts(item, inside=inside)]
    return [value] if inside and isinstance(value, str) and len(value) >= _TELLING_LENGTH else []


def _hide_texts(value: Any, texts: frozenset[str]) -> Any:
    if not texts or isinstance(value, Secret):
        return value
    if isinstance(value, dict):
        return {key: _hide_texts(item, texts) for key, item in value.items()}
    if isinstance(value, list):
        return [_hide_texts(item, texts) for item in value]
    return Secret(value) if isinstance(value, str) and any(text in value for text in texts) else value
