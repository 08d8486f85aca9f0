"""Usage in a DynamoDB table: hash key `tenant`, range key `period`, "2026-11-23#<model>"."""

from dataclasses import dataclass

from genai_runtime.aws.clients import client
from genai_runtime.aws.failures import calling
from genai_runtime.core.ports import Usage


@dataclass(frozen=True)
class DynamoUsage:
    """Adds every request to the counters of its tenant, day and model."""

    table: str

    def record(self, usage: Usage) -> None:
        """Add one request."""
        counters = {
            "requests": 1,
            "cached_requests": int(usage.cached),
            "blocked_requests": int(usage.blocked),
            "input_tokens": usage.input_tokens,
            "output_tokens": usage.output_tokens,
        }
        with calling("dynamodb:UpdateItem"):
            client("dynamodb").update_item(
                TableName=self.table,
                Key={"tenant": {"S": usage.tenant}, "period": {"S": f"{usage.day}#{usage.model}"}},
                UpdateExpression="ADD " + ", ".join(f"{name} :{name}" for name in counters),
                ExpressionAttributeValues={f":{name}": {"N": str(count)} for name, count in counters.items()},
            )
