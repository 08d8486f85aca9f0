"""Which route answers a request, as HTTP APIs choose: full matches before greedy ones, then ``$default``."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol


class Route(Protocol):
    """What is needed of a route: its key is ``METHOD /path``, or ``$default``."""

    route_key: str


@dataclass(frozen=True, slots=True)
class Match:
    """The route that answers, and the path's parameters."""

    route: Any
    parameters: Mapping[str, str]


def match(routes: Iterable[Route], method: str, path: str) -> Match | None:
    """Return the most specific route for a request, or None."""
    best: tuple[tuple[int, ...], Match] | None = None
    for route in routes:
        found = _fit(route.route_key, method, path)
        if found is not None and (best is None or found[0] > best[0]):
            best = (found[0], Match(route, found[1]))
    return best[1] if best else None


def _fit(key: str, method: str, path: str) -> tuple[tuple[int, ...], Mapping[str, str]] | None:
    if key == "$default":
        return (0,), {}
    wanted, _, template = key.partition(" ")
    if wanted not in ("ANY", method):
        return None
    found = re.fullmatch(_pattern(template), path if path == "/" else path.rstrip("/"))
    if not found:
        return None
    variables, greedy = template.count("{"), template.count("+}")
    return (1, -greedy, -variables, len(template), wanted != "ANY"), found.groupdict()


def _pattern(template: str) -> str:
    pattern = ""
    for part in re.split(r"(\{[\w.-]+\+?\})", template):
        if part.startswith("{"):
            name = re.sub(r"\W", "_", part.strip("{}+"))
            pattern += f"(?P<{name}>.+)" if part.endswith("+}") else f"(?P<{name}>[^/]+)"
        else:
            pattern += re.escape(part)
    return pattern
