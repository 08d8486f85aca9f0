"""Events of payload format 2.0 and what a function's result means.

Source: API Gateway developer guide, "Create AWS Lambda proxy integrations for HTTP APIs".
"""

import base64
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from pulumi_sandbox.layout import ACCOUNT_ID


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request, as it arrived."""

    method: str
    path: str
    query: str
    headers: Sequence[tuple[str, str]]
    body: bytes
    source_ip: str
    request_id: str

    def header(self, name: str) -> str:
        """Return a header, its values joined, or an empty text."""
        return ",".join(value for key, value in self.headers if key == name)


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """One response."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes


def event(
    request: HttpRequest,
    *,
    api_id: str,
    stage: str,
    route_key: str,
    parameters: Mapping[str, str],
    variables: Mapping[str, str],
    authorizer: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """Return the event that a function gets."""
    names = dict.fromkeys(name for name, _ in request.headers if name != "cookie")
    cookies = [part for value in (request.header("cookie"),) if value for part in value.split("; ")]
    query: dict[str, str] = {}
    for name, value in parse_qsl(request.query, keep_blank_values=True):
        query[name] = f"{query[name]},{value}" if name in query else value
    host = request.header("host")
    context: dict[str, Any] = {
        "accountId": ACCOUNT_ID,
        "apiId": api_id,
        "domainName": host,
        "domainPrefix": host.split(".")[0],
        "http": {
            "method": request.method,
            "path": request.path,
            "protocol": "HTTP/1.1",
            "sourceIp": request.source_ip,
            "userAgent": request.header("user-agent"),
        },
        "requestId": request.request_id,
        "routeKey": route_key,
        "stage": stage,
        "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime()),
        "timeEpoch": int(time.time() * 1000),
    }
    if authorizer:
        context["authorizer"] = dict(authorizer)
    made: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": request.path if stage == "$default" else f"/{stage}{request.path}",
        "rawQueryString": request.query,
        "headers": {name: request.header(name) for name in names},
        "requestContext": context,
        "isBase64Encoded": False,
    }
    optional = {
        "cookies": cookies,
        "queryStringParameters": query,
        "pathParameters": dict(parameters),
        "stageVariables": dict(variables),
    }
    made |= {name: value for name, value in optional.items() if value}
    if request.body:
        try:
            made["body"] = request.body.decode()
        except UnicodeDecodeError:
            made |= {"body": base64.b64encode(request.body).decode(), "isBase64Encoded": True}
    return made


def response(payload: bytes) -> HttpResponse | None:
    """Return the response that a function's result means, or None when it means none (the gateway answers 500)."""
    try:
        result: Any = json.loads(payload or b"null")
    except ValueError:
        return None
    if not isinstance(result, dict) or "statusCode" not in result:
        text = result if isinstance(result, str) else json.dumps(result)
        return HttpResponse(200, [("content-type", "application/json")], text.encode())
    try:
        status = int(result["statusCode"])
        body = result.get("body") or ""
        content = base64.b64decode(body) if result.get("isBase64Encoded") else str(body).encode()
        headers = [(str(name).lower(), str(value)) for name, value in (result.get("headers") or {}).items()]
        headers += [("set-cookie", str(cookie)) for cookie in result.get("cookies") or []]
    except (TypeError, ValueError, AttributeError):
        return None
    if not 100 <= status <= 599:
        return None
    if not any(name == "content-type" for name, _ in headers):
        headers.append(("content-type", "text/plain;charset=UTF-8"))
    return HttpResponse(status, headers, content)
