"""The limits that are a tenant's own, stored where functions read them."""

import json
from collections.abc import Sequence

import pulumi_aws as aws

from genai_tiers.lineage import Children
from genai_tiers.tenant_settings import Tenant


def tenant_limit_items(children: Children, tenants: Sequence[Tenant], usage: aws.dynamodb.Table) -> None:
    """An item of the usage table for each tenant that has limits of its own."""
    for tenant in tenants:
        limits = tenant.limits.for_runtime
        if not limits:
            continue
        item = {
            "tenant": {"S": tenant.id},
            "period": {"S": "limits"},
            **{name: {"N": str(value)} for name, value in limits.items()},
        }
        aws.dynamodb.TableItem(
            children.named(f"limits-{tenant.id}"),
            table_name=usage.name,
            hash_key="tenant",
            range_key="period",
            item=json.dumps(item),
            opts=children.options(f"limits-{tenant.id}"),
        )
