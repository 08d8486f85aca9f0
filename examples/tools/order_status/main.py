"""A tool: tells the status of an order of the tenant that asks."""

import json
from pathlib import Path
from typing import Any

ORDERS = json.loads((Path(__file__).parent / "orders.json").read_text())


def handler(event: dict[str, Any], _: object) -> str | dict[str, str]:
    """The tenant is that of the user's token; the arguments are the model's, and not to be trusted."""
    number = event["arguments"]["order"]
    order = ORDERS.get(event["tenant"], {}).get(number)
    if order is None:
        return {"error": f"There is no order {number}."}
    return f"The delivery status of order {number} is: {order['status']}, expected {order['expected']}."
