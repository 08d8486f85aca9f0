"""What moto's API Gateway v2 lacks for WebSocket APIs: updates of route responses, time limits, and what AWS refuses.

Sources: the API reference of API Gateway v2 (CreateApi, CreateAuthorizer, CreateIntegration, CreateRoute).
"""

import json
from collections.abc import Callable
from typing import Any

from pulumi_sandbox.aws.moto_gaps.wrapping import add, wrap

Answer = tuple[int, dict[str, str], str]
_MIN_TIMEOUT_MS = 50
_MAX_TIMEOUT_MS = {"HTTP": 30_000, "WEBSOCKET": 29_000}
"""The longest time an integration may take, and what it has when nothing is said."""


def _refused(message: str) -> Answer:
    return 400, {"x-amzn-ErrorType": "BadRequestException", "status": "400"}, json.dumps({"message": message})


def _api(response: Any) -> Any:
    """Return the API that a request's path names."""
    return response.apigatewayv2_backend.get_api(response.path.split("/apis/")[1].split("/")[0])


def _create_api(original: Callable[..., Answer], response: Any) -> Answer:
    given = json.loads(response.body)
    if given.get("protocolType") == "WEBSOCKET" and not given.get("routeSelectionExpression"):
        return _refused("RouteSelectionExpression is required for WEBSOCKET protocol")
    return original(response)


def _create_authorizer(original: Callable[..., Answer], response: Any) -> Answer:
    if _api(response).protocol_type == "WEBSOCKET" and json.loads(response.body).get("authorizerType") != "REQUEST":
        return _refused("Only REQUEST authorizers are supported for WEBSOCKET protocol Apis")
    return original(response)


def _write_route(original: Callable[..., Answer], response: Any) -> Answer:
    api, given = _api(response), json.loads(response.body)
    before = api.routes.get(response.path.rpartition("/")[2])
    key = given.get("routeKey") or (before and before.route_key)
    authorized = given.get("authorizationType", "NONE") != "NONE"
    if api.protocol_type == "WEBSOCKET" and authorized and key != "$connect":
        return _refused("Currently, authorization is only supported on the $connect route")
    return original(response)


def _write_integration(original: Callable[..., Answer], response: Any) -> Answer:
    api, given = _api(response), json.loads(response.body)
    longest = _MAX_TIMEOUT_MS[api.protocol_type]
    timeout = given.get("timeoutInMillis")
    if timeout is not None and not _MIN_TIMEOUT_MS <= timeout <= longest:
        return _refused(f"Timeout should be between {_MIN_TIMEOUT_MS} ms and {longest} ms")
    answer = original(response)
    if timeout is None and response.method == "POST":
        made = api.integrations[json.loads(answer[2])["integrationId"]]
        made.timeout_in_millis = longest
        return answer[0], answer[1], json.dumps(made.to_json())
    return answer


def _update_route_response(response: Any) -> Answer:
    route_id, _, response_id = response.path.rstrip("/").split("/")[-3:]
    found = _api(response).get_route(route_id).get_route_response(response_id)
    given = json.loads(response.body)
    found.route_response_key = given.get("routeResponseKey", found.route_response_key)
    found.model_selection_expression = given.get("modelSelectionExpression", found.model_selection_expression)
    found.response_models = given.get("responseModels", found.response_models)
    return 200, {}, json.dumps(found.to_json())


def _delete_integration_response(original: Callable[..., None], backend: Any, **names: str) -> None:
    backend.get_integration_response(**names)  # raises where there is none; moto's deletion breaks off instead
    original(backend, **names)


def install() -> None:
    """Add the operation, and put the checks before moto's own operations."""
    from moto.apigatewayv2.models import ApiGatewayV2Backend
    from moto.apigatewayv2.responses import ApiGatewayV2Response

    add(ApiGatewayV2Response, "update_route_response", _update_route_response)
    wrap(ApiGatewayV2Backend, "delete_integration_response", _delete_integration_response)
    wrap(ApiGatewayV2Response, "create_api", _create_api)
    wrap(ApiGatewayV2Response, "create_authorizer", _create_authorizer)
    wrap(ApiGatewayV2Response, "create_route", _write_route)
    wrap(ApiGatewayV2Response, "update_route", _write_route)
    wrap(ApiGatewayV2Response, "create_integration", _write_integration)
    wrap(ApiGatewayV2Response, "update_integration", _write_integration)
