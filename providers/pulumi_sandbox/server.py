"""The daemon: one process that serves the whole sandbox of one state directory."""

import asyncio
import contextlib
import errno
import fcntl
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from pulumi_sandbox import durable, recorded
from pulumi_sandbox.code_version import code_version
from pulumi_sandbox.layout import (
    ACCOUNT_ID,
    HOST,
    PREFERRED_PORT,
    SandboxStartError,
    StateDirectory,
    standard_environment,
)
from pulumi_sandbox.listening import RANGE, listen_on, listen_on_any
from pulumi_sandbox.models import faults

RETRY_SECONDS = "PULUMI_SANDBOX_RETRY_SECONDS"
"""Environment variable: the waits before the second and third attempt at an asynchronous event, such as "1,2", for
those who cannot wait for Lambda's own minutes."""
_log = logging.getLogger(__name__)


@contextlib.contextmanager
def daemon_lock(state: StateDirectory) -> Generator[IO[str]]:
    """Hold the state directory for this process. Raises SandboxStartError when another daemon has it."""
    state.root.mkdir(parents=True, exist_ok=True)
    with state.lock_file.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SandboxStartError(
                f"a sandbox is already running on {state.root} (process {state.lock_file.read_text().strip()}); "
                "use it, or stop it with `python -m pulumi_sandbox stop`"
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield lock


def bind(state: StateDirectory, port: int | None) -> socket.socket:
    """Return a listening socket on the chosen port (0 is any), else on the persisted one, else on 4566 or any."""
    persisted = urlsplit(state.endpoint).port if state.endpoint else None
    wanted = port if port is not None else persisted
    listener = None
    try:
        if wanted != 0:
            listener = listen_on(PREFERRED_PORT if wanted is None else wanted)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        if port is not None:
            raise SandboxStartError(f"port {port} is taken by another program; choose another --port") from error
        if wanted is not None:
            raise SandboxStartError(
                f"port {wanted} is taken by another program, and the URLs of what is deployed on {state.root} "
                f"hold that port: stop the other program (`ss -ltnp 'sport = :{wanted}'` names it), or give the "
                "deployed URLs up with `python -m pulumi_sandbox reset`"
            ) from error
    listener = listener or listen_on_any()
    if listener is None:
        raise SandboxStartError(f"no free port on {HOST} between {RANGE.start} and {RANGE.stop}; choose a --port")
    return listener


def persist_endpoint(state: StateDirectory, endpoint: str) -> None:
    """Write the main URL where clients and later starts find it; readers see the old or the new, whole."""
    temporary = state.endpoint_file.with_suffix(".new")
    temporary.write_text(endpoint + "\n")
    temporary.replace(state.endpoint_file)


def build_application(state: StateDirectory, endpoint: str) -> tuple[Starlette, Callable[[], None]]:
    """Return the ASGI application of a sandbox whose durable database is open, and what writes its last state."""
    from pulumi_sandbox.aws import call_log, changes, clock, edge, events, gateway, moto_server, states
    from pulumi_sandbox.aws.moto_calls import MotoCalls
    from pulumi_sandbox.aws.persistence import Persistence
    from pulumi_sandbox.aws.router import AwsRouter
    from pulumi_sandbox.aws.snapshot_store import SnapshotStore

    version = code_version()

    async def health(_: Request) -> Response:
        return JSONResponse(
            {
                "status": "ok",
                "endpoint": endpoint,
                "account": ACCOUNT_ID,
                "pid": os.getpid(),
                "state": str(state.root),
                "code": version,
                "memory_only": changes.memory_only_services(),
                "not_written": persistence.failures,
            }
        )

    gateway.prepare_moto()
    events.prepare_moto()
    states.prepare_moto()
    moto = moto_server.moto_application(urlsplit(endpoint).port or 80)
    persistence = Persistence(SnapshotStore(state.snapshots))
    calls = MotoCalls(moto, persistence)
    persistence.load(calls.serve)
    application = Starlette(
        routes=[
            Route("/_sandbox/health", health),
            *recorded.routes,
            *call_log.routes,
            *clock.routes,
            *edge.routes,
            *faults.routes,
            Mount("/", AwsRouter(calls)),
        ]
    )
    return application, persistence.close


def _configure_logging(log_file: Path) -> None:
    handlers: list[logging.Handler] = [logging.FileHandler(log_file)]
    if sys.stderr.isatty():  # in the background, stderr is the log file already
        handlers.append(logging.StreamHandler(sys.stderr))
    logging.basicConfig(
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        handlers=handlers,
    )
    logging.getLogger("uvicorn").setLevel(logging.WARNING)


class _Server(uvicorn.Server):
    """Ends events, the gateway and state machines first: what still runs behind them may call the API to its end."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        from pulumi_sandbox.aws import alarms, edge, events, gateway, graphql, states

        for stop in (edge.stop, alarms.uninstall, events.uninstall, gateway.stop, graphql.stop, states.uninstall):
            await asyncio.get_running_loop().run_in_executor(None, stop)
        await super().shutdown(sockets)


def _retries() -> dict[str, tuple[float, ...]]:
    waits = os.environ.get(RETRY_SECONDS)
    return {"retry_seconds": tuple(map(float, waits.split(",")))} if waits else {}


def serve(state: StateDirectory, port: int | None) -> None:
    """Serve until SIGINT or SIGTERM. Raises SandboxStartError when it cannot start."""
    with daemon_lock(state):
        _configure_logging(state.log_file)
        listener = bind(state, port)
        endpoint = f"http://{HOST}:{listener.getsockname()[1]}"
        os.environ.update(standard_environment(endpoint))
        durable.use_database(state.database)
        from pulumi_sandbox.aws import alarms, edge, events, functions, gateway, graphql, states

        application, close = build_application(state, endpoint)
        functions.install(state.root / "functions", endpoint, **_retries())
        gateway.start()
        graphql.start()
        states.install(endpoint)
        edge.start()
        events.install(endpoint)
        alarms.install()
        persist_endpoint(state, endpoint)
        _log.info("serving %s at %s", state.root, endpoint)
        for number in (signal.SIGINT, signal.SIGTERM):
            # uvicorn stops on these by itself, and raises them again when it has stopped.
            signal.signal(number, lambda *_: None)
        _Server(
            uvicorn.Config(
                application,
                log_config=None,
                access_log=False,
                lifespan="off",
                timeout_keep_alive=75,
                server_header=False,
            )
        ).run(sockets=[listener])
        functions.uninstall()
        close()
        _log.info("stopped")
