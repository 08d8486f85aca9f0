"""A tool: tells the status of an order of the tenant that asks."""

import os
from typing import Any

import boto3

TABLE = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def handler(event: dict[str, Any], _: object) -> str | dict[str, str]:
    """The tenant is that of the user's token; the arguments are the model's, and not to be trusted."""
    number = event["arguments"]["order"]
    order: dict[str, Any] | None = TABLE.get_item(Key={"tenant": event["tenant"], "number": number}).get("Item")
    if order is None:
        return {"error": f"There is no order {number}."}
    return f"The delivery status of order {number} is: {order['status']}."
