"""DynamoDB tables: on demand, encrypted with the stack's key, recoverable to any second of the last 35 days."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from genai_tiers.lineage import Children


def table(
    children: Children,
    role: str,
    keys: Sequence[str],
    key_arn: pulumi.Input[str],
    *,
    retain_data: bool,
    expires: bool = False,
    tells_keys: bool = False,
) -> aws.dynamodb.Table:
    """A table with one or two key attributes, all strings. `expires` makes items with a past `expires_at` (seconds
    since 1970) go away; DynamoDB does so within days, so readers compare the time as well. `tells_keys` gives it a
    stream of the keys of what changes."""
    return aws.dynamodb.Table(
        children.named(role),
        billing_mode="PAY_PER_REQUEST",
        attributes=[{"name": name, "type": "S"} for name in keys],
        hash_key=keys[0],
        range_key=keys[1] if len(keys) > 1 else None,
        server_side_encryption={"enabled": True, "kms_key_arn": key_arn},
        point_in_time_recovery={"enabled": True},
        ttl={"attribute_name": "expires_at", "enabled": True} if expires else None,
        stream_enabled=tells_keys or None,
        stream_view_type="KEYS_ONLY" if tells_keys else None,
        deletion_protection_enabled=retain_data,
        opts=children.options(role),
    )


def table_name(arn: pulumi.Input[str]) -> pulumi.Output[str]:
    """The name in a table's ARN."""
    return pulumi.Output.from_input(arn).apply(lambda text: text.rpartition("/")[2])
