"""The events that HTTP APIs hand to functions, formats 2.0 and 1.0, and what functions hand back."""

import base64
import json
from collections.abc import Iterable, Mapping
from typing import Any

from pulumi_sandbox.aws.gateway.api_model import Api, Stage
from pulumi_sandbox.aws.gateway.matching import Match
from pulumi_sandbox.aws.gateway.request import Authorization, GatewayRequest, GatewayResponse, RefusedError

_TEXT_TYPES = ("application/json", "application/xml", "application/javascript", "application/vnd.api+json")


def _is_text(request: GatewayRequest) -> bool:
    kind = (request.header("content-type") or "").split(";")[0].strip().lower()
    if request.header("content-encoding") not in (None, "identity"):
        return False
    return not kind or kind.startswith("text/") or kind in _TEXT_TYPES


def encode_body(request: GatewayRequest) -> tuple[str, bool]:
    """Return the body for an event, and whether it is base64."""
    if _is_text(request):
        try:
            return request.body.decode(), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(request.body).decode(), True


def _join(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _forwarded_headers(request: GatewayRequest) -> list[tuple[str, str]]:
    added = {
        "x-amzn-trace-id": request.trace_header,
        "x-forwarded-for": request.source_ip,
        "x-forwarded-port": (request.header("host") or "").rpartition(":")[2] or "80",
        "x-forwarded-proto": "http",
    }
    earlier = request.header("x-forwarded-for")
    if earlier:
        added["x-forwarded-for"] = f"{earlier}, {request.source_ip}"
    return [(name, value) for name, value in request.headers if name not in added] + list(added.items())


def _without_nothing(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def event_v2(
    request: GatewayRequest, api: Api, stage: Stage, match: Match, authorization: Authorization | None = None
) -> dict[str, Any]:
    """Return an event of format 2.0 (API Gateway developer guide, "Lambda proxy integrations for HTTP APIs")."""
    cookies = [part.strip() for name, value in request.headers if name == "cookie" for part in value.split(";")]
    body, is_base64 = encode_body(request) if request.body else (None, False)
    return _without_nothing(
        {
            "version": "2.0",
            "routeKey": match.route.key,
            "rawPath": request.path,
            "rawQueryString": request.query,
            "cookies": cookies or None,
            "headers": _join(pair for pair in _forwarded_headers(request) if pair[0] != "cookie"),
            "queryStringParameters": _join(request.query_pairs()) or None,
            "requestContext": _without_nothing(
                {
                    "accountId": api.account,
                    "apiId": api.id,
                    "authorizer": {authorization.kind: authorization.value} if authorization else None,
                    "domainName": request.header("host") or "",
                    "domainPrefix": api.id,
                    "http": {
                        "method": request.method,
                        "path": request.path,
                        "protocol": request.protocol,
                        "sourceIp": request.source_ip,
                        "userAgent": request.user_agent,
                    },
                    "requestId": request.request_id,
                    "routeKey": match.route.key,
                    "stage": stage.name,
                    "time": request.clock,
                    "timeEpoch": int(request.time * 1000),
                }
            ),
            "pathParameters": match.parameters or None,
            "stageVariables": dict(stage.variables) or None,
            "body": body,
            "isBase64Encoded": is_base64,
        }
    )


def event_v1(
    request: GatewayRequest, api: Api, stage: Stage, match: Match, authorization: Authorization | None = None
) -> dict[str, Any]:
    """Return an event of format 1.0."""
    headers, query = _forwarded_headers(request), request.query_pairs()
    resource = match.route.key.split(" ", 1)[-1]
    body, is_base64 = encode_body(request) if request.body else (None, False)
    authorizer: dict[str, Any] = {}
    if authorization:
        claims = authorization.kind == "jwt"
        authorizer = dict(authorization.value) if not claims else {k: v for k, v in authorization.value.items() if v}
    return {
        "version": "1.0",
        "resource": resource,
        "path": request.path,
        "httpMethod": request.method,
        "headers": _join(headers),
        "multiValueHeaders": value_lists(headers),
        "queryStringParameters": dict(query) or None,
        "multiValueQueryStringParameters": value_lists(query) or None,
        "requestContext": {
            "accountId": api.account,
            "apiId": api.id,
            "authorizer": authorizer,
            "domainName": request.header("host") or "",
            "domainPrefix": api.id,
            "extendedRequestId": request.request_id,
            "httpMethod": request.method,
            "identity": {"sourceIp": request.source_ip, "userAgent": request.user_agent},
            "path": request.path,
            "protocol": request.protocol,
            "requestId": request.request_id,
            "requestTime": request.clock,
            "requestTimeEpoch": int(request.time * 1000),
            "resourceId": match.route.key,
            "resourcePath": resource,
            "stage": stage.name,
        },
        "pathParameters": match.parameters or None,
        "stageVariables": dict(stage.variables) or None,
        "body": body,
        "isBase64Encoded": is_base64,
    }


def value_lists(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return all values of each name, in the order in which they came."""
    lists: dict[str, list[str]] = {}
    for name, value in pairs:
        lists.setdefault(name, []).append(value)
    return lists


def _bad_response(reason: str) -> RefusedError:
    return RefusedError(500, "Internal Server Error", f"the function's response is malformed: {reason}")


def read_response(payload: bytes, version: str) -> GatewayResponse:
    """Return the response that a function's result stands for. Raises RefusedError when it stands for none."""
    result: Any = json.loads(payload)
    if not isinstance(result, dict) or "statusCode" not in result:
        if version == "1.0":
            raise _bad_response("it has no statusCode")
        # Format 2.0 infers: the result is the body, and the request succeeded.
        body = result if isinstance(result, str) else json.dumps(result, separators=(",", ":"), ensure_ascii=False)
        return GatewayResponse(200, body.encode(), (("content-type", "application/json"),))
    status = result["statusCode"]
    if isinstance(status, str) and status.isdigit():
        status = int(status)
    if not isinstance(status, int) or isinstance(status, bool) or not 100 <= status <= 599:
        raise _bad_response(f"statusCode is {result['statusCode']!r}")
    return GatewayResponse(status, _response_body(result), tuple(_response_headers(result, version)))


def _response_body(result: Mapping[str, Any]) -> bytes:
    body = result.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise _bad_response(f"body is of type {type(body).__name__}, not a string")
    if not result.get("isBase64Encoded"):
        return body.encode()
    try:
        return base64.b64decode(body, validate=True)
    except ValueError as error:
        raise _bad_response(f"body is not base64: {error}") from error


def _response_headers(result: Mapping[str, Any], version: str) -> Iterable[tuple[str, str]]:
    headers: Any = result.get("headers") or {}
    many: Any = (result.get("multiValueHeaders") or {}) if version == "1.0" else {}
    if not isinstance(headers, dict) or not isinstance(many, dict):
        raise _bad_response("headers is not an object")
    pairs = [(str(name).lower(), _text(value)) for name, value in headers.items() if str(name) not in many]
    pairs += [(str(name).lower(), _text(value)) for name, values in many.items() for value in values]
    if version == "2.0":
        pairs += [("set-cookie", str(cookie)) for cookie in result.get("cookies") or []]
    if not any(name == "content-type" for name, _ in pairs) and result.get("body"):
        pairs.append(("content-type", "text/plain;charset=UTF-8"))
    # The gateway frames the response itself.
    return [pair for pair in pairs if pair[0] not in ("content-length", "transfer-encoding", "connection")]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
