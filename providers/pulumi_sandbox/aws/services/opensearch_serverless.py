"""OpenSearch Serverless: the indexes of collections. Collections and policies are recorded resources.

The service speaks JSON 1.0: one path, and the operation in a header.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from . import search_indexes
from .rest_json import Call, InvalidRequestError, NotFoundError, ServiceError, checked_parameters
from .search_collections import ForbiddenError, require_permission

SIGNING_NAME = "aoss"
_SERVICE = "opensearchserverless"


def _collection(call: Call, permission: str) -> str:
    """Return the ARN of the collection, if the caller may do this in the index."""
    arn = call.arn(f"collection/{call.parameters['id']}", "aoss")
    principal = call.role_arn or f"arn:aws:sts::{call.account}:user/moto"
    try:
        require_permission(principal, arn, call.parameters["indexName"], permission)
    except LookupError as error:
        raise NotFoundError(f"Collection with ID {call.parameters['id']} cannot be found.") from error
    except ForbiddenError as error:
        raise ServiceError("AccessDeniedException", str(error)) from error
    return arn


def _create(call: Call) -> Mapping[str, Any]:
    arn, name = _collection(call, "aoss:CreateIndex"), call.parameters["indexName"]
    schema = call.parameters.get("indexSchema") or {}
    if name[:1] in "_-" or name != name.lower():
        raise InvalidRequestError(f"Index name {name} must be lowercase and cannot begin with _ or -.")
    for field, vector in search_indexes.vector_fields(schema).items():
        if not 1 <= int(vector.get("dimension") or 0) <= 16_000:
            raise InvalidRequestError(f"Dimension of the vector field {field} must be from 1 to 16000.")
    if search_indexes.vector_fields(schema) and not _has_knn(schema):
        raise InvalidRequestError("A vector field needs the setting index.knn.")
    if not search_indexes.create(arn, name, schema):
        raise ServiceError("ConflictException", f"Index with name {name} already exists.")
    return {}


def _has_knn(schema: Mapping[str, Any]) -> bool:
    settings = schema.get("settings") or {}
    return bool(settings.get("index.knn") or (settings.get("index") or {}).get("knn"))


def _get(call: Call) -> Mapping[str, Any]:
    arn, name = _collection(call, "aoss:DescribeIndex"), call.parameters["indexName"]
    schema = search_indexes.schema_of(arn, name)
    if schema is None:
        raise NotFoundError(f"Index with name {name} cannot be found.")
    return {"indexSchema": schema}


def _delete(call: Call) -> Mapping[str, Any]:
    arn, name = _collection(call, "aoss:DeleteIndex"), call.parameters["indexName"]
    if not search_indexes.delete(arn, name):
        raise NotFoundError(f"Index with name {name} cannot be found.")
    return {}


_OPERATIONS: Mapping[str, Callable[[Call], Mapping[str, Any]]] = {
    "CreateIndex": _create,
    "GetIndex": _get,
    "DeleteIndex": _delete,
}


async def _serve(request: Request) -> Response:
    operation = request.headers.get("x-amz-target", "").rpartition(".")[2]
    try:
        if operation not in _OPERATIONS:
            known = ", ".join(_OPERATIONS)
            raise InvalidRequestError(f"The sandbox has no {operation} of OpenSearch Serverless; it has {known}.")
        parameters = checked_parameters(_SERVICE, operation, json.loads(await request.body() or b"{}"))
        caller = request.state.caller
        call = Call(operation, parameters, caller.region, caller.account, caller.role_arn)
        return JSONResponse(_OPERATIONS[operation](call))
    except ServiceError as error:
        return JSONResponse({"__type": error.code, "message": error.message}, 400)


routes = [Route("/", _serve, methods=["POST"])]


def actions(request: Request) -> tuple[str, list[str]]:
    """Return what a role needs besides a data access policy; the collection is in the body, so it stands for all."""
    caller = request.state.caller
    return "aoss:APIAccessAll", [f"arn:aws:aoss:{caller.region}:{caller.account}:collection/*"]
