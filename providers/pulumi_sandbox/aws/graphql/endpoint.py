"""One API as an ASGI application: firewall, token, document, execution, log."""

import asyncio
import json
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from starlette.types import Receive, Scope, Send

from pulumi_sandbox.aws.gateway.http_api import read_request, send_response
from pulumi_sandbox.aws.gateway.request import GatewayRequest, GatewayResponse
from pulumi_sandbox.aws.graphql import errors, request_log, store, web_acl
from pulumi_sandbox.aws.graphql.authorization import UnauthorizedError, caller_identity
from pulumi_sandbox.aws.graphql.execution import execute
from pulumi_sandbox.aws.graphql.requests import MalformedRequestError, read_request_body

_ANYWHERE = (("access-control-allow-origin", "*"), ("access-control-expose-headers", "x-amzn-RequestId"))
_PREFLIGHT = (("access-control-allow-headers", "*"), ("access-control-allow-methods", "POST,OPTIONS"))
_log = logging.getLogger(__name__)
Answer = tuple[int, dict[str, Any]]


class Endpoint:
    """The application of one API. ``threads`` execute."""

    def __init__(self, api_id: str, threads: ThreadPoolExecutor) -> None:
        self._api_id = api_id
        self._threads = threads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; an attempt to open a WebSocket, for a subscription, is refused."""
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008, "reason": "the sandbox has no subscriptions"})
            return
        request, refusal = await read_request(scope, receive)
        if request.method == "OPTIONS":
            await send_response(GatewayResponse(200, b"", (*_ANYWHERE, *_PREFLIGHT)), request, send)
            return
        if refusal:
            status, body = refusal.status, errors.refusal("RequestEntityTooLargeException", refusal.message)
        else:
            status, body = await asyncio.get_running_loop().run_in_executor(self._threads, self._answer, request)
        headers = (*_ANYWHERE, ("content-type", "application/json;charset=UTF-8"))
        if status != 200:
            headers += (("x-amzn-errortype", body["errors"][0]["errorType"]),)
        content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        answer = GatewayResponse(status, content, (*headers, ("x-amzn-requestid", request.request_id)))
        await send_response(answer, request, send)

    def _answer(self, request: GatewayRequest) -> Answer:
        api = store.find_api(self._api_id)
        if api is None or request.path != "/graphql":
            return 404, errors.refusal("NotFoundException", "Not Found")
        began = time.monotonic()
        try:
            status, body = self._executed(api, request)
        except Exception:  # noqa: BLE001 - the client gets an answer whatever happens; the log the rest
            _log.exception("a request of %s", self._api_id)
            status, body = 500, errors.refusal("InternalFailure", "The sandbox failed; its log says why.")
        request_log.write(api, request.request_id, status, body, time.monotonic() - began)
        return status, body

    def _executed(self, api: store.Api, request: GatewayRequest) -> Answer:
        if web_acl.blocks(api.arn, request.source_ip):
            return 403, errors.refusal("WAFForbiddenException", "403 Forbidden")
        if request.method != "POST":
            return 400, errors.refusal("UnknownOperationException", "Unknown Operation Request.")
        try:
            identity = caller_identity(request, api)
            if api.definition is None:
                return 502, errors.refusal("GraphQLSchemaException", "No schema definition exists.")
            asked = read_request_body(request.body, request.header("content-type") or "")
            return 200, execute(api, asked, request, identity)
        except UnauthorizedError as error:
            return 401, errors.refusal("UnauthorizedException", str(error))
        except MalformedRequestError as error:
            return 400, errors.refusal("MalformedHttpRequestException", str(error))
