"""What browsers reach: CloudFront distributions and the sign-in pages of user pools, each on a port of its own.

``start`` when moto's backends are restored; ``stop`` at the end. The handlers of the resources open and close sites
through ``routes``.
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pulumi_sandbox.aws.edge import sites
from pulumi_sandbox.aws.edge.distribution import Distribution
from pulumi_sandbox.aws.edge.sign_in import sign_in_pages
from pulumi_sandbox.aws.gateway import ports
from pulumi_sandbox.aws.gateway.serving import Serving

__all__ = ["routes", "start", "stop"]

_THREADS = 64
"""For requests to origins that are waited for, all distributions together."""


_running: Serving | None = None


def start() -> None:
    """Open the ports of all sites. Raises SandboxStartError."""
    global _running
    stop()
    _running = Serving("edge", _THREADS)
    try:
        for name, kind in sites.known().items():
            _listen(_running, name, kind)
    except BaseException:
        stop()
        raise


def stop() -> None:
    """Close all ports; they stay reserved for their sites. Does nothing when not started."""
    global _running
    if _running:
        running, _running = _running, None
        running.stop()


def _listen(running: Serving, name: str, kind: str) -> None:
    application: Any = Distribution(name, running.threads) if kind == "distribution" else sign_in_pages(name)
    running.listeners.open(name, ports.claim(name), application)


def _site(request: Request) -> Response:
    kind, name = request.path_params["kind"], request.path_params["name"]
    if kind not in sites.KINDS or _running is None:
        return JSONResponse({"error": f"{kind} is not a kind of site: {', '.join(sites.KINDS)}"}, 404)
    if request.method == "DELETE":
        if sites.forget(name):
            _running.listeners.close(name)
            ports.release(name)
        return Response(status_code=204)
    if sites.add(name, kind):
        _listen(_running, name, kind)
    return JSONResponse({"address": sites.address(name)})


routes = [Route("/_sandbox/edge/{kind}/{name}", _site, methods=["PUT", "DELETE"])]
