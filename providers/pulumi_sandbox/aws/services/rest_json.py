"""Serves operations of an AWS REST-JSON service from botocore's own model of it: routes, checks, parsing, rendering.

What the model knows is enforced as AWS does before any code of ours runs: required members, types, lengths, ranges,
enumerations and patterns, all mistakes in one ValidationException.
"""

import asyncio
import base64
import json
import logging
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import uuid4

import botocore.session
from botocore.model import ServiceModel
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from .event_stream import EVENT_STREAM_MEDIA_TYPE
from .shape_checks import mistakes_in

_log = logging.getLogger(__name__)
# Model calls may wait for long, many of them at once: they have threads of their own.
_threads = ThreadPoolExecutor(256, thread_name_prefix="own-service")
_LABEL = re.compile(r"\{(\w+)\+?\}")


@dataclass(frozen=True)
class Call:
    """One request: what the client asks (by the model's member names), where, and who it is.

    `role_arn` is None for the deployer, who may do everything.
    """

    operation: str
    parameters: Mapping[str, Any]
    region: str
    account: str
    role_arn: str | None

    def arn(self, resource: str, service: str = "bedrock") -> str:
        """Return the ARN of a resource of the caller's region and account."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"


class ServiceError(Exception):
    """An error of the service's model: its code as in the model (for example "ValidationException") and a message."""

    def __init__(self, code: str, message: str, **members: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.members = members


class InvalidRequestError(ServiceError):
    """A ValidationException."""

    def __init__(self, message: str) -> None:
        super().__init__("ValidationException", message)


class NotFoundError(ServiceError):
    """A ResourceNotFoundException."""

    def __init__(self, message: str) -> None:
        super().__init__("ResourceNotFoundException", message)


# A handler returns the output's members, or for an operation with an event stream the frames of it.
Handler = Callable[[Call], Mapping[str, Any] | Iterator[bytes]]


@lru_cache(maxsize=8)
def service_model(service: str) -> ServiceModel:
    """Return botocore's model of the service."""
    return botocore.session.get_session().get_service_model(service)


def routes_for(service: str, handlers: Mapping[str, Handler]) -> list[Route]:
    """Return a route for each operation, by its name in the service's model."""
    model = service_model(service)
    return [_route(model.operation_model(name), handler) for name, handler in handlers.items()]


def _route(operation: Any, handler: Handler) -> Route:
    async def serve(request: Request) -> Response:
        return await _serve(operation, handler, request)

    path = _LABEL.sub(lambda label: _label(operation, label[1]), str(operation.http["requestUri"]).split("?")[0])
    return Route(path, serve, methods=[str(operation.http["method"])], name=operation.name)


def _label(operation: Any, name: str) -> str:
    members: Any = operation.input_shape.members
    shape = next(member for key, member in members.items() if member.serialization.get("name", key) == name)
    # What may be an ARN holds slashes.
    return f"{{{name}:path}}" if "/" in shape.metadata.get("pattern", "/") else f"{{{name}}}"


def checked_parameters(service: str, operation: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return an operation's parameters from a JSON document that did not come as its own request.

    Members that the model does not have are left out; raises a ValidationException for what is wrong with the others.
    """
    shape: Any = service_model(service).operation_model(operation).input_shape
    parameters = _parsed(shape, document)
    _raise_mistakes(shape, parameters)
    return parameters


def _raise_mistakes(shape: Any, parameters: Mapping[str, Any]) -> None:
    if mistakes := mistakes_in(shape, parameters):
        plural = "error" if len(mistakes) == 1 else "errors"
        raise InvalidRequestError(f"{len(mistakes)} validation {plural} detected: {'; '.join(mistakes)}")


async def _serve(operation: Any, handler: Handler, request: Request) -> Response:
    request_id = str(uuid4())
    try:
        parameters = _parse(operation, request, await request.body())
        _raise_mistakes(operation.input_shape, parameters)
        caller = request.state.caller
        call = Call(operation.name, parameters, caller.region, caller.account, caller.role_arn)
        result = await asyncio.get_running_loop().run_in_executor(_threads, handler, call)
    except ServiceError as error:
        return _error(operation, error, request_id)
    except Exception:  # noqa: BLE001 - a fault of ours must not take the connection down
        _log.exception("%s failed", operation.name)
        internal = "InternalServerException"
        return _error(operation, ServiceError(internal, "The sandbox failed; its log says why."), request_id)
    headers = {"x-amzn-requestid": request_id}
    if isinstance(result, Mapping):
        return _render(operation, result, headers)
    return StreamingResponse(_in_threads(result), media_type=EVENT_STREAM_MEDIA_TYPE, headers=headers)


async def _in_threads(frames: Iterator[bytes]) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    while (frame := await loop.run_in_executor(_threads, next, frames, None)) is not None:
        yield frame


def _parse(operation: Any, request: Request, body: bytes) -> dict[str, Any]:
    shape: Any = operation.input_shape
    if shape is None:
        return {}
    payload = shape.serialization.get("payload")
    values: dict[str, Any] = {}
    try:
        document = json.loads(body) if body and not payload else {}
    except ValueError as error:
        raise InvalidRequestError(f"The request body is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise InvalidRequestError("The request body is not a JSON object.")
    for name, member in shape.members.items():
        key = member.serialization.get("name", name)
        location = member.serialization.get("location")
        raw: Any = None
        if name == payload:
            raw = body if member.type_name == "blob" else json.loads(body or b"{}")
            values[name] = raw
            continue
        if location == "uri":
            raw = request.path_params[key]
        elif location == "querystring":
            raw = _from_text(member, request.query_params.getlist(key))
        elif location == "header":
            raw = request.headers.get(key)
        else:
            raw = document.get(key)
        if raw is not None:
            values[name] = _parsed(member, raw)
    return values


def _from_text(member: Any, texts: list[str]) -> Any:
    if member.type_name == "list":
        return texts or None
    if not texts:
        return None
    if member.type_name in {"integer", "long"}:
        return int(texts[0]) if re.fullmatch(r"-?\d+", texts[0]) else texts[0]
    return texts[0] == "true" if member.type_name == "boolean" else texts[0]


def _parsed(shape: Any, raw: Any) -> Any:
    # Wrong types are left as they are: the checks name them.
    if shape.type_name == "structure" and isinstance(raw, dict) and not shape.is_document_type:
        return {name: _parsed(member, raw[name]) for name, member in shape.members.items() if raw.get(name) is not None}
    if shape.type_name == "list" and isinstance(raw, list):
        return [_parsed(shape.member, item) for item in raw]
    if shape.type_name == "map" and isinstance(raw, dict):
        return {key: _parsed(shape.value, value) for key, value in raw.items()}
    if shape.type_name == "blob" and isinstance(raw, str):
        return base64.b64decode(raw)
    return raw


def _render(operation: Any, result: Mapping[str, Any], headers: dict[str, str]) -> Response:
    shape: Any = operation.output_shape
    status = int(operation.http.get("responseCode", 200))
    if shape is None:
        return Response("{}", status, headers, "application/json")
    payload = shape.serialization.get("payload")
    document: dict[str, Any] = {}
    content: bytes | None = None
    for name, member in shape.members.items():
        value = result.get(name)
        if value is None:
            continue
        if member.serialization.get("location") == "header":
            headers[member.serialization["name"]] = str(value)
        elif name == payload:
            content = value if isinstance(value, bytes) else json.dumps(rendered(member, value)).encode()
        else:
            document[member.serialization.get("name", name)] = rendered(member, value)
    body = content if content is not None else json.dumps(document).encode()
    return Response(body, status, headers, "application/json")


def rendered(shape: Any, value: Any) -> Any:
    """Return the value as JSON writes it: only members of the model, none that is None, times as the model says."""
    if shape.type_name == "structure" and not shape.is_document_type:
        return {
            member.serialization.get("name", name): rendered(member, value[name])
            for name, member in shape.members.items()
            if value.get(name) is not None
        }
    if shape.type_name == "list":
        return [rendered(shape.member, item) for item in value]
    if shape.type_name == "map":
        return {key: rendered(shape.value, item) for key, item in value.items()}
    if shape.type_name == "blob":
        return base64.b64encode(value).decode()
    if shape.type_name == "timestamp":
        return _rendered_time(shape, value)
    return value


def _rendered_time(shape: Any, seconds: float) -> Any:
    if shape.serialization.get("timestampFormat") == "iso8601":
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return seconds


def _error(operation: Any, error: ServiceError, request_id: str) -> Response:
    details: dict[str, Any] = next(
        (shape.metadata.get("error", {}) for shape in operation.error_shapes if shape.name == error.code), {}
    )
    status = int(details.get("httpStatusCode", 500 if "Internal" in error.code else 400))
    headers = {"x-amzn-requestid": request_id, "x-amzn-errortype": error.code}
    return Response(json.dumps({"message": error.message, **error.members}), status, headers, "application/json")
