"""What becomes known of a request on its way, for its access log line; and the timed call of its integration."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from pulumi_sandbox.aws.gateway.api_model import Api, Stage
from pulumi_sandbox.aws.gateway.matching import Match
from pulumi_sandbox.aws.gateway.request import Authorization, GatewayResponse


@dataclass(slots=True)
class Trail:
    """Fields are filled in as the request gets there."""

    api: Api | None = None
    stage: Stage | None = None
    match: Match | None = None
    authorization: Authorization | None = None
    integration_started: float | None = None
    integration_ms: float | None = None
    integration_status: int | None = None
    error: str = ""
    reason: str = ""
    started: float = field(default_factory=time.monotonic)


async def run_integration(
    call: Callable[[], GatewayResponse], timeout_seconds: float, threads: ThreadPoolExecutor, trail: Trail
) -> GatewayResponse:
    """Return what ``call`` returns on a thread. Raises what it raises, and TimeoutError."""
    trail.integration_started = time.monotonic()
    work = asyncio.get_running_loop().run_in_executor(threads, call)
    try:
        # Past its time, the integration goes on by itself, as it does behind the real gateway.
        response = await asyncio.wait_for(asyncio.shield(work), timeout_seconds)
    except TimeoutError:
        work.add_done_callback(_ignore_result)
        raise
    finally:
        trail.integration_ms = (time.monotonic() - trail.integration_started) * 1000
    trail.integration_status = response.status
    return response


def _ignore_result(work: "asyncio.Future[GatewayResponse]") -> None:
    if not work.cancelled():
        work.exception()
