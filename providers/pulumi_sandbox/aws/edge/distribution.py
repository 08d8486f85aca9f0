"""A distribution as an ASGI application: firewall, behaviour, origin, headers. Nothing is cached."""

import asyncio
import functools
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from starlette.types import Receive, Scope, Send

from pulumi_sandbox.aws.edge import bucket_origin, custom_origin, firewall, sites
from pulumi_sandbox.aws.edge.behaviours import (
    Headers,
    behaviour_for,
    origin_of,
    recorded,
    recorded_by_arn,
    with_policy,
)
from pulumi_sandbox.aws.gateway.http_api import read_request
from pulumi_sandbox.aws.gateway.request import GatewayRequest

TOKEN = "aws:cloudfront/distribution:Distribution"  # noqa: S105 - the name of a type
POLICY = "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy"
WEB_ACL = "aws:wafv2/webAcl:WebAcl"
_TEXT = ("text/", "application/json", "application/javascript")
Answer = tuple[int, Headers, bytes]


def _refusal(status: int, message: str) -> Answer:
    return status, [("content-type", "text/html")], message.encode()


class Distribution:
    """The application of one distribution. ``threads`` wait for origins."""

    def __init__(self, identifier: str, threads: ThreadPoolExecutor) -> None:
        self._id = identifier
        self._threads = threads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or one WebSocket to its end."""
        if scope["type"] == "websocket":
            await self._serve_socket(scope, receive, send)
            return
        request, refusal = await read_request(scope, receive)
        raw_path = scope["raw_path"].decode("latin-1").partition("?")[0]
        work = functools.partial(self._answer, request, raw_path)
        if refusal:
            status, headers, body = _refusal(refusal.status, refusal.message)
        else:
            status, headers, body = await asyncio.get_running_loop().run_in_executor(self._threads, work)
        raw = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers]
        raw.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else body})

    def _found(self, source_ip: str) -> Mapping[str, Any] | Answer:
        distribution = recorded(TOKEN, self._id)
        if distribution is None or not distribution["enabled"]:
            return _refusal(403, "The distribution is not enabled.")
        acl = recorded_by_arn(WEB_ACL, distribution["webAclId"]) if distribution.get("webAclId") else None
        if acl and firewall.blocks(acl, source_ip):
            return _refusal(403, "Request blocked.")
        return distribution

    def _answer(self, request: GatewayRequest, raw_path: str) -> Answer:
        distribution = self._found(request.source_ip)
        if isinstance(distribution, tuple):
            return distribution
        behaviour = behaviour_for(distribution, raw_path)
        if request.method not in behaviour["allowedMethods"]:
            answer = _refusal(403, "This distribution is not configured to allow the HTTP request method.")
        else:
            answer = self._from_origin(distribution, behaviour, request, raw_path)
        status, headers, body = self._error_page(distribution, answer)
        policy_id = behaviour.get("responseHeadersPolicyId")
        headers = with_policy(recorded(POLICY, policy_id) if policy_id else None, headers)
        kind = dict(headers).get("content-type", "")
        if bucket_origin.is_bucket(origin_of(distribution, behaviour)) and kind.startswith(_TEXT):
            body = sites.addressed(body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        headers = [(name, sites.addressed(value)) for name, value in headers]
        return status, [*headers, ("x-cache", "Miss from cloudfront"), ("via", "1.1 cloudfront (sandbox)")], body

    def _from_origin(
        self, distribution: Mapping[str, Any], behaviour: Mapping[str, Any], request: GatewayRequest, raw_path: str
    ) -> Answer:
        origin = origin_of(distribution, behaviour)
        if bucket_origin.is_bucket(origin):
            root = distribution.get("defaultRootObject")
            return bucket_origin.read(origin, distribution, f"/{root}" if raw_path == "/" and root else raw_path)
        target = f"{raw_path}?{request.query}" if request.query else raw_path
        headers = list(request.headers)
        return custom_origin.fetch(origin, request.method, target, headers, request.body, request.source_ip)

    def _error_page(self, distribution: Mapping[str, Any], answer: Answer) -> Answer:
        """Return the page that the distribution shows for an error, of whatever origin; the error itself without."""
        pages = distribution.get("customErrorResponses") or ()
        page = next((each for each in pages if each["errorCode"] == answer[0] and each.get("responsePagePath")), None)
        if page is None:
            return answer
        path = page["responsePagePath"]
        origin = origin_of(distribution, behaviour_for(distribution, path))
        status, headers, body = bucket_origin.read(origin, distribution, path)
        return (page.get("responseCode") or answer[0], headers, body) if status == 200 else answer

    async def _serve_socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        source_ip = (scope.get("client") or ("127.0.0.1", 0))[0]
        raw_path = scope["raw_path"].decode("latin-1").partition("?")[0]
        query = scope["query_string"].decode("latin-1")
        loop = asyncio.get_running_loop()
        distribution = await loop.run_in_executor(self._threads, self._found, source_ip)
        origin = (
            None if isinstance(distribution, tuple) else origin_of(distribution, behaviour_for(distribution, raw_path))
        )
        if origin is None or bucket_origin.is_bucket(origin):
            await receive()
            await send({"type": "websocket.http.response.start", "status": 403, "headers": []})
            await send({"type": "websocket.http.response.body", "body": b""})
            return
        headers = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]]
        target = f"{raw_path}?{query}" if query else raw_path
        await custom_origin.pass_socket(origin, target, headers, source_ip, receive, send, scope)
