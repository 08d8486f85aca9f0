"""Answers that a tool helps with: it looks orders up in a table, those of the tenant that asks and no others."""

import pulumi
import pulumi_aws as aws

from genai_tiers.args import Mfa
from genai_tiers.aws import AwsBackend, AwsFrontend, AwsMiddleware, AwsRequestResponse

# The sandbox only: an operator's script signs in without a second factor.
frontend = AwsFrontend("people", {"sign_in": {"mfa": Mfa.OPTIONAL, "admin_sign_in": True}})
backend = AwsBackend("data", {"knowledge": {"enabled": False}})
middleware = AwsMiddleware("gateway", {"frontend": frontend.refs, "key": backend.key})
orders = aws.dynamodb.Table(
    "orders",
    hash_key="tenant",
    range_key="number",
    attributes=[{"name": "tenant", "type": "S"}, {"name": "number", "type": "S"}],
    billing_mode="PAY_PER_REQUEST",
    server_side_encryption={"enabled": True, "kms_key_arn": backend.key},
    point_in_time_recovery={"enabled": True},
)
answers = AwsRequestResponse(
    "answers",
    {
        "middleware": middleware.refs,
        "backend": backend.refs,
        "tools": [
            {
                "name": "order_status",
                "description": "Tells the delivery status of an order, by the order's number.",
                "parameters_file": "order_status.json",
                "code": "order_status",
                "environment": {"TABLE": orders.name},
                "permissions": [
                    {"actions": ["dynamodb:GetItem"], "resources": [orders.arn]},
                    {"actions": ["kms:Decrypt"], "resources": [backend.key]},
                ],
            }
        ],
        "agent": {"max_steps": 4},
    },
)
pulumi.export("api_url", middleware.api_url)
pulumi.export("user_pool_id", frontend.user_pool_id)
pulumi.export("client_id", frontend.client_id)
pulumi.export("orders", orders.name)
