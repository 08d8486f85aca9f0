"""The AWS endpoint: reads a request, finds who calls, authorises, and hands it to our own service or to moto.

Our own services (``aws/services``) are tried first, by signing name and path; what they do not serve is moto's.
"""

import asyncio
import importlib
import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.routing import Match, Route
from starlette.types import Message, Receive, Scope, Send

from pulumi_sandbox.aws import authorisation
from pulumi_sandbox.aws.access import Access
from pulumi_sandbox.aws.authorisation import Caller, InvalidCredentialsError
from pulumi_sandbox.aws.denials import denial
from pulumi_sandbox.aws.moto_calls import MotoCalls
from pulumi_sandbox.aws.operations import Operation
from pulumi_sandbox.aws.own_services import MODULES
from pulumi_sandbox.aws.signature import Signature, read_signature
from pulumi_sandbox.aws.wsgi_call import HttpAnswer, HttpRequest
from pulumi_sandbox.iam import AccessDeniedError
from pulumi_sandbox.layout import ACCOUNT_ID

_log = logging.getLogger(__name__)
_DEPLOYER = Caller(None, "us-east-1", ACCOUNT_ID)


@dataclass(frozen=True, slots=True)
class OwnService:
    """A service of ours, as a module in ``aws/services`` declares it."""

    routes: Iterable[Route]
    actions: Callable[[Request], Any]


def load_own_services() -> dict[str, list[OwnService]]:
    """Import the modules of ``own_services.MODULES`` and return them by signing name; import errors pass through."""
    services: dict[str, list[OwnService]] = {}
    for name in MODULES:
        module = importlib.import_module(name)
        services.setdefault(module.SIGNING_NAME, []).append(OwnService(module.routes, module.actions))
    return services


class AwsRouter:
    """ASGI application for everything that is not under ``/_sandbox``."""

    def __init__(self, moto: MotoCalls) -> None:
        self._moto = moto
        self._services = load_own_services()
        self._threads = ThreadPoolExecutor(64, thread_name_prefix="aws-api")
        # Calls that wait for user code have threads of their own: that code calls the API in turn.
        self._waiting_threads = ThreadPoolExecutor(512, thread_name_prefix="aws-wait")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: D102 - the ASGI signature
        request = await _read(scope, receive)
        signature = read_signature(dict(request.headers), request.query_string)
        if signature is not None and (found := self._own_route(signature, scope)):
            await self._serve_own(*found, signature, scope, request, send)
            return
        waits = signature is not None and _waits(signature, request)
        threads = self._waiting_threads if waits else self._threads
        answer = await asyncio.get_running_loop().run_in_executor(threads, self._serve_moto, signature, request)
        await _send(answer, request.method, send)

    def _own_route(self, signature: Signature, scope: Scope) -> tuple[OwnService, Route, Scope] | None:
        for service in self._services.get(signature.service, []):
            for route in service.routes:
                match, child = route.matches(scope)
                if match is Match.FULL:
                    return service, route, child
        return None

    async def _serve_own(
        self,
        service: OwnService,
        route: Route,
        child: Scope,
        signature: Signature,
        scope: Scope,
        request: HttpRequest,
        send: Send,
    ) -> None:
        loop = asyncio.get_running_loop()
        try:
            caller = await loop.run_in_executor(self._threads, authorisation.identify, signature)
            own_scope: Scope = {**scope, **child, "state": {"caller": caller}}
            if caller.role_arn is not None:
                needed = _accesses(service.actions(Request(own_scope, _replay(request.body))))
                await loop.run_in_executor(self._threads, authorisation.check, caller, needed)
        except InvalidCredentialsError as error:
            await _send(authorisation.invalid_credentials(signature, request, error), request.method, send)
        except AccessDeniedError as error:
            # All our own services speak the same JSON over REST as the Bedrock runtime.
            await _send(denial(Operation("bedrock-runtime", ""), error, {}), request.method, send)
        else:
            await route.handle(own_scope, _replay(request.body), send)

    def _serve_moto(self, signature: Signature | None, request: HttpRequest) -> HttpAnswer:
        if signature is None:
            return self._moto.call(request, _DEPLOYER, signature)
        try:
            caller = authorisation.identify(signature)
        except InvalidCredentialsError as error:
            return authorisation.invalid_credentials(signature, request, error)
        refused = authorisation.refuse(caller, signature, request)
        return refused or self._moto.call(request, caller, signature)


def _waits(signature: Signature, request: HttpRequest) -> bool:
    if signature.service == "states":
        return dict(request.headers).get("x-amz-target", "").endswith(".StartSyncExecution")
    return signature.service == "lambda" and "/invocations" in request.path


def _accesses(actions: Any) -> list[Access]:
    """Return what a service's ``actions`` gave: a pair, a triple with condition keys, or a list of these."""
    entries = actions if isinstance(actions, list) else [actions]
    return [
        Access(entry[0], resource, entry[2] if len(entry) > 2 else {})
        for entry in entries
        for resource in entry[1] or ["*"]
    ]


async def _read(scope: Scope, receive: Receive) -> HttpRequest:
    chunks: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        chunks.append(message.get("body", b""))
        if not message.get("more_body", False):
            break
    host, port = scope.get("server") or ("127.0.0.1", 80)
    return HttpRequest(
        method=scope["method"],
        path=scope["path"],
        raw_path=scope["raw_path"].decode("latin-1"),
        query_string=scope["query_string"].decode("latin-1"),
        headers=[(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]],
        body=b"".join(chunks),
        host=host,
        port=port,
    )


def _replay(body: bytes) -> Receive:
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        if messages:
            return messages.pop()
        # Starlette asks again only to learn of a disconnect, which ends with the response.
        return await asyncio.Future[Message]()

    return receive


async def _send(answer: HttpAnswer, method: str, send: Send) -> None:
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    if method != "HEAD":  # the answer to HEAD states the length of a body that it does not carry
        headers = [header for header in headers if header[0] != b"content-length"]
        headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else answer.body})
