"""Prompt templates in a DynamoDB table: hash key `name`, range key `version`, attribute `text`."""

from dataclasses import dataclass, field

from genai_runtime.aws.clients import client
from genai_runtime.aws.failures import calling


@dataclass
class DynamoPrompts:
    """Reads templates, each version once a process, since a version never changes."""

    table: str
    _known: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])

    def load(self, name: str, version: str) -> str | None:
        """Return the template's text, or None when there is no such version."""
        if (name, version) not in self._known:
            with calling("dynamodb:GetItem"):
                found = client("dynamodb").get_item(
                    TableName=self.table, Key={"name": {"S": name}, "version": {"S": version}}
                )
            if "Item" not in found:
                return None
            self._known[name, version] = found["Item"].get("text", {}).get("S", "")
        return self._known[name, version]
