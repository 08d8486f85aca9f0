"""The role with which API Gateway writes the access logs of WebSocket APIs: one for a whole account and region.

Without one AWS refuses a WebSocket stage that has an access log ("CloudWatch Logs role ARN must be set in account
settings to enable logging"). Whoever sets it sets it for every other stack there too, so it is nobody's by default.
Source: Amazon API Gateway developer guide, "Set up CloudWatch logging", "Permissions for CloudWatch logging".
"""

import pulumi
import pulumi_aws as aws

from genai_tiers.lineage import Children

from .iam_roles import Statement, document

MANAGED_POLICY = "service-role/AmazonAPIGatewayPushToCloudWatchLogs"
"""API Gateway tries the role when it is set, and refuses one that may do less than this."""


def account_log_role(children: Children) -> aws.apigateway.Account:
    """Sets the account's role. Destroying the stack takes the setting away, for every stack in the account and
    region."""
    trust: Statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": "apigateway.amazonaws.com"},
    }
    role = aws.iam.Role(
        children.named("account-log-role"),
        assume_role_policy=document([trust]),
        opts=children.options("account-log-role"),
    )
    partition = aws.get_partition_output(opts=pulumi.InvokeOptions(parent=children.parent)).partition
    policy = aws.iam.RolePolicyAttachment(
        children.named("account-log-policy"),
        role=role.name,
        policy_arn=pulumi.Output.format("arn:{0}:iam::aws:policy/{1}", partition, MANAGED_POLICY),
        opts=children.options("account-log-policy"),
    )
    return aws.apigateway.Account(
        children.named("account-settings"),
        cloudwatch_role_arn=role.arn,
        opts=children.options("account-settings", depends_on=[policy]),
    )
