"""Which API operation a request is, with its parameters, by the SDKs' own service models."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.core.model import OperationModel
from moto.core.parse import PROTOCOL_PARSERS, RequestParserError
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from werkzeug.exceptions import NotFound

from pulumi_sandbox.aws.signature import Signature
from pulumi_sandbox.aws.wsgi_call import HttpRequest, wsgi_environ

# Services whose model is not called as their requests are signed.
_MODELS: dict[str, tuple[str, ...]] = {
    "dynamodb": ("dynamodb", "dynamodbstreams"),
    "execute-api": ("apigatewaymanagementapi",),
    "monitoring": ("cloudwatch",),
    "s3": ("s3", "s3control"),
    "states": ("stepfunctions",),
    "apigateway": ("apigatewayv2", "apigateway"),
    "email": ("sesv2", "ses"),
    "elasticloadbalancing": ("elbv2", "elb"),
    "tagging": ("resourcegroupstaggingapi",),
    "airflow": ("mwaa",),
    "aoss": ("opensearchserverless",),
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One API call. ``service`` is the SDK's name of the service, ``name`` e.g. ``PutItem``."""

    service: str
    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])


def _from_rpc_path(path: str) -> Operation | None:
    # The CBOR protocol names the operation in the path; its actions are authorised without parameters.
    parts = path.strip("/").split("/")
    if len(parts) == 4 and parts[0] == "service" and parts[2] == "operation":
        return Operation("cloudwatch" if "Granite" in parts[1] else parts[1], parts[3])
    return None


def operation_name(signature: Signature, http: HttpRequest) -> str | None:
    """Return only the name of a request's operation, at less cost; None when it is not known."""
    for name, value in http.headers:
        if name == "x-amz-target":
            return value.rsplit(".", 1)[-1]
    if operation := _from_rpc_path(http.path):
        return operation.name
    request = Request(wsgi_environ(http))
    for service in _MODELS.get(signature.service, (signature.service,)):
        try:
            name: Any = get_service_router(service).match(request)[0].name
        except (NotFound, NotImplementedError, LookupError, ValueError):
            continue
        return name
    return None


def read_operation(signature: Signature, http: HttpRequest) -> Operation | None:
    """Return the operation that a request means, or None when no model of its service has such an operation."""
    if operation := _from_rpc_path(http.path):
        return operation
    request = Request(wsgi_environ(http))
    for service in _MODELS.get(signature.service, (signature.service,)):
        try:
            model = get_service_model(service)
            operation_model, path_parameters = get_service_router(service).match(request)
            protocol = determine_request_protocol(model, request.content_type)
        except (NotFound, NotImplementedError, LookupError, ValueError):
            continue
        name: Any = operation_model.name
        return Operation(service, name, _parameters(operation_model, request, path_parameters, protocol))
    return None


def _parameters(model: OperationModel, request: Request, path: dict[str, Any], protocol: str) -> dict[str, Any]:
    read: Any = {
        "method": request.method,
        "values": request.values,
        "headers": request.headers,
        "body": b"" if model.has_streaming_input else request.data,
        "url_path": request.path,
        "url_params": path,
    }
    try:
        return PROTOCOL_PARSERS[protocol](model).parse(read)
    except (RequestParserError, AttributeError, LookupError, TypeError, ValueError):
        return path  # a malformed body is for the service to refuse; what the path names is still authorised
