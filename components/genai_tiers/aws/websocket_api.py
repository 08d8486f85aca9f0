"""The WebSocket gateway: who may connect, and what a connected client may do besides the patterns' own actions.

Browsers cannot set headers on a WebSocket, and a token in a URL ends in logs. So a client asks the HTTP API, with its
token, for a ticket that is good for one connection, and opens the WebSocket with that.
"""

from typing import Any

import pulumi
import pulumi_aws as aws

from genai_tiers.documents import SHARED_TENANT
from genai_tiers.lineage import Children
from genai_tiers.refs import NetworkRefs
from genai_tiers.settings import Settings

from .account_log_role import account_log_role
from .addresses import websocket_at
from .frontend import TENANT_CLAIM
from .functions import function
from .iam_roles import allow
from .invocation import allow_gateway, integration_target
from .jobs import jobs_config, payload_objects
from .stages import stage
from .tables import table_name

STAGE = "live"

TICKETS_PATH = "/v1/websocket/tickets"

AUTHORIZER_TIMEOUT_SECONDS = 5

CONNECTIONS_TIMEOUT_SECONDS = 10

ACCESS_LOG_FIELDS = {
    "requestId": "$context.requestId",
    "time": "$context.requestTime",
    "ip": "$context.identity.sourceIp",
    "event": "$context.eventType",
    "route": "$context.routeKey",
    "connection": "$context.connectionId",
    "status": "$context.status",
    "integrationMs": "$context.integrationLatency",
    "subject": "$context.authorizer.principalId",
    "error": "$context.error.message",
}
"""One JSON line an event; no query and no body, which hold tickets and prompts."""


def websocket_api(
    children: Children,
    http_api: aws.apigatewayv2.Api,
    http_authorizer: aws.apigatewayv2.Authorizer,
    *,
    cache_table: pulumi.Input[str],
    jobs_table: pulumi.Input[str],
    payloads_bucket: pulumi.Input[str],
    key: pulumi.Input[str],
    entrance: pulumi.Input[str] | None,
    origin_digests: pulumi.Input[list[str]] | None,
    network: NetworkRefs | None,
    settings: Settings,
) -> tuple[aws.apigatewayv2.Api, pulumi.Output[str]]:
    """A WebSocket API and its own URL. Tickets are items of the cache table; patterns add their actions as routes. With
    an `entrance`, clients connect there and need one of the secrets that `origin_digests` are of."""
    api = aws.apigatewayv2.Api(
        children.named("websocket"),
        protocol_type="WEBSOCKET",
        route_selection_expression="$request.body.action",
        opts=children.options("websocket"),
    )
    url = pulumi.Output.concat(api.api_endpoint, "/", STAGE)
    config = {
        "tenant_claim": TENANT_CLAIM,
        "shared_tenant": SHARED_TENANT,
        "tickets_table": table_name(cache_table),
        "websocket_url": url,
        "client_websocket_url": url if entrance is None else websocket_at(entrance, url),
        "origin_digests": origin_digests,
        "jobs": jobs_config(jobs_table, payloads_bucket, settings.jobs_kept_seconds),
    }
    authorizer = _authorizer(children, api, config, cache_table, key, network, settings)
    connections = function(
        children,
        "connections",
        handler="genai_runtime.aws.connections.handler",
        config=config,
        statements=[
            [
                allow(["dynamodb:PutItem"], [cache_table]),
                allow(["dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem"], [jobs_table]),
                allow(["s3:GetObject"], [payload_objects(payloads_bucket)]),
                allow(["kms:Decrypt"], [key]),
                allow(["execute-api:ManageConnections"], [_path(api, f"{STAGE}/POST/@connections/*")]),
            ]
        ],
        key=key,
        timeout_seconds=CONNECTIONS_TIMEOUT_SECONDS,
        max_concurrency=settings.limits.max_concurrency,
        log_retention_days=settings.log_retention_days,
        alarms=settings.alarms,
        network=network,
    )
    before = _routes(children, api, authorizer, connections)
    if settings.account_log_role:
        before.append(account_log_role(children))
    _tickets(children, http_api, http_authorizer, connections)
    stage(
        children,
        "websocket-",
        api,
        STAGE,
        log_fields=ACCESS_LOG_FIELDS,
        limits=settings.limits,
        key=key,
        log_retention_days=settings.log_retention_days,
        depends_on=before,
    )
    return api, url


def _path(api: aws.apigatewayv2.Api, path: str) -> pulumi.Output[str]:
    return pulumi.Output.concat(api.execution_arn, "/", path)


def _authorizer(
    children: Children,
    api: aws.apigatewayv2.Api,
    config: dict[str, Any],
    cache_table: pulumi.Input[str],
    key: pulumi.Input[str],
    network: NetworkRefs | None,
    settings: Settings,
) -> aws.apigatewayv2.Authorizer:
    redeemer = function(
        children,
        "websocket-authorizer",
        handler="genai_runtime.aws.websocket_authorizer.handler",
        config=config,
        statements=[[allow(["dynamodb:DeleteItem"], [cache_table]), allow(["kms:Decrypt"], [key])]],
        key=key,
        timeout_seconds=AUTHORIZER_TIMEOUT_SECONDS,
        max_concurrency=settings.limits.max_concurrency,
        log_retention_days=settings.log_retention_days,
        alarms=settings.alarms,
        network=network,
    )
    authorizer = aws.apigatewayv2.Authorizer(
        children.named("ticket-authorizer"),
        api_id=api.id,
        authorizer_type="REQUEST",
        authorizer_uri=redeemer.invoke_arn,
        identity_sources=["route.request.querystring.ticket"],
        opts=children.options("ticket-authorizer"),
    )
    source = pulumi.Output.concat(api.execution_arn, "/authorizers/", authorizer.id)
    allow_gateway(children, "ticket-authorizer-permission", redeemer, source)
    return authorizer


def _routes(
    children: Children,
    api: aws.apigatewayv2.Api,
    authorizer: aws.apigatewayv2.Authorizer,
    connections: aws.lambda_.Function,
) -> list[pulumi.Resource]:
    """`$connect`, the one route that takes an authorizer, and `$default` for every action that is no pattern's."""
    target = integration_target(
        children,
        "connections-integration",
        api.id,
        connections,
        function_timeout_seconds=CONNECTIONS_TIMEOUT_SECONDS,
        payload_format_version=None,
    )
    connect = aws.apigatewayv2.Route(
        children.named("route-connect"),
        api_id=api.id,
        route_key="$connect",
        authorization_type="CUSTOM",
        authorizer_id=authorizer.id,
        target=target,
        opts=children.options("route-connect"),
    )
    default = aws.apigatewayv2.Route(
        children.named("route-default"),
        api_id=api.id,
        route_key="$default",
        target=target,
        opts=children.options("route-default"),
    )
    allow_gateway(children, "connect-permission", connections, _path(api, f"{STAGE}/$connect"))
    allow_gateway(children, "default-permission", connections, _path(api, f"{STAGE}/$default"))
    return [connect, default]


def _tickets(
    children: Children,
    http_api: aws.apigatewayv2.Api,
    http_authorizer: aws.apigatewayv2.Authorizer,
    connections: aws.lambda_.Function,
) -> None:
    target = integration_target(
        children,
        "tickets-integration",
        http_api.id,
        connections,
        function_timeout_seconds=CONNECTIONS_TIMEOUT_SECONDS,
        payload_format_version="2.0",
    )
    aws.apigatewayv2.Route(
        children.named("route-tickets"),
        api_id=http_api.id,
        route_key=f"POST {TICKETS_PATH}",
        authorization_type="JWT",
        authorizer_id=http_authorizer.id,
        target=target,
        opts=children.options("route-tickets"),
    )
    allow_gateway(children, "tickets-permission", connections, _path(http_api, f"*/POST{TICKETS_PATH}"))
