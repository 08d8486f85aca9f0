"""Stages of APIs: throttled, and with an access log of one JSON line a request."""

import json
from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from genai_tiers.limits import Limits
from genai_tiers.lineage import Children


def stage(
    children: Children,
    prefix: str,
    api: aws.apigatewayv2.Api,
    name: str,
    *,
    log_fields: Mapping[str, str],
    limits: Limits,
    key: pulumi.Input[str],
    log_retention_days: int,
    depends_on: Sequence[pulumi.Resource] = (),
) -> aws.apigatewayv2.Stage:
    """A stage that serves what the API's routes are at any time; the roles of its resources start with `prefix`.
    A WebSocket API's stage cannot be made before its first routes."""
    logs = aws.cloudwatch.LogGroup(
        children.named(f"{prefix}access-logs"),
        retention_in_days=log_retention_days,
        kms_key_id=key,
        opts=children.options(f"{prefix}access-logs"),
    )
    return aws.apigatewayv2.Stage(
        children.named(f"{prefix}stage"),
        api_id=api.id,
        name=name,
        auto_deploy=True,
        default_route_settings={
            "throttling_rate_limit": limits.requests_per_second,
            "throttling_burst_limit": limits.burst_requests,
            "detailed_metrics_enabled": True,
        },
        access_log_settings={"destination_arn": logs.arn, "format": json.dumps(log_fields)},
        opts=children.options(f"{prefix}stage", depends_on=list(depends_on) or None),
    )
