"""API Gateway's calls of functions: the integration, the permission, and the ARNs that permissions are bound to."""

import pulumi
import pulumi_aws as aws

from genai_tiers.limits import SECONDS_BETWEEN_TIMEOUTS
from genai_tiers.lineage import Children


def execute_api_arn(api: pulumi.Input[str], path: str, invoke: pulumi.InvokeOptions) -> pulumi.Output[str]:
    """The ARN of a path of an API, which is given by its id. A path is a stage, and then the method and the HTTP path,
    or the key of a WebSocket route."""
    return pulumi.Output.format(
        "arn:{0}:execute-api:{1}:{2}:{3}/{4}",
        aws.get_partition_output(opts=invoke).partition,
        aws.get_region_output(opts=invoke).region,
        aws.get_caller_identity_output(opts=invoke).account_id,
        api,
        path,
    )


def allow_gateway(
    children: Children, role: str, function: aws.lambda_.Function, source_arn: pulumi.Input[str]
) -> aws.lambda_.Permission:
    """Lets API Gateway call a function for this source and no other."""
    return aws.lambda_.Permission(
        children.named(role),
        action="lambda:InvokeFunction",
        function=function.name,
        principal="apigateway.amazonaws.com",
        source_arn=source_arn,
        opts=children.options(role),
    )


def integration_target(
    children: Children,
    role: str,
    api: pulumi.Input[str],
    function: aws.lambda_.Function,
    *,
    function_timeout_seconds: int,
    payload_format_version: str | None,
) -> pulumi.Output[str]:
    """What a route's `target` takes, so that the function answers it. The gateway waits longer than the function may
    run. HTTP APIs have the payload format 2.0, WebSocket APIs have only one and take none."""
    integration = aws.apigatewayv2.Integration(
        children.named(role),
        api_id=api,
        integration_type="AWS_PROXY",
        integration_uri=function.invoke_arn,
        payload_format_version=payload_format_version,
        timeout_milliseconds=(function_timeout_seconds + SECONDS_BETWEEN_TIMEOUTS) * 1_000,
        opts=children.options(role),
    )
    return integration.id.apply(lambda identifier: f"integrations/{identifier}")
