"""A store of orders, for docs/refactoring.md to rename and rearrange."""

import pulumi
import pulumi_aws as aws

from genai_tiers.refactor import apply_moves

apply_moves()


class Store(pulumi.ComponentResource):
    """A table, and a queue of what is to be put into it."""

    def __init__(self, name: str) -> None:
        super().__init__("shop:index:Store", name)
        child = pulumi.ResourceOptions(parent=self)
        aws.dynamodb.Table(
            f"{name}-table",
            attributes=[{"name": "id", "type": "S"}],
            hash_key="id",
            billing_mode="PAY_PER_REQUEST",
            opts=child,
        )
        aws.sqs.Queue(f"{name}-queue", visibility_timeout_seconds=60, opts=child)


Store("orders")
aws.sqs.Queue("first", name="urgent-orders")
aws.sqs.Queue("second", name="usual-orders")
