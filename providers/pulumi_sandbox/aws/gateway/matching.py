"""Which stage and which route of an HTTP API serve a request."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from pulumi_sandbox.aws.gateway.api_model import DEFAULT_STAGE, Api, Route, Stage


@dataclass(frozen=True, slots=True)
class Match:
    """A route and the values of its path parameters."""

    route: Route
    parameters: dict[str, str] = field(default_factory=dict[str, str])


def find_stage(api: Api, path: str) -> tuple[Stage, str] | None:
    """Return the stage that serves ``path`` and the path below it: a named stage's first, else the default one's."""
    name, _, rest = path.lstrip("/").partition("/")
    if name != DEFAULT_STAGE and (stage := api.stages.get(name)):
        return stage, f"/{rest}"
    if stage := api.stages.get(DEFAULT_STAGE):
        return stage, path
    return None


def _parameters(pattern: Sequence[str], segments: Sequence[str]) -> dict[str, str] | None:
    values: dict[str, str] = {}
    for index, part in enumerate(pattern):
        if part.endswith("+}"):
            rest = "/".join(segments[index:])
            return {**values, part[1:-2]: rest} if rest else None
        if index >= len(segments):
            return None
        if part.startswith("{") and part.endswith("}"):
            if not segments[index]:
                return None
            values[part[1:-1]] = segments[index]
        elif part != segments[index]:
            return None
    return values if len(pattern) == len(segments) else None


def find_route(routes: Sequence[Route], method: str, path: str) -> Match | None:
    """Return the first of ``routes`` (sorted by specificity) that takes a request, or None."""
    segments = path.removeprefix("/").split("/")
    if len(segments) > 1 and segments[-1] == "":
        segments.pop()  # a trailing slash is ignored
    for route in routes:
        if route.key == "$default":
            return Match(route)
        if route.method in ("ANY", method) and (values := _parameters(route.segments, segments)) is not None:
            return Match(route, values)
    return None
