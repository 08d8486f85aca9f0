"""The HTTP gateway: token checks, throttling and access logs before anything of ours runs."""

import json

import pulumi
import pulumi_aws as aws

from genai_tiers.lineage import Children
from genai_tiers.settings import Limits

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
    logs = aws.cloudwatch.LogGroup(
        children.named("access-logs"),
        retention_in_days=log_retention_days,
        kms_key_id=key,
        opts=children.options("access-logs"),
    )
    aws.apigatewayv2.Stage(
        children.named("stage"),
        api_id=api.id,
        name="$default",
        auto_deploy=True,
        default_route_settings={
            "throttling_rate_limit": limits.requests_per_second,
            "throttling_burst_limit": limits.burst_requests,
            "detailed_metrics_enabled": True,
        },
        access_log_settings={"destination_arn": logs.arn, "format": json.dumps(ACCESS_LOG_FIELDS)},
        opts=children.options("stage"),
    )
    return api, authorizer
