"""The tiers that a pattern creates when it is given none, so that it works alone."""

from collections.abc import Mapping
from typing import Any

from genai_tiers.args import BackendArgs, FrontendArgs, MiddlewareArgs, Pattern
from genai_tiers.aws.backend import AwsBackend
from genai_tiers.aws.frontend import AwsFrontend
from genai_tiers.aws.middleware import AwsMiddleware
from genai_tiers.lineage import Children
from genai_tiers.refs import BackendRefs, MiddlewareRefs
from genai_tiers.settings import part_of


def own_backend(children: Children, args: Mapping[str, Any], pattern: Pattern) -> BackendRefs:
    """A backend for the pattern, from its arguments."""
    own: BackendArgs = {**part_of(args, BackendArgs), "patterns": [pattern]}
    backend = AwsBackend(children.named("backend"), own, children.options("backend"))
    return backend.refs


def own_middleware(
    children: Children, args: Mapping[str, Any], backend: BackendRefs, *, websocket: bool = False
) -> MiddlewareRefs:
    """A frontend and a middleware from the pattern's arguments."""
    frontend = AwsFrontend(children.named("frontend"), part_of(args, FrontendArgs), children.options("frontend"))
    own: MiddlewareArgs = {
        **part_of(args, MiddlewareArgs),
        **part_of(backend, MiddlewareArgs),
        "frontend": frontend.refs,
        "websocket": websocket,
    }
    return AwsMiddleware(children.named("middleware"), own, children.options("middleware")).refs
