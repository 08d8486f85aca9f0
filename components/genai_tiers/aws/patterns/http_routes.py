"""Routes of the HTTP API to a pattern's function."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from genai_tiers.aws.invocation import allow_gateway, execute_api_arn, integration_target
from genai_tiers.lineage import Children
from genai_tiers.refs import MiddlewareRefs


def http_routes(
    children: Children,
    prefix: str,
    routes: Mapping[str, str],
    function: aws.lambda_.Function,
    middleware: MiddlewareRefs,
    *,
    function_timeout_seconds: int,
) -> None:
    """Has a function answer `routes`, a role to what it answers, for whoever has a valid token. `prefix` begins every
    role of the children."""
    target = integration_target(
        children,
        f"{prefix}integration",
        middleware["api"],
        function,
        function_timeout_seconds=function_timeout_seconds,
        payload_format_version="2.0",
    )
    everything = execute_api_arn(middleware["api"], "*/*", pulumi.InvokeOptions(parent=children.parent))
    allow_gateway(children, f"{prefix}permission", function, everything)
    for role, route in routes.items():
        aws.apigatewayv2.Route(
            children.named(f"{prefix}route-{role}"),
            api_id=middleware["api"],
            route_key=route,
            authorization_type="JWT",
            authorizer_id=middleware["authorizer"],
            target=target,
            opts=children.options(f"{prefix}route-{role}"),
        )
