"""CORS as HTTP APIs answer it: preflights by the gateway alone, and headers on every other answer."""

from pulumi_sandbox.aws.gateway.api_model import Cors
from pulumi_sandbox.aws.gateway.request import GatewayRequest, GatewayResponse

CORS_HEADERS = frozenset(
    {
        "access-control-allow-origin",
        "access-control-allow-methods",
        "access-control-allow-headers",
        "access-control-expose-headers",
        "access-control-allow-credentials",
        "access-control-max-age",
    }
)
"""Where an API has a CORS configuration, those of the integration are dropped."""


def is_preflight(request: GatewayRequest) -> bool:
    """Return whether a browser asks for permission."""
    return request.method == "OPTIONS" and bool(
        request.header("origin") and request.header("access-control-request-method")
    )


def _allowed_origin(cors: Cors, origin: str | None) -> str | None:
    if origin is None:
        return None
    for allowed in cors.origins:
        if allowed == "*" and not cors.credentials:
            return "*"
        # "https://*" and "http://*" stand for any origin of the scheme.
        if allowed in ("*", origin) or (allowed.endswith("://*") and origin.startswith(allowed[:-1])):
            return origin
    return None


def answer_headers(cors: Cors, request: GatewayRequest) -> tuple[tuple[str, str], ...]:
    """Return the headers for an answer; none when the origin is not allowed."""
    origin = _allowed_origin(cors, request.header("origin"))
    if origin is None:
        return ()
    headers = [("access-control-allow-origin", origin)]
    if origin != "*":
        headers.append(("vary", "origin"))
    if cors.credentials:
        headers.append(("access-control-allow-credentials", "true"))
    if cors.exposed:
        headers.append(("access-control-expose-headers", ",".join(cors.exposed)))
    return tuple(headers)


def preflight(cors: Cors, request: GatewayRequest) -> GatewayResponse:
    """Return the answer to a preflight."""
    headers = [header for header in answer_headers(cors, request) if header[0] != "access-control-expose-headers"]
    if headers:
        if cors.methods:
            headers.append(("access-control-allow-methods", ",".join(cors.methods)))
        if cors.headers:
            headers.append(("access-control-allow-headers", ",".join(cors.headers)))
        if cors.max_age is not None:
            headers.append(("access-control-max-age", str(cors.max_age)))
    return GatewayResponse(204, b"", tuple(headers))
