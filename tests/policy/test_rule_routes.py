"""Routes of HTTP and WebSocket APIs, and the one route key that both have."""

from typing import Any

import pytest
from rule_calls import UNKNOWN, judged, resource, rule, urn

from judgement import judge
from rule import Resource

API = "aws:apigatewayv2/api:Api"
ROUTE = "aws:apigatewayv2/route:Route"


def route(**inputs: Any):
    return judged("api-route-authorized", ROUTE, {"apiId": UNKNOWN, "target": UNKNOWN, **inputs})


@pytest.mark.parametrize("key", ["GET /v1/models", "ANY /{proxy+}", "OPTIONS /x", "$connect"])
@pytest.mark.parametrize("kind", [{}, {"authorizationType": "NONE"}, {"authorizationType": ""}])
def test_an_anonymous_route_is_refused(key: str, kind: dict[str, str]):
    (found,) = route(routeKey=key, **kind).violations
    assert found == (
        f"the route {key!r} answers anyone: its authorizationType is NONE. Why: An anonymous route to a model is an "
        "unbounded bill and an open door to the data behind it. "
        "Mend: Set authorization_type to JWT, CUSTOM or AWS_IAM, with the authorizer's id."
    )


@pytest.mark.parametrize("kind", ["JWT", "CUSTOM"])
@pytest.mark.parametrize("key", ["POST /v1/chat/completions", "$default"])
def test_an_authorizer_has_to_be_named(key: str, kind: str):
    (found,) = route(routeKey=key, authorizationType=kind).violations
    assert f"the route {key!r} has authorizationType {kind} and no authorizerId" in found
    assert route(routeKey=key, authorizationType=kind, authorizerId=UNKNOWN).violations == ()


def test_signed_requests_need_no_authorizer():
    assert route(routeKey="POST /", authorizationType="AWS_IAM").violations == ()


@pytest.mark.parametrize("key", ["$disconnect", "ask"])
def test_routes_after_connect_take_no_authorizer(key: str):
    assert route(routeKey=key).violations == route(routeKey=key, authorizationType="NONE").violations == ()


@pytest.mark.parametrize("name", ["routeKey", "authorizationType"])
def test_what_is_not_known_is_left_to_the_update(name: str):
    found = route(**{"routeKey": "GET /", name: UNKNOWN})
    assert (found.violations, found.undecided) == ((), (name,))


def test_a_quick_created_route_is_refused():
    (found,) = judged("api-route-authorized", API, {"protocolType": "HTTP", "target": UNKNOWN}).violations
    assert "the API's target makes a route '$default' that answers anyone" in found
    assert judged("api-route-authorized", API, {"protocolType": "HTTP"}).violations == ()


def default_route(stack: list[Resource], api_id: str = UNKNOWN, references: tuple[str, ...] = (), **inputs: Any):
    properties = {"apiId": api_id, "routeKey": "$default", **inputs}
    made = [urn(API, name) for name in references]
    return judge(rule("api-default-route-authorized"), resource(ROUTE, "default", properties, {"apiId": made}, stack))


def apis() -> list[Resource]:
    """One API of each kind; `id` and the rest as after an update."""
    stack: list[Resource] = []
    resource(API, "http", {"id": "h1", "protocolType": "HTTP", "apiEndpoint": UNKNOWN}, stack=stack)
    resource(API, "socket", {"id": "w1", "protocolType": "WEBSOCKET"}, stack=stack)
    return stack


@pytest.mark.parametrize("kind", [{}, {"authorizationType": "NONE"}])
def test_the_default_route_is_judged_by_its_api(kind: dict[str, str]):
    for place in ({"references": ("http",)}, {"api_id": "h1"}, {"api_id": "h1", "references": ("http", "socket")}):
        (found,) = default_route(apis(), **place, **kind).violations  # pyright: ignore[reportArgumentType]
        assert "the route '$default' of an HTTP API answers anyone: its authorizationType is NONE. Why: " in found
    for place in ({"references": ("socket",)}, {"api_id": "w1"}, {"api_id": "w1", "references": ("http", "socket")}):
        found = default_route(apis(), **place, **kind)  # pyright: ignore[reportArgumentType]
        assert (found.violations, found.undecided) == ((), ())


def test_an_authorised_default_route_passes():
    assert default_route(apis(), references=("http",), authorizationType="JWT").violations == ()


def test_other_routes_are_not_judged_twice():
    assert default_route(apis(), references=("http",), routeKey="GET /").violations == ()


@pytest.mark.parametrize("references", [(), ("http", "socket")])
def test_an_api_that_is_not_known_is_left_to_the_update(references: tuple[str, ...]):
    found = default_route(apis(), references=references)
    assert (found.violations, found.undecided) == ((), ("apiId",))


def test_an_unknown_protocol_is_left_to_the_update():
    stack: list[Resource] = []
    resource(API, "late", {"protocolType": UNKNOWN}, stack=stack)
    found = default_route(stack, references=("late",))
    assert (found.violations, found.undecided) == ((), ("apiId",))


def test_an_api_made_elsewhere_has_to_show_its_kind():
    (found,) = default_route(apis(), api_id="elsewhere").violations
    assert "the route '$default' of the API 'elsewhere' answers anyone" in found
    assert "to show that it is a WebSocket API. Why: " in found

    stack = apis()
    resource(ROUTE, "connect", {"apiId": "elsewhere", "routeKey": "$connect"}, stack=stack)
    assert default_route(stack, api_id="elsewhere").violations == ()
    assert len(default_route(stack, api_id="another").violations) == 1

    stack = apis()
    resource(ROUTE, "get", {"apiId": "elsewhere", "routeKey": "GET /"}, stack=stack)
    assert len(default_route(stack, api_id="elsewhere").violations) == 1
