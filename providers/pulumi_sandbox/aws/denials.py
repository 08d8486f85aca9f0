"""Refusals in the shape that each AWS protocol has, so that SDKs raise the error code that the cloud would give."""

import json
from collections.abc import Mapping
from uuid import uuid4
from xml.sax.saxutils import escape

from moto.core.utils import get_service_model

from pulumi_sandbox.aws.operations import Operation
from pulumi_sandbox.aws.wsgi_call import HttpAnswer
from pulumi_sandbox.iam import AccessDeniedError

# Services of the query protocol and others whose code is not the usual one of their protocol.
_CODES = {"sns": "AuthorizationError", "sqs": "AccessDenied", "cloudwatch": "AccessDenied"}
# Services that moved from the query protocol to JSON, and still give the old error codes in a header.
_QUERY_COMPATIBLE = {"sqs", "cloudwatch"}


def _json(operation: Operation, code: str, message: str, request_id: str) -> HttpAnswer:
    headers = [("content-type", "application/x-amz-json-1.0"), ("x-amzn-requestid", request_id)]
    prefix = "com.amazon.coral.service#" if operation.service == "dynamodb" else ""
    if operation.service in _QUERY_COMPATIBLE:
        headers.append(("x-amzn-query-error", f"{code};Sender"))
        prefix = "com.amazon.coral.service#"
    body = {"__type": f"{prefix}{code}", "Message" if prefix else "message": message}
    return HttpAnswer(400, headers, json.dumps(body).encode())


def _rest_json(code: str, message: str, request_id: str) -> HttpAnswer:
    headers = [("content-type", "application/json"), ("x-amzn-requestid", request_id), ("x-amzn-errortype", code)]
    return HttpAnswer(403, headers, json.dumps({"message": message}).encode())


def _query(code: str, message: str, request_id: str) -> HttpAnswer:
    body = (
        f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
        f"<RequestId>{request_id}</RequestId></ErrorResponse>"
    )
    return HttpAnswer(403, [("content-type", "text/xml"), ("x-amzn-requestid", request_id)], body.encode())


def _rest_xml(code: str, message: str, request_id: str) -> HttpAnswer:
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{code}</Code><Message>{escape(message)}</Message>"
        f"<RequestId>{request_id}</RequestId></Error>"
    )
    return HttpAnswer(403, [("content-type", "application/xml"), ("x-amz-request-id", request_id)], body.encode())


def denial(operation: Operation, error: AccessDeniedError, headers: Mapping[str, str]) -> HttpAnswer:
    """Return the answer that refuses an operation; ``headers`` are the request's, they show its protocol."""
    message = str(error)
    if operation.service == "s3":
        message = message.replace(f"on resource: {error.resource} ", f'on resource: "{error.resource}" ')
    return refusal_answer(operation, "AccessDenied", message, headers)


def _protocol(operation: Operation, headers: Mapping[str, str]) -> str:
    if "x-amz-target" in headers:
        return "json"
    if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return "query"
    return str(get_service_model(operation.service).protocol)


def refusal_answer(operation: Operation, code: str, message: str, headers: Mapping[str, str]) -> HttpAnswer:
    """Return an error answer; ``AccessDenied`` takes the name that it has in the service's protocol."""
    request_id = str(uuid4())
    protocol = _protocol(operation, headers)
    if code == "AccessDenied":
        code = _CODES.get(operation.service, "AccessDeniedException" if "json" in protocol else "AccessDenied")
    match protocol:
        case "json":
            return _json(operation, code, message, request_id)
        case "rest-json":
            return _rest_json(code, message, request_id)
        case "rest-xml":
            return _rest_xml(code, message, request_id)
        case _:
            return _query(code, message, request_id)
