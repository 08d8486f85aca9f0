"""The HTTP gateway: token checks, throttling and access logs before anything of ours runs."""

import pulumi
import pulumi_aws as aws

from genai_tiers.limits import Limits
from genai_tiers.lineage import Children

from .stages import stage

ACCESS_LOG_FIELDS = {
    "requestId": "$context.requestId",
    "time": "$context.requestTime",
    "ip": "$context.identity.sourceIp",
    "route": "$context.routeKey",
    "status": "$context.status",
    "responseBytes": "$context.responseLength",
    "latencyMs": "$context.responseLatency",
    "integrationMs": "$context.integrationLatency",
    "subject": "$context.authorizer.claims.sub",
    "error": "$context.error.message",
}
"""One JSON line a request; no header, query or body, which hold tokens and prompts."""


def http_api(
    children: Children,
    issuer: pulumi.Input[str],
    audience: pulumi.Input[str],
    limits: Limits,
    key: pulumi.Input[str],
    log_retention_days: int,
) -> tuple[aws.apigatewayv2.Api, aws.apigatewayv2.Authorizer]:
    """An HTTP API whose authorizer accepts the issuer's tokens for the audience; patterns add their routes to it."""
    api = aws.apigatewayv2.Api(children.named("api"), protocol_type="HTTP", opts=children.options("api"))
    authorizer = aws.apigatewayv2.Authorizer(
        children.named("authorizer"),
        api_id=api.id,
        authorizer_type="JWT",
        identity_sources=["$request.header.Authorization"],
        jwt_configuration={"issuer": issuer, "audiences": [audience]},
        opts=children.options("authorizer"),
    )
    stage(
        children,
        "",
        api,
        "$default",
        log_fields=ACCESS_LOG_FIELDS,
        limits=limits,
        key=key,
        log_retention_days=log_retention_days,
    )
    return api, authorizer
