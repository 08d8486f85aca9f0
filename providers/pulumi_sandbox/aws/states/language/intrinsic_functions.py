"""Intrinsic functions (``States.Format`` and so on) of JSONPath templates.

Source: Step Functions developer guide, "Intrinsic functions for JSONPath states".
"""

import base64
import hashlib
import json
import random
import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from pulumi_sandbox.aws.states.language.errors import INTRINSIC, StateError

_TOKEN = re.compile(
    r"\s*(?:(?P<name>States\.\w+)\s*\(|(?P<string>'(?:[^'\\]|\\.)*')|(?P<end>[),])|(?P<word>[^\s,()]+))"
)
_HASHES = {"MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512"}
MAX_ARRAY_ITEMS = 1000


def evaluate(text: str, resolve: Callable[[str], Any]) -> Any:
    """Return the value of a call; ``resolve`` reads the paths among its arguments. Raises StateError."""
    value, rest = _call(text, resolve)
    if rest.strip():
        raise StateError(INTRINSIC, f"Unexpected {rest.strip()!r} after the call in {text!r}.")
    return value


def _call(text: str, resolve: Callable[[str], Any]) -> tuple[Any, str]:
    match = _TOKEN.match(text)
    if match is None or match["name"] is None:
        raise StateError(INTRINSIC, f"{text!r} is not a call of an intrinsic function.")
    name, rest = match["name"], text[match.end() :]
    function = _FUNCTIONS.get(name)
    if function is None:
        raise StateError(INTRINSIC, f"There is no intrinsic function {name}.")
    arguments: list[Any] = []
    closed = bool(re.match(r"\s*\)", rest))
    rest = re.sub(r"^\s*\)", "", rest) if closed else rest
    while not closed:
        value, rest = _argument(rest, resolve)
        arguments.append(value)
        ending = _TOKEN.match(rest)
        if ending is None or ending["end"] is None:
            raise StateError(INTRINSIC, f"The arguments of {name} do not end in {text!r}.")
        closed, rest = ending["end"] == ")", rest[ending.end() :]
    try:
        return function(*arguments), rest
    except StateError:
        raise
    except (TypeError, ValueError, LookupError, AttributeError) as error:
        raise StateError(INTRINSIC, f"Invalid arguments in {name}: {error}") from error


def _path(text: str) -> tuple[str, str]:
    """Split off a path, whose brackets and quotes may hold commas and parentheses."""
    depth, quote = 0, ""
    for position, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character in "[(":
            depth += 1
        elif character in "])" and depth:
            depth -= 1
        elif character in ",)" or (character.isspace() and not depth):
            return text[:position], text[position:]
    return text, ""


def _argument(text: str, resolve: Callable[[str], Any]) -> tuple[Any, str]:
    text = text.lstrip()
    if text.startswith("$"):
        path, rest = _path(text)
        return resolve(path), rest
    match = _TOKEN.match(text)
    if match is None:
        raise StateError(INTRINSIC, f"An argument is missing before {text!r}.")
    if match["name"]:
        return _call(text, resolve)
    if match["string"]:
        return re.sub(r"\\(['\\])", r"\1", match["string"][1:-1]), text[match.end() :]
    try:
        return json.loads(match["word"] or ""), text[match.end() :]
    except ValueError as error:
        raise StateError(INTRINSIC, f"{match['word'] or text!r} is not an argument.") from error


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _format(template: str, *values: Any) -> str:
    parts = re.split(r"(?<!\\)\{\}", template)
    if len(parts) != len(values) + 1:
        raise ValueError(f"the template has {len(parts) - 1} places and {len(values)} arguments")
    filled = parts[0] + "".join(_text(value) + part for value, part in zip(values, parts[1:], strict=True))
    return re.sub(r"\\([{}])", r"\1", filled)


def _partition(items: list[Any], size: int) -> list[list[Any]]:
    if size < 1:
        raise ValueError("the size of a part must be positive")
    return [items[start : start + size] for start in range(0, len(items), size)]


def _range(first: int, last: int, step: int) -> list[int]:
    if step == 0:
        raise ValueError("the step must not be zero")
    made = range(first, last + (1 if step > 0 else -1), step)
    if len(made) > MAX_ARRAY_ITEMS:
        raise ValueError(f"the array would have more than {MAX_ARRAY_ITEMS} items")
    return list(made)


def _unique(items: list[Any]) -> list[Any]:
    return list({json.dumps(item, sort_keys=True): item for item in reversed(items)}.values())[::-1]


def _hash(data: Any, algorithm: str) -> str:
    if algorithm not in _HASHES:
        raise ValueError(f"the algorithm must be one of {', '.join(sorted(_HASHES))}")
    return hashlib.new(algorithm.replace("-", ""), _text(data).encode(), usedforsecurity=False).hexdigest()


def _merge(first: dict[str, Any], second: dict[str, Any], deep: bool) -> dict[str, Any]:
    if deep:
        raise ValueError("only shallow merging (false) is supported")
    return {**first, **second}


def _random(start: int, end: int, seed: int | None = None) -> int:
    return random.Random(seed).randint(start, end - 1)  # noqa: S311 - no secret


def _split(text: str, separators: str) -> list[str]:
    return [part for part in re.split(f"[{re.escape(separators)}]", text) if part]


_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "States.Format": _format,
    "States.StringToJson": json.loads,
    "States.JsonToString": lambda value: json.dumps(value, separators=(",", ":"), ensure_ascii=False),
    "States.Array": lambda *items: list(items),
    "States.ArrayPartition": _partition,
    "States.ArrayContains": lambda items, item: item in items,
    "States.ArrayRange": _range,
    "States.ArrayGetItem": lambda items, index: items[index],
    "States.ArrayLength": len,
    "States.ArrayUnique": _unique,
    "States.Base64Encode": lambda text: base64.b64encode(text.encode()).decode(),
    "States.Base64Decode": lambda text: base64.b64decode(text).decode(),
    "States.Hash": _hash,
    "States.JsonMerge": _merge,
    "States.MathRandom": _random,
    "States.MathAdd": lambda first, second: first + second,
    "States.StringSplit": _split,
    "States.UUID": lambda: str(uuid.uuid4()),
}
