"""A port an API: names below ``localhost`` do not resolve everywhere, and a path would change what routes see."""

import asyncio
import logging
import socket
import threading
from typing import Any

import uvicorn
from moto.apigatewayv2.models import Api, ApiGatewayV2Backend, apigatewayv2_backends

from pulumi_sandbox.aws.http_apis.http_api import HttpApi
from pulumi_sandbox.aws.moto_lock import moto_state
from pulumi_sandbox.durable import open_map
from pulumi_sandbox.layout import HOST

_log = logging.getLogger(__name__)
_SCHEMES = {"HTTP": "http", "WEBSOCKET": "ws"}
_STOP_SECONDS = 5.0


class Gateway:
    """One event loop in one thread, with a server for each API."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._servers: dict[str, uvicorn.Server] = {}
        self._ports = open_map("gateway_ports")
        self._thread = threading.Thread(target=self._loop.run_forever, name="gateway", daemon=True)

    def start(self) -> None:
        """Serve every API that moto has."""
        self._thread.start()
        with moto_state():
            for regions in list(apigatewayv2_backends.values()):
                for backend in list(regions.values()):
                    for api in list(backend.apis.values()):
                        self.open(api)

    def open(self, api: Any) -> None:
        """Serve an API on the port it always had, and say so in its endpoint."""
        listener = _listen(self._ports.get(api.api_id, 0))
        port = listener.getsockname()[1]
        self._ports[api.api_id] = port
        api.api_endpoint = f"{_SCHEMES[api.protocol_type]}://{HOST}:{port}"
        if api.protocol_type != "HTTP":
            # Not served yet (FIDELITY.md says so); the port is held, so that the address stays the API's own.
            return
        config = uvicorn.Config(
            HttpApi(api.backend.region_name, api.api_id),
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        server = uvicorn.Server(config)
        self._servers[api.api_id] = server
        asyncio.run_coroutine_threadsafe(server._serve([listener]), self._loop)  # pyright: ignore[reportPrivateUsage] - serve() installs signal handlers, which only a main thread may

    def close(self, api_id: str) -> None:
        """Stop serving an API that is gone."""
        self._ports.pop(api_id, None)
        if server := self._servers.pop(api_id, None):
            server.should_exit = True

    def stop(self) -> None:
        """Stop serving."""
        for server in self._servers.values():
            server.should_exit = True
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_STOP_SECONDS)


_running: Gateway | None = None
_create = ApiGatewayV2Backend.create_api
_delete = ApiGatewayV2Backend.delete_api


def start() -> None:
    """Serve all APIs there are, and each as it comes and goes."""
    global _running
    _running = Gateway()
    _running.start()

    def create_api(self: ApiGatewayV2Backend, *arguments: Any, **named: Any) -> Api:
        api = _create(self, *arguments, **named)
        if _running is not None:
            _running.open(api)
        return api

    def delete_api(self: ApiGatewayV2Backend, api_id: str) -> None:
        _delete(self, api_id)
        if _running is not None:
            _running.close(api_id)

    ApiGatewayV2Backend.create_api = create_api
    ApiGatewayV2Backend.delete_api = delete_api


def stop() -> None:
    """Close all ports and leave moto as it was."""
    global _running
    if _running is not None:
        _running.stop()
    _running = None
    ApiGatewayV2Backend.create_api = _create
    ApiGatewayV2Backend.delete_api = _delete


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        listener.close()
        raise RuntimeError(
            f"port {port} of a deployed API is taken by another program: stop that program and start the sandbox again"
        ) from error
    listener.listen(512)
    return listener
